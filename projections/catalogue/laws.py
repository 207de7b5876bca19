"""What holds in every read database, whatever the code makes: one query a law, of what breaks it.

`reference` finds what differs from the code; these find what the code itself does wrong, and what is the server's.
"""

# ruff: noqa: S608 - the names are ours
from __future__ import annotations

from typing import Final, NamedTuple

from projections.ddl import OWNER, TEMPLATE, VIEWS
from projections.engine.table import COMPANY
from projections.names import COMPANY_LOGINS, Role
from projections.pool import Connection
from projections.tables import TABLES


class Law(NamedTuple):
    """broken: query of the names of what breaks it."""

    says: str
    broken: str


GLOBAL: Final = ", ".join(f"'{table.NAME}'" for table in TABLES if table.GLOBAL)
"""A position of the log is nobody's own: these keys begin with it."""

TENANT_TABLES: Final = f"""
pg_class c join pg_namespace n on n.oid = c.relnamespace
    and n.nspname !~ '^(pg_|information_schema$)' and n.nspname <> 'work'
    and c.relkind in ('r', 'p') and (n.nspname = 'core' or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = '{COMPANY}' and not a.attisdropped))
"""
"""`work` holds turns and leases, no tenant's words: only processes that serve all companies reach it."""

CHECKED: Final = f"""
exists (
    select from pg_policy p where p.polrelid = c.oid and %s and '{Role.APP}'::regrole = any (p.polroles)
        and pg_get_expr(p.polqual, p.polrelid) ~ '{COMPANY}' and p.polcmd in ('r', '*')
        and pg_get_expr(p.polqual, p.polrelid) ~ 'current_setting'
)
"""

SCHEMA: Final = "n.nspname ~ '^c_[0-9a-f]{32}$'"

LAWS: Final = (
    Law(
        "row level security is on and forced",
        f"select c.oid::regclass from {TENANT_TABLES} where not (c.relrowsecurity and c.relforcerowsecurity)",
    ),
    Law(
        "the app sees rows of its setting's company, and a restrictive policy says so once more",
        f"select c.oid::regclass from {TENANT_TABLES} where not ({CHECKED % 'not p.polpermissive'})"
        f" or not ({CHECKED % 'p.polpermissive'})",
    ),
    Law(
        "every row has its company, and keys begin with it",
        f"""
        select c.oid::regclass from {TENANT_TABLES} where not exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attname = '{COMPANY}' and a.attnotnull
        ) or c.relname not in ({GLOBAL}) and not exists (
            select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
            where i.indrelid = c.oid and i.indisprimary and a.attname = '{COMPANY}'
        )""",
    ),
    Law(
        "tables belong to who has no policy and logs in nowhere",
        f"select c.oid::regclass from {TENANT_TABLES} where c.relowner <> '{OWNER}'::regrole",
    ),
    Law(
        "views of companies are barriers with a check option, and read by the policy of their owner",
        f"""
        select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {SCHEMA} and c.relkind <> 'i' and (
            c.relkind <> 'v' or c.relowner <> '{VIEWS}'::regrole
            or not coalesce(c.reloptions, '{{}}') @> array['security_barrier=true', 'check_option=cascaded']
        )""",
    ),
    Law(
        "no view with its owner's rights shows what policies hide from whoever reads it",
        f"""
        select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('v', 'm')
            and n.nspname <> '{TEMPLATE}' and not ({SCHEMA})
            and not coalesce(c.reloptions, '{{}}') @> array['security_invoker=true']
            and not coalesce(c.reloptions, '{{}}') @> array['security_invoker=on']""",
    ),
    Law(
        "a company's schema is usable by its own login and nobody else",
        f"""
        select distinct n.nspname from pg_namespace n
        left join pg_class c on c.relnamespace = n.oid,
            lateral (
                select grantee from aclexplode(n.nspacl) union select grantee from aclexplode(c.relacl)
            ) a
        where {SCHEMA} and a.grantee <> '{VIEWS}'::regrole
            and (a.grantee = 0 or pg_get_userbyid(a.grantee) <> 'legion_' || n.nspname)""",
    ),
    Law(
        f"one function runs with its owner's rights, on a fixed path, of a weak owner, for {Role.PROVISIONER} alone",
        f"""
        select p.oid::regprocedure from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^(pg_catalog|information_schema)$'
        where p.prosecdef and (
            n.nspname <> '{TEMPLATE}' or p.proname <> 'provision' or p.proowner <> '{VIEWS}'::regrole
            or p.proconfig is distinct from array['search_path=pg_catalog, pg_temp']
            or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                where a.grantee not in ('{VIEWS}'::regrole, '{Role.PROVISIONER}'::regrole))
        )""",
    ),
    Law(
        "nothing is everybody's",
        """
        select 'schema ' || n.nspname from pg_namespace n, aclexplode(n.nspacl) a
        where a.grantee = 0 and n.nspname !~ '^(pg_catalog|information_schema)$'
        union select 'relation ' || c.oid::regclass from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_catalog|information_schema)$',
            aclexplode(c.relacl) a where a.grantee = 0
        union select 'column ' || c.oid::regclass || '.' || t.attname
        from pg_attribute t join pg_class c on c.oid = t.attrelid
        join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_catalog|information_schema)$',
            aclexplode(t.attacl) a where a.grantee = 0
        union select 'function ' || p.oid::regprocedure from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^(pg_catalog|information_schema)$',
            aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0
        union select 'database ' || d.datname
        from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        where d.datname = current_database() and a.grantee = 0""",
    ),
    Law(
        "nobody is given rights to what is yet to be made",
        "select pg_get_userbyid(d.defaclrole) || ' gives ' || a.privilege_type from pg_default_acl d,"
        " aclexplode(d.defaclacl) a where a.grantee <> d.defaclrole",
    ),
    Law(
        "no role of ours has power over the server or past row level security",
        "select rolname from pg_roles where rolname ~ '^legion_'"
        " and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
        f" or rolcanlogin = (rolname in ('{OWNER}', '{VIEWS}')))",
    ),
    Law(
        "no role of ours is another, but the runner, which may become the app",
        f"""
        select m.roleid::regrole || ' to ' || m.member::regrole from pg_auth_members m
        where (m.roleid::regrole::text ~ '^legion_' or m.member::regrole::text ~ '^legion_') and not (
            m.roleid = '{Role.APP}'::regrole and m.member = '{Role.RUNNER}'::regrole
            and m.set_option and not m.inherit_option and not m.admin_option
        )""",
    ),
    Law(
        "no session starts with a company, a role or a path that was not asked for",
        f"""
        select coalesce(r.rolname, 'everybody') || ': ' || setting from pg_db_role_setting s
        left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase,
            unnest(s.setconfig) setting
        where (s.setdatabase = 0 or d.datname = current_database()) and (s.setrole = 0 or r.rolname ~ '^legion_')
            and setting !~ '^enable_(hash|merge)join=off$'
            and not (r.rolname ~ '{COMPANY_LOGINS}' and s.setdatabase = 0
                and setting = 'search_path=' || substr(r.rolname, length('legion_') + 1))""",
    ),
)


async def broken_laws(conn: Connection) -> list[str]:
    """One line for each thing that breaks a law. conn: any login's."""
    found: list[str] = []
    for law in LAWS:
        rows = await (await conn.execute(law.broken.encode())).fetchall()
        found += sorted(f"{name}: not so that {law.says}" for (name,) in rows)
    return found
