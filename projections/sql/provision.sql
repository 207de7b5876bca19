-- Makes or completes the schema `c_<32 hex digits>` of a company: one view for each of `_template_base`; open to the
-- company's login, where it has one. Idempotent.
-- Runs as its owner legion_views, which logs in nowhere, may create schemas in this database, and reads by its policies;
-- so whoever may call it needs no right of its own, and can make nothing but a schema of a company that there is.
create or replace function _template_base.provision(p_company text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_schema text := 'c_' || replace(p_company, '-', '');
    v_view name;
begin
    if p_company is null or p_company !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        raise invalid_parameter_value using message = 'a company''s id is a UUID in lower case';
    end if;
    if not exists (select from core.companies where id = p_company) then
        raise no_data_found using message = 'no company of that id';
    end if;
    -- Two at once would disturb each other in the catalogue; a company is made seldom.
    perform pg_advisory_xact_lock('_template_base.provision(text)'::regprocedure::oid::bigint);
    execute format('create schema if not exists %I', v_schema);
    for v_view in
        select relname from pg_class where relnamespace = '_template_base'::regnamespace and relkind = 'v' order by 1
    loop
        execute format(
            'create or replace view %I.%I with (security_barrier) as'
            ' select * from _template_base.%I where company_id = %L with cascaded check option',
            v_schema, v_view, v_view, p_company
        );
    end loop;
    if exists (select from pg_roles where rolname = 'legion_' || v_schema) then
        execute format('grant usage on schema %I to %I', v_schema, 'legion_' || v_schema);
        execute format('grant select on all tables in schema %I to %I', v_schema, 'legion_' || v_schema);
    end if;
end
$$;
