"""What the session before knew, from the readers' copy: templates are pre-filled with it, checks compare with it."""

from typing import TYPE_CHECKING, Any

from orchestration.paths import Paths
from orchestration.warehouse import marts_digest, open_marts

if TYPE_CHECKING:
    from sources.workbook.prefill import Previous


def previous_of(paths: Paths, session_code: str) -> "Previous | None":
    """The state of the session held before `session_code`; None when nothing is built or it is the first one."""
    if marts_digest(paths.marts) is None:
        return None
    with open_marts(paths.marts) as connection:
        found = connection.execute(
            "select previous_session_code from marts.dim_cns_session where session_code = ?", [session_code]
        ).fetchall()
        if not found or found[0][0] is None:
            return None
        return _read(connection, found[0][0])


def _read(connection: Any, session_code: str) -> "Previous":
    from sources.workbook.prefill import Previous

    statuses = connection.execute(
        "select action_code, final_status from marts.fct_action_status where session_code = ? order by action_code",
        [session_code],
    ).fetchall()
    said = connection.execute(
        "select action_code, partner_code, role, progress_text from marts.fct_contribution "
        "where session_code = ? and progress_text is not null order by action_code, partner_code",
        [session_code],
    ).fetchall()
    actions: dict[str, dict[str, Any]] = {code: {"status": status, "texts": {}} for code, status in statuses}
    for code, partner, role, text in said:
        actions[code]["texts"][partner] = text
        if role == "lead":
            actions[code]["progress_text"] = text
    milestones = connection.execute(
        "select commitment_id, status from marts.fct_commitment_progress where session_code = ? and kind = 'milestone'",
        [session_code],
    ).fetchall()
    observations = connection.execute(
        "select kpi_id, value, qualifier, period_end, period_precision from marts.fct_kpi_observation "
        "where is_current and value is not null and territory_code = 'FR' order by kpi_id, period_end"
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
