"""Rules that the models are written with (`dbt_project/macros/`), as SQL for DuckDB, for code that runs outside of dbt.

Nothing is decided here.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def rules(*files: Path) -> Any:
    """The macros of these files, each a function that gives SQL. Name whole paths: a change of them is then seen."""
    from jinja2 import Environment, StrictUndefined

    def dispatch(name: str, _package: str) -> Callable[..., str]:
        found: Callable[..., str] = getattr(module, f"duckdb__{name}")
        return found

    # all that these macros ask of dbt
    given = {
        "adapter": SimpleNamespace(dispatch=dispatch),
        "return": lambda value: value,
    }
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    module = Environment(undefined=StrictUndefined, autoescape=False).from_string(text).make_module(given)  # noqa: S701 - SQL
    return module
