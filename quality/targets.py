"""Whether a figure as it was stated reaches a target as it was stated, by the models' own rule.

The rule is the SQL of `dbt_project/macros/targets.sql`. It is run once for every case; nothing is decided here.
"""

from functools import cache
from itertools import product
from pathlib import Path

from sources.reference.roadmap import Commitment, Kpi
from sources.reference.sql_rules import rules

_MACROS = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "targets.sql"
_QUALIFIERS = ("exact", "approx", "at_least", "more_than", "at_most", "less_than")


def meets(commitment: Commitment, kpi: Kpi, value: float | None, qualifier: str | None) -> bool | None:
    """Whether a value reaches a target; None where there is nothing to compare."""
    target = commitment.target_value
    if value is None or target is None:
        return None
    side = (value > target) - (value < target)
    return _cases()[kpi.direction, side, qualifier or "exact", commitment.target_qualifier or "exact"]


@cache
def _cases() -> dict[tuple[str, int, str, str], bool]:
    """The rule's answer for a value below, at or above a target, for each direction and each pair of qualifiers."""
    import duckdb

    rule = rules(_MACROS).is_reached("direction", "side", "qualifier", "0", "target_qualifier")
    cases = list(product(("up", "down"), (-1, 0, 1), _QUALIFIERS, _QUALIFIERS))
    with duckdb.connect() as connection:
        names = "direction varchar, side integer, qualifier varchar, target_qualifier varchar"
        connection.execute(f"create table cases ({names})")
        connection.executemany("insert into cases values (?, ?, ?, ?)", cases)
        found = connection.execute(f"select cases.*, {rule} from cases").fetchall()
    return {tuple(row[:4]): row[4] for row in found}
