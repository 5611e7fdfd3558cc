"""Proofs and repeated texts, judged on arrival by the rules of the models (`dbt_project/macros/texts.sql`)."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sources.reference.sql_rules import rules

_ENGINE = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "engine" / "engine.sql"
_DUCKDB = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "engine" / "duckdb.sql"
_TEXTS = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "texts.sql"


def openable(proofs: Sequence[str | None]) -> list[bool | None]:
    """For each proof whether a reader can open it; None where there is none."""
    return _asked(_macros().is_openable("first"), [(proof, "") if proof else None for proof in proofs])


def repeated(texts: Sequence[str | None], before: Sequence[str | None]) -> list[bool | None]:
    """For each text whether it has the words of the one before it; None where one of them is missing."""
    pairs = [(text, old) if text and old else None for text, old in zip(texts, before, strict=True)]
    return _asked(_macros().same_text("first", "second"), pairs)


@cache
def _macros() -> Any:
    return rules(_ENGINE, _DUCKDB, _TEXTS)


def _asked(rule: str, pairs: Sequence[tuple[str, str] | None]) -> list[bool | None]:
    """The rule's answer for each pair of texts, asked at once."""
    given = sorted({pair for pair in pairs if pair})
    if not given:
        return [None] * len(pairs)
    import duckdb

    with duckdb.connect() as connection:
        query = (
            f"select first, second, {rule} from (select unnest(?::varchar[]) as first, unnest(?::varchar[]) as second)"
        )
        rows = connection.execute(query, [list(side) for side in zip(*given, strict=True)]).fetchall()
    found = {(first, second): answer for first, second, answer in rows}
    return [found[pair] if pair else None for pair in pairs]
