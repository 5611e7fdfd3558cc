"""Every status computed a second time, session after session, and compared with the marts.

`python -m tools.status_audit WAREHOUSE` reads the seeds and what was received (figures, contributions, milestones,
readings, decisions), applies the method as the domain words it, and lists each commitment and action on which the
marts hold something else. What belongs here: the method once more, in plain Python. What does not: a line of SQL beyond
`select *`, an import of anything that the models or the deliverables use. Both sides sharing a mistake is what this
prevents.
"""

import calendar
import csv
import datetime as dt
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds"
Row = dict[str, Any]

MEASURES = ("actual", "provisional", "estimated")
SOURCES = ("document", "progress_report", "partner_submission", "lead_submission", "arbitration")
MONTHS = {"monthly": 1, "quarterly": 3, "semestrial": 6, "yearly": 12}
WEIGHT = {"achieved": 4, "on_track": 3, "at_risk": 2, "stalled": 2, "not_started": 2, "late": 1}
SAYS_NOTHING = ("unconfirmed", "not_reported")
UNKNOWN = (*SAYS_NOTHING, "in_progress")
WHOLE = re.compile(
    r"objectifs?\s+((est|sont|(a|ont)\s+été)\s+)?((pleinement|entièrement|tous)\s+)?atteints?", re.IGNORECASE
)
APART = "(sauf|hors|hormis|excepté|partiellement|en partie|pour partie|presque|quasi)"
CONDITION = "(si|s.ils?|lorsque|quand|une fois|dès que|sous réserve|à condition|afin que|pour que)"
NOT_WHOLE = re.compile(
    rf"(^|[^a-zà-ÿ]){CONDITION}\s[^.!?]{{0,80}}objectif|{APART}[^.!?]{{0,80}}objectif"
    rf"|objectifs?[^.!?]{{0,60}}atteints?[^.!?]{{0,80}}(%|{APART})",
    re.IGNORECASE,
)
OPENABLE = re.compile(
    r"https?://|www\.|n[°o]\s?\d{4}-\d+|NOR\s?:?\s?[A-Z]{4}\d{7}[A-Z]",
    re.IGNORECASE,
)
#: the reasons in the order in which one is given for several commitments
REASONS = (
    *("waits_for_decision", "at_best", "approximate", "unproven", "no_baseline", "not_comparable", "too_early"),
    *("too_old", "degenerate_target", "no_target", "no_observation", "nothing_new"),
)
BASES = ("arbitrated", "measure", "declared", "read", "carried")
COMMITMENT_COLUMNS = (
    *("status", "computed_status", "basis", "reason", "achieved_on", "fell_back", "carried_from", "last_news_in"),
    *("actual_value", "share_of_target", "progress_rate", "expected_rate", "revised_deadline"),
)
ACTION_COLUMNS = (
    *("computed_status", "declared_status", "read_status", "arbitrated_status", "final_status", "previous_status"),
    *("has_disagreement", "basis", "reason", "last_news_in"),
)


@dataclass(frozen=True)
class Difference:
    """One difference between the marts and this module."""

    session_code: str
    key: str
    column: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.session_code} {self.key} {self.column}: method {self.expected!r}, mart {self.found!r}"


@dataclass
class Received:
    """Everything the method is applied to."""

    sessions: list[Row]
    commitments: list[Row]
    kpis: dict[str, Row]
    baselines: dict[str, Row]
    links: list[Row]
    revisions: list[Row]
    observations: list[Row]
    contributions: list[Row]
    milestones: list[Row]
    readings: list[Row]
    decisions: list[Row]
    marks: dict[tuple[str, str], str]
    on_track: float
    at_risk: float
    least_rate: float
    latest_start: dt.date
    disagreement_steps: float


def main() -> int:
    """Compare the marts of a warehouse file; 1 when a status differs."""
    found = differences(Path(sys.argv[1]))
    for item in found:
        sys.stdout.write(f"{item}\n")
    sys.stdout.write(f"{len(found)} differences\n")
    return 1 if found else 0


def differences(warehouse: Path) -> list[Difference]:
    """Every difference between the marts of a warehouse file and the method."""
    tables = _tables(warehouse)
    received = _received(tables)
    commitments, actions = recomputed(received)
    marts = {(row["session_code"], row["commitment_id"]): row for row in tables["fct_commitment_progress"]}
    action_marts = {(row["session_code"], row["action_code"]): row for row in tables["fct_action_status"]}
    found = [*_compared(commitments, marts, COMMITMENT_COLUMNS), *_compared(actions, action_marts, ACTION_COLUMNS)]
    return sorted(found, key=lambda item: (item.session_code, item.key, item.column))


def _compared(
    expected: dict[tuple[str, str], Row], found: dict[tuple[str, str], Row], columns: tuple[str, ...]
) -> Iterator[Difference]:
    for session, key in sorted(expected.keys() | found.keys()):
        wanted, given = expected.get((session, key)), found.get((session, key))
        if wanted is None or given is None:
            yield Difference(session, key, "row", wanted is not None, given is not None)
            continue
        for column in columns:
            if not _same(wanted[column], given[column]):
                yield Difference(session, key, column, wanted[column], given[column])


def _same(wanted: object, given: object) -> bool:
    if isinstance(wanted, float) and isinstance(given, float | int):
        return abs(wanted - given) <= 1e-9 * max(1.0, abs(wanted))
    return wanted == given


# --- what was received -----------------------------------------------------------------------------------------------


def _tables(warehouse: Path) -> dict[str, list[Row]]:
    import duckdb

    wanted = {
        "marts": (
            *("fct_kpi_observation", "fct_contribution", "fct_commitment_progress", "fct_action_status"),
            *("fct_reading", "fct_decision"),
        ),
        "raw": ("milestone_report", "submission"),
    }
    tables: dict[str, list[Row]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for schema, names in wanted.items():
            for name in names:
                cursor = connection.execute(f"select * from {schema}.{name}")
                columns = [column[0] for column in cursor.description or ()]
                tables[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return tables


def _seed(name: str) -> list[Row]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(stream)]


def _received(tables: dict[str, list[Row]]) -> Received:
    method = {row["parameter"]: row for row in _seed("ref_status_threshold")}
    leads = {row["action_code"]: row["partner_code"] for row in _seed("ref_action_partner") if row["role"] == "lead"}
    sessions = sorted(_seed("ref_cns_session"), key=lambda row: row["cut_off"])
    for session in sessions:
        session["cut_off"] = dt.date.fromisoformat(session["cut_off"])
    commitments = _seed("ref_commitment")
    for row in commitments:
        row["deadline"] = _day(row["deadline"])
        row["target_value"] = _number(row["target_value"])
    action_of = {row["commitment_id"]: row["action_code"] for row in commitments}
    submissions = {row["sha256"]: row for row in tables["submission"]}
    milestones = [
        {**row, **{key: submissions[row["sha256"]][key] for key in ("received_at", "origin")}}
        for row in tables["milestone_report"]
        if row["partner_code"] == leads.get(action_of.get(row["commitment_id"], ""))
    ]
    marks = {
        (row["session_code"], row[key]): row["review_mark"]
        for table, key in (("fct_commitment_progress", "commitment_id"), ("fct_action_status", "action_code"))
        for row in tables[table]
    }
    return Received(
        sessions=sessions,
        commitments=commitments,
        kpis={row["kpi_id"]: row for row in _seed("ref_kpi")},
        baselines={row["kpi_id"]: row for row in _seed("ref_kpi_baseline")},
        links=_seed("ref_kpi_comparability"),
        revisions=_seed("ref_commitment_revision"),
        observations=[row for row in tables["fct_kpi_observation"] if row["territory_code"] == "FR"],
        contributions=tables["fct_contribution"],
        milestones=sorted(milestones, key=lambda row: (row["received_at"], row["sha256"])),
        readings=tables["fct_reading"],
        decisions=tables["fct_decision"],
        marks=marks,
        on_track=float(method["on_track_ratio"]["value"]),
        at_risk=float(method["at_risk_ratio"]["value"]),
        least_rate=float(method["least_expected_rate"]["value"]),
        latest_start=dt.date.fromisoformat(method["latest_start_on"]["value_date"]),
        disagreement_steps=float(method["disagreement_steps"]["value"]),
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _number(text: str | None) -> float | None:
    return float(text) if text else None


# --- figures ---------------------------------------------------------------------------------------------------------


@dataclass
class Measure:
    """A figure that may be held against a target, in the target's unit."""

    kpi_id: str
    rank: int
    relation: str
    value: float | None
    qualifier: str
    raw_qualifier: str
    on: dt.date
    end: dt.date
    is_fresh: bool
    is_decided: bool
    is_waiting: bool
    is_reached: bool = False

    @property
    def counts(self) -> bool:
        """Whether the link to the target was decided and there is a value."""
        return self.is_decided and self.value is not None

    @property
    def is_graded(self) -> bool:
        """Whether the value can be held against the target or its path."""
        return self.counts and self.relation in ("same", "ratio", "annualised")


@dataclass
class Verdict:
    """The verdict of the figures on a target: no status where words decide."""

    status: str | None = None
    reason: str | None = None
    measure: Measure | None = None
    achieved_on: dt.date | None = None
    fell_back: bool = False
    share: float | None = None
    rate: float | None = None
    expected: float | None = None
    is_back: bool = False
    is_waiting: bool = False


def _figures_known(received: Received, cut_off: dt.date) -> dict[str, list[Row]]:
    """The figure that counts of each KPI and period, as known on a day, oldest first."""
    best: dict[tuple[str, dt.date], Row] = {}
    for row in received.observations:
        is_known = row["source_as_of"] <= cut_off and row["period_start"] <= cut_off
        if not is_known or (row["withdrawn_as_of"] and row["withdrawn_as_of"] <= cut_off):
            continue
        if row["nature"] not in MEASURES:
            continue
        key, fits = (row["kpi_id"], row["period_end"]), _fits(received.kpis[row["kpi_id"]], row)
        if key not in best or (fits, *_order(row)) > (best[key]["fits"], *_order(best[key])):
            best[key] = {**row, "fits": fits}
    known: dict[str, list[Row]] = defaultdict(list)
    for (kpi_id, end), row in sorted(best.items()):
        on = min(end, row["source_as_of"])
        known[kpi_id].append({**row, "on": on})
    for rows in known.values():
        rows.sort(key=lambda row: (row["on"], row["period_end"]))
    return known


def _order(row: Row) -> tuple[Any, ...]:
    return (*(row["nature"] == "actual", SOURCES.index(row["source_type"]), row["recorded_at"], row["observation_id"]),)


def _span(row: Row) -> int:
    start, end = row["period_start"], row["period_end"]
    return int((end.year - start.year) * 12 + end.month - start.month + 1)


def _fits(kpi: Row, row: Row) -> bool:
    """Whether the period can hold a value of that kind of KPI."""
    precision, start, end = row["period_precision"], row["period_start"], row["period_end"]
    match kpi["measure_kind"]:
        case "flow":
            wanted = MONTHS.get(kpi["periodicity"])
            is_whole = precision != "day" or (start.day == 1 and start < end)
            return (wanted is None or _span(row) == wanted) and is_whole
        case "rolling_12_months":
            return _span(row) in (12, 13)
        case "stock" if precision == "day":
            return bool(start == end)
        case "stock":
            return _span(row) <= {"month": 1, "quarter": 3, "semester": 6}.get(precision, 12)
    return True


def _months_later(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _reaches(direction: str, value: float, qualifier: str, target: float, target_qualifier: str | None) -> bool:
    """Whether a figure as it was stated proves a target as it was stated."""
    sign = 1 if direction == "up" else -1
    wrong_bound = ("at_most", "less_than") if direction == "up" else ("at_least", "more_than")
    strict = "more_than" if direction == "up" else "less_than"
    if qualifier in wrong_bound:
        return False
    gap = sign * (value - target)
    if gap or qualifier == "approx":
        return gap > 0
    return target_qualifier != strict or qualifier == strict


def _nearly(direction: str, value: float, qualifier: str, target: float, target_qualifier: str | None) -> bool:
    """Whether the figure, taken as the value, reaches what it does not prove."""
    if qualifier == "approx":
        return value == target
    up = direction == "up"
    if qualifier not in (("at_most", "less_than") if up else ("at_least", "more_than")):
        return False
    gap = value - target if up else target - value
    return gap > 0 or (gap == 0 and target_qualifier != ("more_than" if up else "less_than"))


def _decision_on(
    received: Received, rank_of: dict[str, int], now: int, kind: str, key: str
) -> tuple[Row, int] | tuple[None, None]:
    """The last decision on something by a session, and the rank of its own session; None when it was taken back."""
    taken = [
        (rank_of[row["session_code"]], row["received_at"], row["decision_id"], row)
        for row in received.decisions
        if row["subject_kind"] == kind
        and row["subject_key"] == key
        and rank_of.get(row["session_code"], now + 1) <= now
    ]
    if not taken:
        return None, None
    rank, _, _, last = max(taken, key=lambda item: item[:3])
    return (None, None) if last["decision"] == "withdrawn" else (last, rank)


def _last_received(received: Received, rank_of: dict[str, int], now: int, kind: str, key: str) -> Row | None:
    """The last decision received on a link, whatever session it was taken in."""
    taken = [
        row
        for row in received.decisions
        if row["subject_kind"] == kind
        and row["subject_key"] == key
        and rank_of.get(row["session_code"], now + 1) <= now
    ]
    if not taken:
        return None
    last = max(taken, key=lambda row: (row["received_at"], row["decision_id"]))
    return None if last["decision"] in ("withdrawn", "rejected") else last


def _measures(
    received: Received,
    known: dict[str, list[Row]],
    commitment: Row,
    cut_off: dt.date,
    rank_of: dict[str, int],
    now: int,
) -> list[Measure]:
    """Every figure known that may be held against a target, oldest first within its KPI."""
    target_kpi = received.kpis[commitment["kpi_id"]]
    links = []
    for link in received.links:
        if link["commitment_id"] != commitment["commitment_id"]:
            continue
        key = f"{link['commitment_id']}|{link['context_kpi_id']}"
        relation = _last_received(received, rank_of, now, "comparability", key)
        denominator = _last_received(received, rank_of, now, "denominator", key)
        links.append(
            {
                **link,
                "relation": relation["decision"] if relation else link["relation"],
                "is_decided": bool(relation or link["decided_by"]),
                "denominator": denominator["value"] if denominator else _number(link["denominator_value"]),
            }
        )
    is_flow = target_kpi["measure_kind"] in ("flow", "rolling_12_months")
    is_rhythm = is_flow and any(link["relation"] == "annualised" and link["is_decided"] for link in links)
    found = []
    for row in known.get(commitment["kpi_id"], []):
        own_relation = "annualised" if is_rhythm and _span(row) < 12 else "same"
        found.append(_measure(received, row, commitment, 0, own_relation, row["value"], row["fits"], False, cut_off))
    for link in links:
        kpi = received.kpis[link["context_kpi_id"]]
        for row in known.get(link["context_kpi_id"], []):
            value, is_valid = _in_unit(row, link, kpi, target_kpi, is_flow=is_flow)
            is_decided = link["is_decided"] and row["fits"] and is_valid
            is_waiting = not link["is_decided"] and link["relation"] != "different"
            rank = int(link["context_rank"])
            found.append(
                _measure(received, row, commitment, rank, link["relation"], value, is_decided, is_waiting, cut_off)
            )
    return found


def _in_unit(row: Row, link: Row, kpi: Row, target_kpi: Row, *, is_flow: bool) -> tuple[float | None, bool]:
    """A figure in the target's unit, and whether that link can judge the target."""
    value: float = row["value"]
    months, target_months = MONTHS.get(kpi["periodicity"]), MONTHS.get(target_kpi["periodicity"])
    both = months is not None and target_months is not None
    match link["relation"]:
        case "same":
            return value, True
        case "ratio" if link["denominator"] is None:
            return None, False
        case "ratio":
            return (100.0 if target_kpi["unit"] == "%" else 1.0) * value / link["denominator"], True
        case "annualised":
            return (value * 12.0 / months if months else None), is_flow
        case "upper_bound":
            longer = not (both and (months or 0) < (target_months or 0))
            return value, longer and row["qualifier"] not in ("at_least", "more_than")
        case "lower_bound":
            shorter = not (both and (months or 0) > (target_months or 0))
            return value, shorter and row["qualifier"] not in ("at_most", "less_than")
    return value, False


def _measure(
    received: Received,
    row: Row,
    commitment: Row,
    rank: int,
    relation: str,
    value: float | None,
    is_decided: bool,
    is_waiting: bool,
    cut_off: dt.date,
) -> Measure:
    kpi, direction = received.kpis[row["kpi_id"]], received.kpis[commitment["kpi_id"]]["direction"]
    bound = {"lower_bound": "at_least", "upper_bound": "at_most"}.get(relation)
    made = Measure(
        kpi_id=row["kpi_id"],
        rank=rank,
        relation=relation,
        value=value,
        qualifier=bound or row["qualifier"],
        raw_qualifier=row["qualifier"],
        on=row["on"],
        end=row["period_end"],
        is_fresh=cut_off <= _months_later(row["on"], int(kpi["max_age_months"])),
        is_decided=is_decided,
        is_waiting=is_waiting,
    )
    target = commitment["target_value"]
    proving = {"lower_bound": "up", "upper_bound": "down"}.get(relation, direction)
    if made.counts and value is not None and target is not None and proving == direction:
        made.is_reached = _reaches(direction, value, row["qualifier"], target, commitment["target_qualifier"])
    return made


# --- the path --------------------------------------------------------------------------------------------------------


def _path(received: Received, commitment: Row, reached: set[str]) -> list[tuple[dt.date, float]]:
    """The points of the way to a target, from its start to its deadline; none without a start."""
    deadline, target = commitment["deadline"], commitment["target_value"]
    if deadline is None or target is None:
        return []
    earlier = [
        row
        for row in received.commitments
        if row["kind"] == "target" and row["kpi_id"] == commitment["kpi_id"]
        and row["deadline"] is not None and row["deadline"] < deadline
    ]  # fmt: skip
    starts = [(row["deadline"], row["target_value"]) for row in earlier if row["commitment_id"] in reached]
    baseline = received.baselines.get(commitment["kpi_id"])
    if baseline and dt.date.fromisoformat(baseline["baseline_on"]) < deadline:
        starts.append((dt.date.fromisoformat(baseline["baseline_on"]), float(baseline["baseline_value"])))
    if not starts:
        return []
    start = max(starts, key=lambda point: point[0])
    between = sorted((row["deadline"], row["target_value"]) for row in earlier if row["deadline"] > start[0])
    return [start, *between, (deadline, target)]


def _on_path(points: list[tuple[dt.date, float]], day: dt.date) -> float:
    if day <= points[0][0]:
        return points[0][1]
    for (from_on, from_value), (to_on, to_value) in pairwise(points):
        if day < to_on:
            return from_value + (to_value - from_value) * ((day - from_on).days / (to_on - from_on).days)
    return points[-1][1]


def _verdict(
    received: Received, commitment: Row, measures: list[Measure], reached: set[str], cut_off: dt.date
) -> Verdict:
    """The verdict of the figures on a target at a cut-off."""
    target, deadline = commitment["target_value"], commitment["deadline"]
    kpi = received.kpis[commitment["kpi_id"]]
    direction = kpi["direction"]
    proofs = [item for item in measures if item.is_reached]
    chosen = _chosen(measures)
    verdict = Verdict(measure=chosen)
    if chosen is None:
        verdict.reason = "no_observation"
        return verdict
    if proofs:
        verdict.achieved_on = min(item.on for item in proofs)
    if not chosen.counts and not proofs:
        verdict.is_waiting = chosen.is_waiting
        verdict.reason = "waits_for_decision" if chosen.is_waiting else "not_comparable"
        return verdict
    value = chosen.value
    if value is None or target is None:
        verdict.status, verdict.reason = "not_reported", "no_target"
        return verdict

    points = _path(received, commitment, reached)
    start = points[0][1] if points else None
    is_degenerate = start is not None and (target <= start if direction == "up" else target >= start)
    if chosen.counts and points and start is not None and not is_degenerate:
        verdict.expected = 100.0 * (_on_path(points, chosen.on) - start) / (target - start)
        if chosen.is_graded:
            verdict.rate = 100.0 * (value - start) / (target - start)
    if chosen.counts and direction == "up" and target > 0:
        verdict.share = 100.0 * value / target
    place, is_too_early = _place(received, commitment, chosen, points, verdict.share, is_degenerate=is_degenerate)

    is_reached_now = _reaches(direction, value, chosen.qualifier, target, commitment["target_qualifier"])
    is_nearly = _nearly(direction, value, chosen.qualifier, target, commitment["target_qualifier"])
    is_after = deadline is not None and chosen.on >= deadline
    is_past = deadline is not None and deadline < cut_off
    has_start = bool(points)
    verdict.fell_back = bool(proofs) and chosen.is_graded and not is_reached_now and not is_nearly
    verdict.is_back = (
        chosen.is_graded and chosen.is_fresh and deadline is not None and deadline >= cut_off
        and not is_degenerate and place in ("at_risk", "on_track")
    )  # fmt: skip

    if proofs:
        verdict.status = "achieved"
    elif not chosen.is_graded:
        verdict.status = _bound_verdict(
            chosen,
            direction,
            place,
            is_after=is_after,
            is_past=is_past,
            is_too_early=is_too_early or is_degenerate,
            is_silent=is_reached_now or is_nearly,
        )
    elif not chosen.is_fresh:
        verdict.status = "unconfirmed" if is_past and not is_after else "not_reported"
    elif is_after:
        verdict.status = "unconfirmed" if is_nearly or chosen.relation == "annualised" else "late"
    elif place == "late" and not is_too_early and chosen.relation != "annualised":
        verdict.status = "late"
    elif is_past:
        verdict.status = "unconfirmed"
    elif place in ("late", "at_risk") and not is_too_early:
        verdict.status = "at_risk"
    elif is_nearly or (place == "on_track" and has_start):
        verdict.status = "on_track"
    else:
        verdict.status = "not_reported"

    if verdict.status is None:
        verdict.reason = "not_comparable"
        verdict.share = verdict.expected = None
        return verdict
    verdict.reason = _measure_reason(verdict, chosen, deadline, has_start=has_start, is_degenerate=is_degenerate,
                                  is_nearly=is_nearly, is_after=is_after)  # fmt: skip
    return verdict


def _chosen(measures: list[Measure]) -> Measure | None:
    """The latest that can be graded; else a bound that proves; else a bound; else what waits; else a context."""
    groups = (
        [item for item in measures if item.is_graded],
        [item for item in measures if item.is_reached],
        [item for item in measures if item.counts],
    )
    for group in groups:
        if group:
            latest = max(item.on for item in group)
            return min(
                (item for item in group if item.on == latest), key=lambda item: (item.rank, -item.end.toordinal())
            )
    for group in ([item for item in measures if item.is_waiting], measures):
        if group:
            return min(group, key=lambda item: (item.rank, -item.on.toordinal(), -item.end.toordinal()))
    return None


def _place(
    received: Received,
    commitment: Row,
    chosen: Measure,
    points: list[tuple[dt.date, float]],
    share: float | None,
    *,
    is_degenerate: bool,
) -> tuple[str | None, bool]:
    """Where a value is on its path, or at best without one; and whether almost nothing was expected yet."""
    target, deadline, value = commitment["target_value"], commitment["deadline"], chosen.value
    rate: float | None = None
    expected: float | None = None
    if value is None or not chosen.counts:
        return None, True
    if points:
        start = points[0][1]
        if target != start:
            rate = 100.0 * (value - start) / (target - start)
            expected = None if is_degenerate else 100.0 * (_on_path(points, chosen.on) - start) / (target - start)
    elif share is not None and deadline is not None and deadline > received.latest_start:
        least = _number(received.kpis[commitment["kpi_id"]]["value_min"])
        if least is not None and least >= 0:
            rate = share
            expected = 100.0 * _on_path([(received.latest_start, 0.0), (deadline, 1.0)], chosen.on)
    is_too_early = (expected or 0.0) < received.least_rate
    if rate is None or expected is None or is_degenerate:
        return None, is_too_early
    if rate < received.at_risk * expected:
        return "late", is_too_early
    if rate < received.on_track * expected:
        return "at_risk", is_too_early
    return ("on_track" if rate > 0 or expected > 0 else None), is_too_early


def _bound_verdict(
    chosen: Measure,
    direction: str,
    place: str | None,
    *,
    is_after: bool,
    is_past: bool,
    is_too_early: bool,
    is_silent: bool,
) -> str | None:
    """A bound on the far side proves a delay, and nothing else."""
    if chosen.relation != ("upper_bound" if direction == "up" else "lower_bound") or not chosen.is_fresh or is_silent:
        return None
    if is_after:
        return "late"
    if is_too_early or (place == "at_risk" and is_past):
        return None
    return place if place in ("late", "at_risk") else None


def _measure_reason(
    verdict: Verdict, chosen: Measure, deadline: dt.date | None, *,
    has_start: bool, is_degenerate: bool, is_nearly: bool, is_after: bool,
) -> str | None:  # fmt: skip
    if deadline is None:
        return "no_target"
    if verdict.rate is not None:
        without_rate = None
    elif is_degenerate:
        without_rate = "degenerate_target"
    elif has_start:
        without_rate = "not_comparable"
    elif verdict.status in ("late", "at_risk") and not is_after:
        without_rate = "at_best"
    else:
        without_rate = "no_baseline"
    if verdict.status == "achieved" or not chosen.is_graded:
        return without_rate
    if not chosen.is_fresh:
        return "too_old"
    if is_nearly or (is_after and chosen.relation == "annualised"):
        return "approximate"
    if is_degenerate:
        return "degenerate_target"
    if verdict.status == "not_reported" and has_start:
        return "too_early"
    return without_rate


# --- words -----------------------------------------------------------------------------------------------------------


@dataclass
class Words:
    """What is stated about a commitment in a session."""

    status: str | None = None
    on: dt.date | None = None
    forecast: dt.date | None = None
    is_done: bool = False
    is_declared_now: bool = False


@dataclass
class Memory:
    """What earlier sessions leave behind on a commitment."""

    done: Words | None = None
    dates: list[tuple[int, int, dt.date, str]] = field(default_factory=list)
    last_word: str = ""
    last_reading: str = ""
    read_done_in: str | None = None
    late_plain: str | None = None
    late_read: str | None = None
    measured_on: dt.date | None = None
    last_news: str | None = None
    last_status: str | None = None
    marks: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def _milestone_words(received: Received, session: str, commitment_id: str) -> Row | None:
    """The lead's answers on a milestone in a session: the last answer of each field."""
    rows = [
        row for row in received.milestones if row["session_code"] == session and row["commitment_id"] == commitment_id
    ]
    if not rows:
        return None
    withdrawn = [row["received_at"] for row in rows if row["status_absence"] == "SUPPR"]
    left = [row for row in rows if not withdrawn or row["received_at"] > max(withdrawn)]
    merged: Row = {"is_withdrawn": not left}
    for column in ("declared_status", "forecast_on", "actual_on", "origin"):
        merged[column] = next((row[column] for row in reversed(left) if row[column] is not None), None)
    evidence = next((row["evidence"] for row in reversed(left) if _is_text(row["evidence"])), None)
    merged["evidence"] = None if evidence is None or evidence.strip().upper() == "SUPPR" else evidence
    return merged


def _speaks_of_the_whole(text: str) -> bool:
    return bool(WHOLE.search(text)) and not NOT_WHOLE.search(text)


def _is_text(text: str | None) -> bool:
    return bool(text) and (text or "").strip().upper() not in ("", "NC", "NA")


def _words(received: Received, session: Row, commitment: Row, memory: Memory) -> Words:
    siblings = [row for row in received.commitments if row["action_code"] == commitment["action_code"]]
    own = _milestone_words(received, session["session_code"], commitment["commitment_id"])
    lead = next(
        (
            row
            for row in received.contributions
            if row["session_code"] == session["session_code"]
            and row["action_code"] == commitment["action_code"]
            and row["role"] == "lead"
        ),
        None,
    )
    own_status = own and (own["declared_status"] or ("achieved" if own["actual_on"] else None))
    action_status = None
    if lead is not None and lead["declared_status"]:
        is_whole = lead["is_reconstituted"] or _speaks_of_the_whole(lead["progress_text"] or "")
        none_later = all(row["deadline"] is None or row["deadline"] <= session["cut_off"] for row in siblings)
        if len(siblings) == 1 or (lead["declared_status"] == "achieved" and is_whole and none_later):
            action_status = lead["declared_status"]
    words = Words(status=own_status or action_status, forecast=own["forecast_on"] if own else None)
    if own and own["actual_on"]:
        words.on = own["actual_on"]
    elif action_status == "achieved" and lead is not None:
        words.on = lead["achieved_on"]
    if own and own["evidence"]:
        has_proof = own["origin"] == "reconstituted" or bool(OPENABLE.search(own["evidence"]))
    else:
        has_proof = not own_status and action_status is not None and bool(lead and lead["is_reconstituted"])
    words.is_done = words.status == "achieved" and (words.on is not None or has_proof)
    is_withdrawn = bool(own and own["is_withdrawn"])
    words.is_declared_now = bool(own_status or is_withdrawn or words.forecast or action_status)
    if memory.done is not None and not own_status and not is_withdrawn and not words.is_done:
        done = memory.done
        words = Words("achieved", done.on, words.forecast, True, words.is_declared_now)
    if own_status or is_withdrawn or words.is_done:
        memory.done = words if words.is_done else None
    return words


def _judged_by_words(
    deadline: dt.date | None, cut_off: dt.date, status: str | None, *, is_done: bool, has_date: bool, has_forecast: bool
) -> str:
    """The right-hand column of the method's table, from top to bottom."""
    is_past = deadline is not None and deadline < cut_off
    if is_done:
        return "achieved"
    if is_past:
        if has_date:
            return "late"
        if status == "achieved":
            return "unconfirmed"
        return "late" if status or has_forecast else "unconfirmed"
    if status == "late" and deadline is not None:
        return "late"
    if status in ("late", "at_risk") or (has_date and deadline is not None):
        return "at_risk"
    if status in ("achieved", "on_track"):
        return "on_track"
    return status or "not_reported"


def _revised(
    received: Received, session: Row, rank: int, commitment: Row, words: Row | None, reading: Row | None, memory: Memory
) -> tuple[dt.date | None, bool, bool, bool]:
    """The later date in force, whether a lead or a text gave one, whether a reading did, whether one did just now."""
    deadline = commitment["deadline"]
    code = session["session_code"]
    if words and words["forecast_on"]:
        memory.dates.append((rank, 2, words["forecast_on"], "declared"))
    memory.dates += [
        (rank, 1, dt.date.fromisoformat(row["revised_deadline"]), "declared")
        for row in received.revisions
        if row["commitment_id"] == commitment["commitment_id"] and row["said_in_session"] == code
    ]
    if reading and reading["status"] in ("late", "at_risk") and reading["status_date"]:
        memory.dates.append((rank, 0, reading["status_date"], "read"))
    if deadline is None:
        return None, False, False, False
    back = max((at for at, _, day, basis in memory.dates if basis == "declared" and day <= deadline), default=-1)
    later = [item for item in memory.dates if item[2] > deadline and item[0] >= back]
    latest = max(later, key=lambda item: item[:2], default=None)
    declared = [item for item in later if item[3] == "declared"]
    return (
        latest[2] if latest else None,
        bool(declared),
        any(item[3] == "read" for item in later),
        bool(declared) and max(item[0] for item in declared) == rank,
    )


def _last_reading(received: Received, session: str, commitment_id: str) -> Row | None:
    rows = [
        row for row in received.readings if row["session_code"] == session and row["commitment_id"] == commitment_id
    ]
    if not rows:
        return None
    last = max(rows, key=lambda row: (row["received_at"], row["reading_id"]))
    return None if last["status"] == "withdrawn" else last


# --- session after session -------------------------------------------------------------------------------------------


def recomputed(received: Received) -> tuple[dict[tuple[str, str], Row], dict[tuple[str, str], Row]]:
    """Every commitment and every action of every session, by the method."""
    rank_of = {row["session_code"]: rank for rank, row in enumerate(received.sessions)}
    memories: dict[str, Memory] = defaultdict(Memory)
    action_memories: dict[str, ActionMemory] = defaultdict(ActionMemory)
    seen_figures: dict[str, dt.date] = {}
    commitments: dict[tuple[str, str], Row] = {}
    actions: dict[tuple[str, str], Row] = {}
    for rank, session in enumerate(received.sessions):
        known = _figures_known(received, session["cut_off"])
        measures = {
            row["commitment_id"]: _measures(received, known, row, session["cut_off"], rank_of, rank)
            for row in received.commitments
            if row["kind"] == "target"
        }
        reached = {key for key, found in measures.items() if any(item.is_reached for item in found)}
        of_action: dict[str, list[Row]] = defaultdict(list)
        for row in received.commitments:
            verdict = None
            if row["kind"] == "target":
                verdict = _verdict(received, row, measures[row["commitment_id"]], reached, session["cut_off"])
            progress = _commitment(received, rank_of, rank, session, row, verdict, memories[row["commitment_id"]])
            commitments[session["session_code"], row["commitment_id"]] = progress
            of_action[row["action_code"]].append(progress)
        news = _new_figures(received, known, seen_figures, session["cut_off"])
        for action, rows in of_action.items():
            actions[session["session_code"], action] = _action(
                received, rank_of, rank, session, action, rows, action in news, action_memories[action]
            )
    return commitments, actions


def _new_figures(
    received: Received, known: dict[str, list[Row]], seen: dict[str, dt.date], cut_off: dt.date
) -> set[str]:
    """The actions of which a figure that no earlier session knew still counts."""
    found = set()
    for kpi_id, rows in known.items():
        kpi, on = received.kpis[kpi_id], rows[-1]["on"]
        is_new = kpi_id not in seen or on > seen[kpi_id]
        if is_new and cut_off <= _months_later(on, int(kpi["max_age_months"])):
            found.add(kpi["action_code"])
    seen.clear()
    seen.update({kpi_id: rows[-1]["on"] for kpi_id, rows in known.items()})
    return found


def _commitment(
    received: Received,
    rank_of: dict[str, int],
    rank: int,
    session: Row,
    commitment: Row,
    verdict: Verdict | None,
    memory: Memory,
) -> Row:
    code, cut_off, deadline = session["session_code"], session["cut_off"], commitment["deadline"]
    key = commitment["commitment_id"]
    reading = _last_reading(received, code, key)
    words = _words(received, session, commitment, memory)
    own = _milestone_words(received, code, key)
    revised, has_date, has_read_date, is_dated_now = _revised(received, session, rank, commitment, own, reading, memory)
    if reading and reading["status"] == "achieved":
        memory.read_done_in = code
    read_status = reading["status"] if reading else None
    is_past = deadline is not None and deadline < cut_off
    is_measured = verdict is not None and verdict.status is not None
    is_waiting = verdict is not None and verdict.is_waiting and not is_measured

    if is_measured and verdict is not None:
        plain = _measured_status(verdict.status or "", deadline, has_date=has_date, is_past=is_past)
    elif is_waiting:
        plain = "not_reported" if not has_date or deadline is None else "late" if is_past else "at_risk"
    else:
        plain = _judged_by_words(deadline, cut_off, words.status, is_done=words.is_done, has_date=has_date,
                                 has_forecast=words.forecast is not None)  # fmt: skip
    read = None
    if is_measured or is_waiting:
        if has_read_date and deadline is not None:
            read = "late" if is_past else "at_risk"
    elif read_status or memory.read_done_in or has_read_date:
        read = _judged_by_words(deadline, cut_off, read_status, is_done=memory.read_done_in is not None,
                                has_date=has_read_date, has_forecast=False)  # fmt: skip
    is_read = plain in SAYS_NOTHING and read is not None and read not in SAYS_NOTHING
    with_readings = read if is_read and read is not None else plain

    if is_read:
        basis: str | None = "read"
    elif is_measured and verdict is not None and plain == verdict.status:
        basis = "measure"
    elif plain in SAYS_NOTHING and (words.status is None or is_waiting):
        basis = "measure" if is_measured else None
    else:
        basis = "declared"

    measured_on = verdict.measure.on if is_measured and verdict and verdict.measure else None
    is_later = measured_on is not None and (memory.measured_on is None or measured_on > memory.measured_on)
    is_ended = plain == "achieved" or bool(verdict and verdict.is_back and is_later)
    memory.last_word = words.status or memory.last_word
    memory.last_reading = read_status or memory.last_reading
    actual = verdict.measure.value if is_measured and verdict and verdict.measure else None
    memory.marks[code] = (memory.last_word, memory.last_reading, measured_on, actual, revised, is_past)
    decision, decided_at = _decision_on(received, rank_of, rank, "commitment", key)
    arbitrated = None
    if decision is not None and decided_at is not None:
        upon = decision.get("decided_upon")
        holds = (
            upon == received.marks.get((code, key))
            if upon
            else memory.marks[code] == memory.marks[received.sessions[decided_at]["session_code"]]
        )
        arbitrated = decision["decision"] if holds else None
    is_decided_now = decided_at == rank

    is_news = words.is_declared_now or is_dated_now or read_status is not None or is_decided_now or is_later
    if is_news:
        memory.last_news = code

    is_late_plain, is_late_read = (arbitrated or plain) == "late", (arbitrated or with_readings) == "late"
    lifted = arbitrated is not None and arbitrated != "late"
    memory.late_plain = code if is_late_plain else None if lifted or is_ended else memory.late_plain
    is_ended_read = is_ended or with_readings == "achieved"
    memory.late_read = code if is_late_read else None if lifted or is_ended_read else memory.late_read
    is_carried_plain = arbitrated is None and not is_late_plain and memory.late_plain is not None
    is_carried = arbitrated is None and not is_late_read and memory.late_read is not None
    status = arbitrated or ("late" if is_carried else with_readings)
    measure_reason = verdict.reason if verdict is not None else None
    if arbitrated:
        reason = measure_reason
    elif is_carried and not is_news:
        reason = "nothing_new"
    elif (
        words.status == "achieved" and not words.is_done and not is_measured and not is_read
        and plain in ("on_track", "unconfirmed")
    ):  # fmt: skip
        reason = "unproven"
    elif measure_reason is not None:
        reason = measure_reason
    elif with_readings in SAYS_NOTHING and not is_measured:
        reason = "no_observation"
    else:
        reason = "nothing_new" if not is_news and with_readings != "achieved" else None
    is_ended_now = not is_late_read and (
        (is_decided_now and arbitrated is not None)
        or (with_readings == "achieved" and memory.last_status != "achieved")
        or (is_ended and plain != "achieved")
    )
    memory.measured_on = measured_on
    memory.last_status = with_readings

    achieved_on = None
    if status == "achieved":
        if verdict is not None and verdict.achieved_on is not None:
            achieved_on = verdict.achieved_on
        elif not arbitrated and is_read:
            reading = _last_reading(received, memory.read_done_in or code, key)
            achieved_on = reading["status_date"] if reading else None
        else:
            achieved_on = words.on
    return {
        "status": status,
        "computed_status": arbitrated or ("late" if is_carried_plain else plain),
        "basis": "arbitrated" if arbitrated else "carried" if is_carried else basis,
        "reason": reason,
        "achieved_on": achieved_on,
        "fell_back": bool(verdict and verdict.fell_back and status == "achieved"),
        "carried_from": memory.late_read if is_carried else None,
        "last_news_in": memory.last_news,
        "actual_value": actual,
        "share_of_target": verdict.share if is_measured and verdict else None,
        "progress_rate": max(0.0, min(100.0, verdict.rate)) if verdict and verdict.rate is not None else None,
        "expected_rate": verdict.expected if is_measured and verdict else None,
        "revised_deadline": revised,
        "deadline": deadline,
        "is_news": is_news,
        "is_ended_now": is_ended_now,
    }


def _measured_status(status: str, deadline: dt.date | None, *, has_date: bool, is_past: bool) -> str:
    """The left-hand column: words neither raise nor lower a measure, a later date does."""
    if status in ("achieved", "late"):
        return status
    if has_date and is_past:
        return "late"
    if status == "unconfirmed":
        return status
    return "at_risk" if has_date and deadline is not None else status


@dataclass
class ActionMemory:
    """What earlier sessions leave behind on an action."""

    late: str | None = None
    worst: int | None = None
    last_news: str | None = None
    last_word: str = ""
    final: str | None = None
    marks: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def _action(
    received: Received,
    rank_of: dict[str, int],
    rank: int,
    session: Row,
    action: str,
    rows: list[Row],
    has_new_figure: bool,
    memory: ActionMemory,
) -> Row:
    code, cut_off = session["session_code"], session["cut_off"]
    texts = [
        row
        for row in received.contributions
        if row["session_code"] == code and row["action_code"] == action
        and (row["declared_status"] or row["progress_text"])
    ]  # fmt: skip
    declared = next((row["declared_status"] for row in texts if row["role"] == "lead" and row["declared_status"]), None)
    is_spoken_of = bool(texts) or has_new_figure
    computed = _of_commitments(rows, "computed_status", cut_off, declared, is_spoken_of=is_spoken_of)
    is_read = any(row["status"] != row["computed_status"] or row["basis"] == "read" for row in rows)
    read = _of_commitments(rows, "status", cut_off, declared, is_spoken_of=is_spoken_of) if is_read else None
    is_missed = any(
        row["deadline"] and row["deadline"] < cut_off and row["computed_status"] in ("late", "unconfirmed")
        for row in rows
    )
    counts = declared is not None and _within_facts(declared, computed, is_missed=is_missed)

    memory.last_word = declared or memory.last_word
    known = "unknown" if computed in ("in_progress", "not_reported") else computed
    memory.marks[code] = (known, memory.last_word, read)
    decision, decided_at = _decision_on(received, rank_of, rank, "action", action)
    arbitrated = None
    if decision is not None and decided_at is not None:
        upon = decision.get("decided_upon")
        holds = (
            upon == received.marks.get((code, action))
            if upon
            else memory.marks[code] == memory.marks[received.sessions[decided_at]["session_code"]]
        )
        arbitrated = decision["decision"] if holds else None

    plain = arbitrated or (declared if counts else None) or read or computed
    is_news = is_spoken_of or any(row["is_news"] for row in rows) or decided_at == rank
    if is_news:
        memory.last_news = code
    statuses = [row["status"] for row in rows]
    is_shown = all(status in ("achieved", "on_track", "at_risk") for status in statuses)
    is_ended = all(status == "achieved" for status in statuses) or (
        is_shown and any(row["is_ended_now"] for row in rows)
    )
    if plain == "late" and computed != "late" and read != "late":
        memory.late = code
    elif is_ended or (arbitrated and arbitrated != "late"):
        memory.late = None
    is_carried = arbitrated is None and plain != "late" and memory.late is not None
    after_delay = "late" if is_carried else plain

    step = {"late": 1, "at_risk": 2, "on_track": 4, "achieved": 5}.get(after_delay, 3)
    memory.worst = step if is_news or memory.worst is None else min(memory.worst, step)
    is_held = arbitrated is None and step >= 4 and step > memory.worst
    final = {1: "late", 2: "at_risk", 4: "on_track"}.get(memory.worst, "not_reported") if is_held else after_delay

    weight, known_weight = WEIGHT.get(declared or ""), WEIGHT.get(computed)
    is_flagged = declared is not None and (
        (declared != computed and not counts)
        or (weight is not None and known_weight is not None and known_weight - weight >= received.disagreement_steps)
        or (arbitrated is None and weight is not None and weight > WEIGHT.get(final, 9))
    )
    judged = {
        "computed_status": computed,
        "declared_status": declared,
        "read_status": read,
        "arbitrated_status": arbitrated,
        "final_status": final,
        "previous_status": memory.final,
        "has_disagreement": is_flagged,
        "basis": _action_basis(rows, final, arbitrated, declared, computed, read, counts=counts,
                               is_carried=is_carried or (is_held and final in ("late", "at_risk"))),
        "reason": _action_reason(rows, final, arbitrated, is_news=is_news, last_news=memory.last_news),
        "last_news_in": memory.last_news,
    }  # fmt: skip
    memory.final = final
    return judged


def _of_commitments(rows: list[Row], column: str, cut_off: dt.date, declared: str | None, *, is_spoken_of: bool) -> str:
    """The first line of the table of actions that applies."""
    statuses = [row[column] for row in rows]
    if all(status == "achieved" for status in statuses):
        return "achieved"
    for code in ("late", "at_risk", "unconfirmed"):
        if code in statuses:
            return code
    due = [row[column] for row in rows if row["deadline"] and row["deadline"] <= cut_off]
    if "on_track" in statuses or (due and all(status == "achieved" for status in due)):
        return "on_track"
    for code in ("stalled", "not_started"):
        if code in statuses or declared == code:
            return code
    return "in_progress" if is_spoken_of else "not_reported"


def _within_facts(declared: str, computed: str, *, is_missed: bool) -> bool:
    """Whether a declaration counts: never better than what is known."""
    if declared == computed:
        return True
    if computed in ("in_progress", "not_reported"):
        return declared != "achieved"
    if is_missed:
        return declared == "late"
    return declared in WEIGHT and computed in WEIGHT and WEIGHT[declared] <= WEIGHT[computed]


def _action_basis(
    rows: list[Row],
    final: str,
    arbitrated: str | None,
    declared: str | None,
    computed: str,
    read: str | None,
    *,
    counts: bool,
    is_carried: bool,
) -> str | None:
    if arbitrated:
        return "arbitrated"
    if is_carried:
        return "carried"
    if counts and declared != computed:
        return "declared"
    if read is not None and read != computed:
        return "read"
    if final in UNKNOWN:
        return None
    from_these = [
        row["basis"]
        for row in rows
        if row["basis"] and (row["status"] == final or (final == "on_track" and row["status"] == "achieved"))
    ]
    return min(from_these, key=BASES.index) if from_these else ("declared" if declared else None)


def _action_reason(
    rows: list[Row], final: str, arbitrated: str | None, *, is_news: bool, last_news: str | None
) -> str | None:
    if arbitrated:
        return None
    if not is_news and last_news is not None:
        return "nothing_new"
    if final in UNKNOWN:
        group = ("unconfirmed",) if final == "unconfirmed" else UNKNOWN
        found = [row["reason"] for row in rows if row["status"] in group and row["reason"]]
        return min(found, key=REASONS.index) if found else "no_observation"
    weak = ("at_best", "approximate", "unproven")
    found = [row["reason"] for row in rows if row["status"] == final and row["reason"] in weak]
    return min(found, key=REASONS.index) if found else None


if __name__ == "__main__":
    sys.exit(main())
