"""What changed between two states of the facts: the arrows and the changes, as a diff of two snapshots.

Where the previous session was published, its frozen snapshot is what readers saw: `compared` puts the arrows and the
changes of a session against it, whatever the warehouse would say of that session today. The kinds and the rules are
those of `mart_session_change`, on whatever was published: also a reference that was changed since.
"""

import datetime as dt
from collections.abc import Iterator

from msgspec.structs import replace

from exports.marts import Change, Commitment, Observation, SessionMarts

#: from the worst to the best; the other statuses have no rank
_RANKED = ("late", "at_risk", "on_track", "achieved")
#: nothing is said of the action, or nothing is said of a deadline that passed: `is_unknown` of the models
_UNKNOWN = frozenset({"not_reported", "unconfirmed"})


def compared(marts: SessionMarts, previous: SessionMarts) -> SessionMarts:
    """The same session with its previous statuses and its changes taken from another state of the facts."""
    before = previous.status_by_action
    statuses = tuple(
        replace(row, previous_status=before[row.action_code].final_status if row.action_code in before else None)
        for row in marts.statuses
    )
    session = replace(marts.session, previous_session_code=previous.session.session_code)
    return replace(marts, session=session, statuses=statuses, changes=since(previous, marts))


def since(previous: SessionMarts, marts: SessionMarts) -> tuple[Change, ...]:
    """Every change from one state to the other, in the order of the actions."""
    found = [*_actions(previous, marts), *_statuses(previous, marts), *_commitments(previous, marts)]
    found += _values(previous, marts)
    rank = {row.action_code: position for position, row in enumerate(marts.actions)}
    return tuple(
        sorted(
            found,
            key=lambda row: (
                rank.get(row.action_code, len(rank)),
                row.change_kind,
                row.commitment_id or "",
                row.kpi_id or "",
            ),
        )
    )


def _change(marts: SessionMarts, action_code: str, kind: str, before: str | None, after: str | None) -> Change:
    nothing = {"commitment_id": None, "kpi_id": None, "before_value": None, "after_value": None}
    return Change(
        marts.session.session_code,
        action_code,
        kind,
        before,
        after,
        **nothing,
        before_period_end=None,
        after_period_end=None,
        before_precision=None,
        after_precision=None,
    )


def _actions(previous: SessionMarts, marts: SessionMarts) -> Iterator[Change]:
    before, after = previous.action_by_code, marts.action_by_code
    for code in sorted(before.keys() | after.keys()):
        was, now = before.get(code), after.get(code)
        if was is None and now is not None:
            yield _change(marts, code, "action_added", None, now.lead_partner)
        elif now is None and was is not None:
            yield _change(marts, code, "action_withdrawn", was.lead_partner, None)
        elif was is not None and now is not None:
            if was.lead_partner != now.lead_partner:
                yield _change(marts, code, "lead_changed", was.lead_partner, now.lead_partner)
            if was.action_title != now.action_title:
                yield _change(marts, code, "wording_changed", was.action_title, now.action_title)


def _statuses(previous: SessionMarts, marts: SessionMarts) -> Iterator[Change]:
    for code, now in marts.status_by_action.items():
        was = previous.status_by_action.get(code)
        if was is not None and was.final_status != now.final_status:
            kind = status_kind(was.final_status, now.final_status)
            yield _change(marts, code, kind, was.final_status, now.final_status)


def status_kind(before: str, after: str) -> str:
    """What kind of change of status: the rule of `mart_session_change`."""
    if before in _UNKNOWN and after in _UNKNOWN:
        return "status_changed"
    if before in _UNKNOWN:
        return "status_first_known"
    if after in _UNKNOWN:
        return "status_lost"
    if before in _RANKED and after in _RANKED:
        return "status_improved" if _RANKED.index(after) > _RANKED.index(before) else "status_worsened"
    return "status_changed"


def _commitments(previous: SessionMarts, marts: SessionMarts) -> Iterator[Change]:
    before = {row.commitment_id: row for row in previous.commitments}
    for now in marts.commitments:
        was = before.get(now.commitment_id)
        if was is not None:
            yield from _commitment(previous, marts, was, now)


def _commitment(previous: SessionMarts, marts: SessionMarts, was: Commitment, now: Commitment) -> Iterator[Change]:
    def change(kind: str, before: str | None, after: str | None) -> Change:
        return replace(_change(marts, now.action_code, kind, before, after), commitment_id=now.commitment_id)

    if now.status == "achieved" and was.status != "achieved":
        yield change("commitment_achieved", was.status, now.status)
    elif now.is_overdue and now.deadline is not None and now.deadline >= previous.session.cut_off:
        yield change("deadline_passed", was.status, now.status)
    if was.target_value != now.target_value:
        changed = change("target_changed", _text(was.target_value), _text(now.target_value))
        yield replace(changed, kpi_id=now.kpi_id, before_value=was.target_value, after_value=now.target_value)
    if (was.deadline, was.deadline_precision) != (now.deadline, now.deadline_precision):
        changed = change("deadline_changed", _text(was.deadline), _text(now.deadline))
        yield _dated(changed, (was.deadline, was.deadline_precision), (now.deadline, now.deadline_precision))
    before, after = (was.forecast_on, was.forecast_precision), (now.forecast_on, now.forecast_precision)
    if now.forecast_on is not None and before != after:
        kind = "forecast_announced" if was.forecast_on is None else "forecast_changed"
        yield _dated(change(kind, _text(was.forecast_on), _text(now.forecast_on)), before, after)
    if was.commitment_label != now.commitment_label:
        yield change("wording_changed", was.commitment_label, now.commitment_label)


Dated = tuple[dt.date | None, str | None]


def _dated(change: Change, before: Dated, after: Dated) -> Change:
    """The change with both its dates, each as precise as it was said."""
    return replace(
        change,
        before_period_end=before[0],
        after_period_end=after[0],
        before_precision=before[1],
        after_precision=after[1],
    )


def _values(previous: SessionMarts, marts: SessionMarts) -> Iterator[Change]:
    for kpi in marts.kpis:
        was, now = _latest(previous, kpi.kpi_id), _latest(marts, kpi.kpi_id)
        if now is None or kpi.action_code is None:
            continue
        if was is None or (was.period_end, was.value) != (now.period_end, now.value):
            kind = "value_corrected" if was and was.period_end == now.period_end else "value_updated"
            change = _change(marts, kpi.action_code, kind, _text(was and was.value), _text(now.value))
            valued = replace(change, kpi_id=kpi.kpi_id, before_value=was.value if was else None, after_value=now.value)
            before = (was.period_end, was.period_precision) if was else (None, None)
            yield _dated(valued, before, (now.period_end, now.period_precision))


def _latest(marts: SessionMarts, kpi_id: str) -> Observation | None:
    series = marts.observations_of(kpi_id)
    return series[-1] if series else None


def _text(value: object) -> str | None:
    if value is None:
        return None
    return f"{value:.15g}" if isinstance(value, float) else str(value)
