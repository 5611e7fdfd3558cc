"""What changed between two states of the facts: the arrows and the changes, as a diff of two snapshots.

Where the previous session was published, its frozen snapshot is what readers saw: `compared` puts the arrows and the
changes of a session against it, whatever the warehouse would say of that session today. The rule is the SQL of
`mart_session_change` (`dbt_project/macros/changes.sql`), applied here to the rows of the two states. Nothing here
decides what counts as a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from exports.marts import Change, Observation, PublishedStatus, SessionMarts
from sources.reference.sql_rules import rules

#: the macros that the rule is written with, before it
_ENGINE = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "engine" / "engine.sql"
_DUCKDB = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "engine" / "duckdb.sql"
_STATUSES = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "statuses.sql"
_CHANGES = Path(__file__).resolve().parents[1] / "dbt_project" / "macros" / "changes.sql"
#: what each macro pairs: the columns of its two relations, with their types
_RELATIONS: dict[str, dict[str, str]] = {
    "action": {"action_code": "varchar", "action_title": "varchar", "lead_partner": "varchar"},
    "status": {"action_code": "varchar", "final_status": "varchar"},
    "promise": {
        "action_code": "varchar",
        "promise_key": "varchar",
        "commitment_id": "varchar",
        "kpi_id": "varchar",
        "commitment_label": "varchar",
        "target_value": "double",
        "deadline": "date",
        "deadline_precision": "varchar",
    },
    "commitment": {
        "action_code": "varchar",
        "commitment_id": "varchar",
        "status": "varchar",
        "is_overdue": "boolean",
        "deadline": "date",
        "forecast_on": "date",
        "forecast_precision": "varchar",
        "previous_cut_off": "date",
    },
    "value": {
        "action_code": "varchar",
        "kpi_id": "varchar",
        "value": "double",
        "period_end": "date",
        "period_precision": "varchar",
    },
}
Row = Mapping[str, Any]


def compared(marts: SessionMarts, previous: SessionMarts) -> SessionMarts:
    """The same session with its previous statuses and its changes taken from another state of the facts.

    Where that state was published by another method, this method's own reading of the session before stays, and what
    was published is kept beside it: a change of method is no change of facts.
    """
    if previous.method_version != marts.method_version:
        was = previous.status_by_action
        published = tuple(
            PublishedStatus(row.action_code, was[row.action_code].final_status)
            for row in marts.statuses
            if row.action_code in was and was[row.action_code].final_status != row.previous_status
        )
        return replace(marts, published_before=published)
    before = previous.status_by_action
    statuses = tuple(
        replace(row, previous_status=before[row.action_code].final_status if row.action_code in before else None)
        for row in marts.statuses
    )
    session = replace(marts.session, previous_session_code=previous.session.session_code)
    return replace(marts, session=session, statuses=statuses, changes=since(previous, marts))


def since(previous: SessionMarts, marts: SessionMarts) -> tuple[Change, ...]:
    """Every change from one state to the other, in the order of the actions."""
    import duckdb

    session_code = marts.session.session_code
    before, after = _rows(previous, previous), _rows(marts, previous)
    with duckdb.connect(config={"threads": 1}) as connection:
        for relation, columns in _RELATIONS.items():
            _write(connection, f"{relation}_before", columns, session_code, before[relation])
            _write(connection, f"{relation}_after", columns, session_code, after[relation])
        found = [Change(*row) for row in connection.execute(_rule()).fetchall()]
    rank = {row.action_code: position for position, row in enumerate(marts.actions)}
    return tuple(sorted(found, key=lambda row: (rank.get(row.action_code, len(rank)), *_place(row))))


def _place(row: Change) -> tuple[str, ...]:
    """Where a change comes among those of its action."""
    return (row.change_kind, row.commitment_id or "", row.kpi_id or "")


@cache
def _rule() -> str:
    """The query of every change between the relations that `since` writes."""
    macros = rules(_ENGINE, _DUCKDB, _STATUSES, _CHANGES)
    return "\nunion all\n".join(
        getattr(macros, f"{relation}_changes")(f"{relation}_before", f"{relation}_after") for relation in _RELATIONS
    )


def _write(connection: Any, name: str, columns: Mapping[str, str], session_code: str, rows: Sequence[Row]) -> None:
    """A relation of one state, labelled with the session that is compared."""
    listed = ", ".join(f"unnest(?::{kind}[]) as {column}" for column, kind in columns.items())
    values = [[row[column] for row in rows] for column in columns]
    connection.execute(f"create table {name} as select ? as session_code, {listed}", [session_code, *values])


def _rows(marts: SessionMarts, previous: SessionMarts) -> dict[str, list[Row]]:
    """The rows of a state that the rule compares, by relation."""
    return {
        "action": [_fields(row, "action") for row in marts.actions],
        "status": [_fields(row, "status") for row in marts.statuses],
        "promise": [_fields(row, "promise", promise_key=row.commitment_id) for row in marts.commitments],
        "commitment": [
            _fields(row, "commitment", previous_cut_off=previous.session.cut_off) for row in marts.commitments
        ],
        "value": [_fields(row, "value", action_code=marts.kpi_by_id[row.kpi_id].action_code) for row in _latest(marts)],
    }


def _fields(row: object, relation: str, **given: object) -> Row:
    """The columns of a relation, from a mart's row or as given."""
    return {name: given[name] if name in given else getattr(row, name) for name in _RELATIONS[relation]}


def _latest(marts: SessionMarts) -> Iterator[Observation]:
    """The latest value of each KPI of an action."""
    for kpi in marts.kpis:
        series = marts.observations_of(kpi.kpi_id)
        if series and kpi.action_code is not None:
            yield series[-1]
