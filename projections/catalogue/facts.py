"""What the catalogue of a read database says of rights and of what rights rest on, one line a fact.

Any login may read it. What is the server's and not the database's (roles, memberships) is in `laws`.
"""

# ruff: noqa: S608 - nothing comes from outside
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from projections.pool import Connection


class Fact(NamedTuple):
    """kind: of the catalogue's entry. place: the schema, or '' for what is in none. name: within it."""

    kind: str
    place: str
    name: str
    what: str


OURS: Final = "n.nspname !~ '^(pg_|information_schema$)'"

GRANTEE: Final = "case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end"
GRANTED: Final = f"{GRANTEE} || ' ' || a.privilege_type || case when a.is_grantable then ' on' else '' end"
"""Who, what, and whether they may pass it on."""

QUERIES: Final = {
    "schema": f"select n.nspname, '', pg_get_userbyid(n.nspowner) from pg_namespace n where {OURS}",
    "relation": f"""
        select n.nspname, c.relname, format('%s of %s, row security %s, forced %s, %s', c.relkind,
            pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity,
            array(select o from unnest(c.reloptions) o where o ~ '^(security|check)' order by 1))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')""",
    "view": f"""
        select n.nspname, c.relname, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('v', 'm')""",
    "column": f"""
        select n.nspname, c.relname || '.' || a.attname, format('%s, not null %s, kept from statistics %s',
            format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstattarget is not distinct from 0)
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped""",
    "constraint": f"""
        select n.nspname, c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
        from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and k.contype <> 'n'""",
    "unique index": f"""
        select n.nspname, c.relname, pg_get_indexdef(c.oid) from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_namespace n on n.oid = c.relnamespace where {OURS} and i.indisunique""",
    "policy": """
        select schemaname, tablename || '.' || policyname,
            format('%s for %s to %s using (%s) check (%s)', permissive, cmd, roles, qual, with_check)
        from pg_policies""",
    "function": f"""
        select n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', format(
            'of %s, definer %s, %s, %s, body %s', pg_get_userbyid(p.proowner), p.prosecdef,
            p.proconfig, l.lanname, md5(pg_get_functiondef(p.oid)))
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
        where {OURS} and p.prokind <> 'a'""",
    "trigger": f"""
        select n.nspname, c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and not t.tgisinternal
        union all select '', evtname, evtevent from pg_event_trigger""",
    "rule": "select schemaname, tablename || '.' || rulename, definition from pg_rules where schemaname !~ '^pg_'",
    "publication": "select '', pubname, format('all tables %s', puballtables) from pg_publication",
    "foreign server": "select '', srvname, pg_get_userbyid(srvowner) from pg_foreign_server",
    "right on schema": f"""
        select n.nspname, '', {GRANTED}
        from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where {OURS} and a.grantee <> n.nspowner""",
    "right on relation": f"""
        select n.nspname, c.relname, {GRANTED} from pg_class c join pg_namespace n on n.oid = c.relnamespace,
            aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
        where {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.grantee <> c.relowner""",
    "right on column": f"""
        select n.nspname, c.relname || '.' || t.attname, {GRANTED}
        from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace,
            aclexplode(t.attacl) a
        where {OURS} and not t.attisdropped""",
    "right on function": f"""
        select n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', {GRANTED}
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
            aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where {OURS} and a.grantee <> p.proowner""",
    "right on database": f"""
        select '', '', {GRANTED} from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        where d.datname = current_database() and a.grantee <> d.datdba""",
    "default right": f"""
        select coalesce(n.nspname, ''), pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text, {GRANTED}
        from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
        where a.grantee <> d.defaclrole""",
}
"""Kind → query of (place, name, what)."""

COMPANY_SCHEMA: Final = re.compile(r"c_[0-9a-f]{32}")


async def facts_of(conn: Connection) -> frozenset[Fact]:
    """All of the connection's database. Names are told in full, whatever its search path was; the path stays `''`."""
    await conn.execute("set search_path = ''")
    found = set[Fact]()
    for kind, query in QUERIES.items():
        rows = await (await conn.execute(query.encode())).fetchall()
        found |= {Fact(kind, *row) for row in rows}
    return frozenset(found)


def schemas_of(facts: frozenset[Fact]) -> Iterator[str]:
    """Of companies."""
    return (fact.place for fact in facts if fact.kind == "schema" and COMPANY_SCHEMA.fullmatch(fact.place))


def renamed(facts: frozenset[Fact], schema: str, to: str) -> frozenset[Fact]:
    """What is in one company's schema, as it would be in another's."""
    names = {schema: to, _company(schema): _company(to)}
    pattern = re.compile("|".join(names))
    return frozenset(
        Fact(*(pattern.sub(lambda found: names[found[0]], part) for part in fact))
        for fact in facts
        if fact.place == schema
    )


def _company(schema: str) -> str:
    """The id that the schema is named by."""
    digits = schema.removeprefix("c_")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
