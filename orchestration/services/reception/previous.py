"""What the session before knew: templates are pre-filled with it, checks compare with it.

Two places know: the readers' copy of the marts, which also holds the figures of documents, and the landing, where
workbooks of an earlier session may be that no build has seen yet. A file is judged against both, so that a first run of
two sessions at once judges the second as a later run would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.ingest import counting_reading
from orchestration.services.reception.reader import Reader
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.database import marts_digest, open_marts
from sources.landing.store import Landing, Reception
from sources.reference.roadmap import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orchestration.services.reception.check import PreviousOf
    from sources.workbook.prefill import Previous

WITHDRAWN = "SUPPR"
SILENCE = frozenset({"NC", "NA", WITHDRAWN})


@dataclass(frozen=True)
class Before:
    """The session held before another one, and the cut-off of that other one."""

    code: str
    cut_off: date


def session_before(marts: Path, session_code: str) -> Before | None:
    """The session held before, as the marts have it; None for the first one, or when nothing is built."""
    if marts_digest(marts) is None:
        return None
    with open_marts(marts) as connection:
        found = connection.execute(
            "select previous_session_code, cut_off from marts.dim_cns_session "
            "where session_code = ? and previous_session_code is not null",
            [session_code],
        ).fetchall()
    return Before(*found[0]) if found else None


def previous_of(paths: Paths, session_code: str) -> "Previous | None":
    """The state of the session held before `session_code`; None when nothing is built or it is the first one."""
    before = session_before(paths.marts, session_code)
    if before is None:
        return None
    with open_marts(paths.marts) as connection:
        return _read(connection, before)


def known_before(paths: Paths, reference: Reference) -> "PreviousOf":
    """What is known of the session before a given one, from the marts and the landing; each session asked for once."""
    from orchestration.services.reception.submissions_reader import SubmissionsReader

    landing, reader = Landing(paths.home), SubmissionsReader(paths, reference)

    @cache
    def of(session_code: str) -> "Previous | None":
        return _joined(previous_of(paths, session_code), _landed(landing, reader, reference, session_code))

    return of


def in_session_order(reference: Reference) -> "Callable[[Reception], Any]":
    """The order workbooks are read in: those of earlier sessions first, by the session of their name."""
    ranks = {code: session.cut_off.toordinal() for code, session in reference.sessions.items()}

    def rank(reception: Reception) -> Any:
        named = reception.file_name.upper().replace(" ", "_").partition("_")[0]
        return ranks.get(named, max(ranks.values(), default=0) + 1), reception.received_at, reception.sha256

    return rank


def _landed(landing: Landing, reader: Reader, reference: Reference, session_code: str) -> "Previous | None":
    """The answers of earlier sessions in the landing; None when there is none."""
    from sources.landing.rows import rows_of
    from sources.workbook.prefill import Previous

    cut_off = reference.sessions[session_code].cut_off
    earlier = {code: item.cut_off for code, item in reference.sessions.items() if item.cut_off < cut_off}
    if not earlier:
        return None
    receptions = sorted(landing.current("submissions"), key=lambda item: (item.received_at, item.sha256))
    readings = [reading for item in receptions if (reading := counting_reading(landing, reader, item)).is_complete]
    measured = [row for row in rows_of(readings, "measurement") if row["session_code"] in earlier]
    last = max(earlier, key=lambda code: earlier[code])
    contributions = [row for row in rows_of(readings, "contribution") if row["session_code"] == last]
    done = [row for row in rows_of(readings, "milestone_report") if row["session_code"] == last]
    if not (measured or contributions or done):
        return None
    return Previous(
        actions=_actions_of(contributions, reference),
        milestones={row["commitment_id"]: {"status": row["declared_status"]} for row in done if row["declared_status"]},
        kpis=_values_of(measured),
    )


def _actions_of(rows: "Iterable[Mapping[str, Any]]", reference: Reference) -> dict[str, dict[str, Any]]:
    """The last word of each partner on each action, oldest rows first; the lead's status and text are the action's."""
    actions: dict[str, dict[str, Any]] = {}
    for row in rows:
        action = actions.setdefault(row["action_code"], {"texts": {}})
        is_lead = reference.lead_of(row["action_code"]) == row["partner_code"]
        if row["declared_status"] and is_lead:
            action["status"] = row["declared_status"]
        if row["progress_text"] and row["progress_text"] not in SILENCE:
            action["texts"][row["partner_code"]] = row["progress_text"]
            if is_lead:
                action["progress_text"] = row["progress_text"]
    return actions


def _values_of(rows: "Iterable[Mapping[str, Any]]") -> dict[str, list[dict[str, Any]]]:
    """The national values of each KPI in the order of their periods; the last one received of a period counts."""
    values: dict[tuple[str, Any], dict[str, Any]] = {}
    for row in rows:
        if row["territory_code"] != "FR":
            continue
        period = (row["kpi_id"], row["period_end"])
        if row["value_absence"] == WITHDRAWN:
            for withdrawn in [
                place for place in values if place == period or (period[1] is None and place[0] == period[0])
            ]:
                del values[withdrawn]
        elif row["value"] is not None and row["period_end"] is not None:
            wanted = ("value", "qualifier", "period_end", "period_precision")
            values[period] = {name: row[name] for name in wanted}
    kpis: dict[str, list[dict[str, Any]]] = {}
    for (kpi_id, _), value in sorted(values.items()):
        kpis.setdefault(kpi_id, []).append(value)
    return kpis


def _joined(built: "Previous | None", landed: "Previous | None") -> "Previous | None":
    """Both together: the marts have the last word, the landing adds what they do not know."""
    from sources.workbook.prefill import Previous

    if built is None or landed is None:
        return built or landed
    actions = {
        code: {
            **landed.actions.get(code, {}),
            **built.actions.get(code, {}),
            "texts": {**landed.actions.get(code, {}).get("texts", {}), **built.actions.get(code, {}).get("texts", {})},
        }
        for code in {**landed.actions, **built.actions}
    }
    kpis = {}
    for kpi_id in {**landed.kpis, **built.kpis}:
        known = {item["period_end"]: item for item in landed.kpis.get(kpi_id, ())}
        known |= {item["period_end"]: item for item in built.kpis.get(kpi_id, ())}
        kpis[kpi_id] = [known[end] for end in sorted(known)]
    return Previous(actions=actions, milestones={**landed.milestones, **built.milestones}, kpis=kpis)


def _read(connection: Any, before: Before) -> "Previous":
    """The state of the session before, and the figures of sources older than the cut-off of the session asked for."""
    from sources.workbook.prefill import Previous

    statuses = connection.execute(
        "select action_code, final_status from marts.fct_action_status where session_code = ? order by action_code",
        [before.code],
    ).fetchall()
    rows = connection.execute(
        "select action_code, partner_code, role, progress_text from marts.fct_contribution "
        "where session_code = ? and progress_text is not null order by action_code, partner_code",
        [before.code],
    ).fetchall()
    actions: dict[str, dict[str, Any]] = {code: {"status": status, "texts": {}} for code, status in statuses}
    for code, partner, role, text in rows:
        actions[code]["texts"][partner] = text
        if role == "lead":
            actions[code]["progress_text"] = text
    milestones = connection.execute(
        "select commitment_id, status from marts.fct_commitment_progress where session_code = ? and kind = 'milestone'",
        [before.code],
    ).fetchall()
    observations = connection.execute(
        "select kpi_id, value, qualifier, period_end, period_precision from marts.fct_kpi_observation "
        "where is_current and value is not null and territory_code = 'FR' and source_as_of < ? "
        "order by kpi_id, period_end",
        [before.cut_off],
    ).fetchall()
    kpis: dict[str, list[dict[str, Any]]] = {}
    for kpi_id, value, qualifier, period_end, precision in observations:
        kpis.setdefault(kpi_id, []).append(
            {"value": value, "qualifier": qualifier, "period_end": period_end, "period_precision": precision}
        )
    return Previous(
        actions=actions,
        milestones={code: {"status": status} for code, status in milestones},
        kpis=kpis,
    )
