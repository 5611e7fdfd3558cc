"""What the tables of a DuckDB file hold, as digests: how a change that no build made is found.

A build notes the digest of every table it leaves. A table whose digest is another one later was altered outside of
Jalon: it is never built upon nor published. The digest does not depend on the order of the rows.
"""

from collections.abc import Sequence
from typing import Any

SCHEMAS = ("raw", "reference", "intermediate", "marts")
NOTED = "jalon_content"
# tables by which a build notes what it did; they change beside the data
NOTES = (NOTED, "jalon_build", "jalon_built_node")


def content_digests(connection: Any, schemas: Sequence[str] = SCHEMAS) -> dict[str, str]:
    """The digest of every table of these schemas, by `schema.table`. Views hold no rows and are left out."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
        "and table_catalog = current_database() and list_contains(?, table_schema) order by all",
        [list(schemas)],
    ).fetchall()
    return {
        f"{schema}.{table}": table_digest(connection, f'"{schema}"."{table}"')
        for schema, table in tables
        if table not in NOTES
    }


def table_digest(connection: Any, relation: str) -> str:
    """Rows, their hashes added up and combined: two equal rows do not cancel each other."""
    rows, added, combined = connection.execute(
        f"select count(*), sum(hash(row_read) % 4294967296), bit_xor(hash(row_read)) from {relation} row_read"
    ).fetchone()
    return f"{rows}-{added or 0}-{combined or 0}"


def note_content(connection: Any) -> None:
    """Note the digest of every table as it is now."""
    found = content_digests(connection)
    connection.execute(
        f"create or replace table raw.{NOTED} as "
        "select unnest(?::varchar[]) as table_name, unnest(?::varchar[]) as digest",
        [list(found), list(found.values())],
    )


def noted_content(connection: Any) -> dict[str, str]:
    """The digests noted by the last build; {} when none was."""
    known = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'raw' and table_name = ? "
        "and table_catalog = current_database()",
        [NOTED],
    ).fetchall()
    return dict(connection.execute(f"select table_name, digest from raw.{NOTED}").fetchall()) if known else {}


def altered_tables(connection: Any) -> list[str]:
    """The tables that are not as the last build left them, those that are gone included."""
    noted = noted_content(connection)
    if not noted:
        return []
    found = content_digests(connection)
    return sorted(name for name, digest in noted.items() if found.get(name) != digest)
