"""What a partner has not answered yet, for its receipt: `mart_partner_item`, as soon as the drop is in `raw`.

The mart is a view, as what it reads of workbooks is: loading the drop is enough to read it, nothing is built. What the
session before achieved is that of the last build. The rule is the model's alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build
from orchestration.services.warehouse.database import WarehouseBusyError, WarehouseDamagedError, open_warehouse
from sources.landing.load import load_raw
from sources.landing.store import Reading
from sources.workbook.schema import load_schema

# the sheet whose rows answer a kind of item
SHEETS = {"action": "contribution", "milestone": "milestone", "kpi": "measurement"}
Codes = Mapping[str, Sequence[str]]  # by sheet name
WaitingOf = Callable[[str, str], Codes | None]  # of a session and a partner; None: nobody knows
Items = Mapping[tuple[str, str], Mapping[str, Sequence[str]]]


def waiting_of(paths: Paths, readings: Callable[[], Sequence[Reading]], log: Log) -> WaitingOf:
    """What waits for an answer; the warehouse is read once, at the first question. The caller holds the writer's lock.

    `readings` gives those of partners' workbooks. The answer is None where the warehouse was never built with the
    session, and where it cannot be read now: a receipt waits for nobody.
    """

    @cache
    def known() -> tuple[frozenset[str], Items]:
        return _read(paths, readings(), log)

    def of(session_code: str, partner_code: str) -> Codes | None:
        sessions, items = known()
        if session_code not in sessions:
            return None
        schema, open_items = load_schema(), items.get((session_code, partner_code), {})
        return {schema.sheet(sheet).name: open_items.get(kind, []) for kind, sheet in SHEETS.items()}

    return of


def _read(paths: Paths, readings: Sequence[Reading], log: Log) -> tuple[frozenset[str], Items]:
    """The sessions that the warehouse knows, and the items without an answer by session and partner, then kind."""
    import duckdb

    # another engine than DuckDB builds this mart as a table: it would say what waited before the drop
    if not paths.warehouse.is_file() or dbt_build.engine() != dbt_build.DUCKDB:
        return frozenset(), {}
    try:
        with open_warehouse(paths.warehouse, log=log, attempts=1) as connection:
            load_raw(connection, readings, channels=("submissions",))
            rows = connection.execute(
                "select session_code, partner_code, item_kind, item_code, is_received from marts.mart_partner_item"
            ).fetchall()
    except (duckdb.Error, WarehouseBusyError, WarehouseDamagedError) as error:
        log(f"receipts: what is still expected is left out ({str(error).splitlines()[0]})")
        return frozenset(), {}
    items: dict[tuple[str, str], dict[str, list[str]]] = {}
    for session_code, partner_code, kind, code, is_received in sorted(rows, key=lambda row: _place(row[3])):
        if not is_received:
            items.setdefault((session_code, partner_code), {}).setdefault(kind, []).append(code)
    return frozenset(row[0] for row in rows), items


def _place(code: str) -> list[int]:
    """The place of a code in the roadmap: 8-4 before 8-4.1, IND-8-4-2 before IND-8-4-10."""
    return [int(number) for number in re.findall(r"\d+", code)]
