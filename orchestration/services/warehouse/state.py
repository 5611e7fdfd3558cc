"""What the marts are a function of, as one digest: the readings that `raw` holds, the dbt project, the engine."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from orchestration.services.runtime.project_digest import project_digest
from sources.landing.load import content_digest


def inputs_digest(connection: Any, dbt_project: Path) -> str:
    """Equal digests, equal marts: models read no clock, so that nothing else can change them."""
    engine = ",".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "dbt-duckdb"))
    parts = (content_digest(connection), project_digest(dbt_project), engine)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
