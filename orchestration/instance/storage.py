"""Whether the database of Dagster's history answers, asked before Dagster opens it."""

import os
from collections.abc import Mapping

from orchestration.services.runtime.history_address import VARIABLE, StorageError, storage_url

CONNECT_SECONDS = 5


def require_storage(environment: Mapping[str, str] = os.environ) -> str | None:
    """The address of the database that the environment names, None for SQLite; StorageError when it does not answer."""
    url = storage_url(environment)
    if url is None:
        return None
    try:
        import dagster_postgres  # noqa: F401 - Dagster needs it later; here it can be stated plainly
        import psycopg2
    except ImportError as error:
        raise StorageError(f"{VARIABLE} is set, but the extra `postgres` is not installed ({error.name}).") from error
    try:
        psycopg2.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise StorageError(f"{VARIABLE}: the database does not answer ({reason}). Start it, or unset it.") from error
    return url
