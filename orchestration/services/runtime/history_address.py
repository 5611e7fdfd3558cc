"""Where Dagster stores its own history (runs, events, ticks): SQLite under JALON_HOME, or a PostgreSQL database.

JALON_STORAGE_URL names the database, `postgresql://user@host:5432/dagster` or, for a socket,
`postgresql://user@/dagster?host=/run/postgresql`; without it the history is SQLite, with nothing to set up. Jalon's
data (landing, warehouse, deliverables) are files in both cases.

A password has no place in an address, which programs print: PostgreSQL's own client reads it from the file that
PGPASSFILE names, or from PGPASSWORD; over a socket none is needed.
"""

import os
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from sources.errors import PlainError

VARIABLE = "JALON_STORAGE_URL"


class StorageError(PlainError):
    """Dagster's storage cannot be used; the message names what and the fix, and holds no secret."""

    fix = "Start the database of Dagster's history, or fix JALON_STORAGE_URL."


def storage_url(environment: Mapping[str, str] = os.environ) -> str | None:
    """The database's address, None for SQLite. StorageError when it is no address, or holds a password."""
    url = environment.get(VARIABLE, "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "postgresql" or not parts.path.strip("/"):
        raise StorageError(f"{VARIABLE}: expected postgresql://user@host:5432/database, or unset it for SQLite.")
    if parts.password is not None or "password" in parse_qs(parts.query):
        raise StorageError(
            f"{VARIABLE} holds a password. Take it out: PostgreSQL's client reads PGPASSFILE or PGPASSWORD."
        )
    return url
