"""What keeps a session from its final state, in words, from the readers' copy of the marts."""

from pathlib import Path

from orchestration.warehouse import open_marts


def final_blockers(marts: Path, session_code: str) -> list[str]:
    """One line for each contradiction between sources that no arbitration has settled at the session's cut-off."""
    with open_marts(marts) as connection:
        rows = connection.execute(
            "select conflict.kpi_id, conflict.period_end, conflict.source_a, conflict.value_a, conflict.source_b, "
            "conflict.value_b from marts.mart_source_conflict conflict, marts.dim_cns_session session "
            "where session.session_code = ? and conflict.known_on <= session.cut_off and conflict.is_blocking "
            "order by all",
            [session_code],
        ).fetchall()
    return [
        f"{kpi_id}, {period_end}: {value_a:g} ({source_a}) against {value_b:g} ({source_b}), to be arbitrated"
        for kpi_id, period_end, source_a, value_a, source_b, value_b in rows
    ]
