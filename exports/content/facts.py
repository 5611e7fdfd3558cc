"""Mart rows to printed facts: one place decides how a status, a target, a value, a deadline, a rate is written.

Each function takes a row of the marts and gives inlines whose figures carry their key. Word and Excel print what
these functions return, so that the two cannot disagree.
"""

import datetime as dt
from collections.abc import Sequence

from exports.marts import Action, ActionStatus, Commitment, Contribution, Observation, SessionMarts, Source
from exports.model import Anchor, Figure, Inline, Inlines, Key, Link, Status, Text, Tone
from exports.palette import tone as look
from sources.french import typography as typo

NOTHING: Inlines = (Text("—", "muted"),)

#: from the best to the worst; the other statuses have no rank
RANKED = ("achieved", "on_track", "at_risk", "late")


def words(text: str, tone: Tone = "plain") -> Text:
    """Words of ours, with the no-break spaces French punctuation wants."""
    return Text(typo.spaced(text), tone)


def status(marts: SessionMarts, code: str | None) -> Status:
    """A status with its label and symbol; no code reads as not reported."""
    code = code or "not_reported"
    return Status(code, marts.label("status", code), look(code).symbol)


def commitment_status(marts: SessionMarts, code: str) -> Status:
    """A commitment's status: « Non évalué » where an action is « Non renseigné »."""
    label = marts.label("commitment_status", code)
    return Status(code, marts.label("status", code) if label == code else label, look(code).symbol)


#: a status as the end of a sentence, of one action and of several
_STANDINGS = {
    "achieved": ("est atteinte", "sont atteintes"),
    "on_track": ("est en bonne voie", "sont en bonne voie"),
    "at_risk": ("est à risque", "sont à risque"),
    "late": ("est en retard", "sont en retard"),
    "unconfirmed": ("reste à confirmer", "restent à confirmer"),
    "stalled": ("est sans avancée", "sont sans avancée"),
    "not_started": ("reste à cadrer", "restent à cadrer"),
    "in_progress": ("est en cours, sans verdict possible", "sont en cours, sans verdict possible"),
    "not_reported": ("n’est pas renseignée", "ne sont pas renseignées"),
}


def standing(code: str, count: int) -> str:
    """« est en retard », « sont en retard »."""
    return _STANDINGS.get(code, _STANDINGS["not_reported"])[count > 1]


def action_anchor(action_code: str) -> str:
    """Where the document speaks of an action."""
    return f"action-{action_code}"


def priority_anchor(priority_number: int) -> str:
    """Where the document speaks of a priority."""
    return f"priorite-{priority_number}"


def action_link(action: Action, *, with_title: bool = False) -> Link:
    """A link to an action's block."""
    words = f"{action.action_code}{typo.NBSP}{typo.spaced(action.action_title)}" if with_title else action.action_code
    return Link(words, f"#{action_anchor(action.action_code)}")


def retold(link: Link, text: str) -> Link:
    """The same link under other words."""
    return Link(text, link.target, link.tone)


def unbroken(code: str) -> str:
    """A session's or an action's code that no narrow cell breaks at its hyphen."""
    return code.replace("-", "\u2011")


def movement(row: ActionStatus) -> str:
    """Arrow and word since the previous session: « ↑ en progrès »; empty where there is no earlier session.

    « Nouvelle »: nothing was known of it; « rétabli »: it was late or at risk, and is on its way again.
    """
    if row.previous_status is None:
        return ""
    if row.previous_status == row.final_status:
        return "→ inchangé"
    if row.previous_status == "not_reported":
        return "+ nouvelle"
    if row.previous_status in {"late", "at_risk"} and row.final_status == "on_track":
        return "↑ rétabli"
    if row.previous_status in RANKED and row.final_status in RANKED:
        better = RANKED.index(row.final_status) < RANKED.index(row.previous_status)
        return "↑ en progrès" if better else "↓ en recul"
    return "↔ modifié"


def movement_since(marts: SessionMarts, row: ActionStatus) -> str:
    """The movement, and what it is measured from: « ↓ en recul depuis le CNS-12 (En bonne voie) ».

    Where another status was published then, by another method, both are named.
    """
    if row.previous_status is None:
        return ""
    earlier = marts.session.previous_session_code
    before = marts.label("status", row.previous_status)
    published = next((item.status for item in marts.published_before if item.action_code == row.action_code), None)
    if published:
        before = f"{before}, méthode {row.method_version} ; publié : {marts.label('status', published)}"
    return typo.spaced(f"{movement(row)} depuis le {earlier} ({before})")


def _key(row: Commitment, column: str) -> Key:
    return Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", column)


def target(row: Commitment) -> Inlines:
    """What was promised: a value, or the milestone itself."""
    if row.kind == "milestone" or row.target_value is None:
        return (Text("jalon", "muted"),)
    # « more than 50 » and « 50 » are reached alike: only a floor that is one in the text is printed as such
    printed = typo.quantity(row.target_value, row.unit, row.target_qualifier)
    return (Figure(printed, row.target_value, _key(row, "target_value"), _form(row.unit)),)


def actual(row: Commitment) -> Inlines:
    """Where it is: the value counted against the target, the date a milestone was reached or is expected."""
    if row.kind == "milestone":
        return _milestone(row)
    if row.actual_value is None:
        return NOTHING
    printed = typo.quantity(row.actual_value, row.unit, row.actual_qualifier)
    value = Figure(printed, row.actual_value, _key(row, "actual_value"), _form(row.unit), "strong")
    if row.actual_period_end is None:
        return (value,)
    precision = row.actual_period_precision or "day"
    when = Figure(
        typo.date(row.actual_period_end, precision),
        row.actual_period_end,
        _key(row, "actual_period_end"),
        precision,
        "muted",
    )
    return value, Text(" (", "muted"), when, Text(")", "muted")


def aged(marts: SessionMarts, row: Commitment) -> Inlines:
    """Where it is; where nothing was received, with the age of the value: « (octobre 2024, il y a 8 mois) »."""
    said, cut_off, end = actual(row), marts.session.cut_off, row.actual_period_end
    if marts.anything_received or row.kind == "milestone" or row.actual_value is None or end is None:
        return said
    months = age(cut_off, end)
    return (*said[:-1], words(f", il y a {months}{typo.NBSP}mois)", "muted")) if months > 0 else said


def age(cut_off: dt.date, end: dt.date) -> int:
    """The months between the end of a period and the cut-off."""
    return (cut_off.year - end.year) * 12 + cut_off.month - end.month


def _milestone(row: Commitment) -> Inlines:
    if row.status == "achieved" and row.achieved_on is not None:
        precision = row.achieved_precision or "day"
        words = typo.date(row.achieved_on, precision)
        return Text("fait, "), Figure(words, row.achieved_on, _key(row, "achieved_on"), precision, "strong")
    if row.actual_on is not None:
        precision = row.actual_on_precision or "day"
        words = typo.date(row.actual_on, precision)
        return Text("fait, "), Figure(words, row.actual_on, _key(row, "actual_on"), precision, "strong")
    if row.forecast_on is not None:
        precision = row.forecast_precision or "day"
        words = typo.date(row.forecast_on, precision)
        return Text("prévu, "), Figure(words, row.forecast_on, _key(row, "forecast_on"), precision)
    return NOTHING


def deadline(row: Commitment) -> Inlines:
    """The deadline, no more precise than it was written; « passée » where it is and the promise is not kept."""
    if row.deadline is None:
        return (Text("sans échéance", "muted"),)
    precision = row.deadline_precision or "day"
    printed = Figure(typo.date(row.deadline, precision), row.deadline, _key(row, "deadline"), precision)
    if row.is_overdue and row.status != "achieved":
        return printed, Text(" (passée)", "strong")
    return (printed,)


#: what parts a deadline from the later date that somebody gave
REVISED = " ; reporté : "


def due(row: Commitment) -> Inlines:
    """The deadline, and the later date that was given since: of what is achieved, none counts any more."""
    if row.revised_deadline is None or row.status == "achieved":
        return deadline(row)
    return *deadline(row), words(REVISED), *revised(row)


def revised(row: Commitment) -> Inlines:
    """The later date that was given, with the session that gave it where that is past; a dash where none was."""
    if row.revised_deadline is None:
        return NOTHING
    precision = row.revised_precision or "day"
    later = Figure(
        typo.date(row.revised_deadline, precision), row.revised_deadline, _key(row, "revised_deadline"), precision
    )
    if row.revised_in_session in {None, row.session_code}:
        return (later,)
    return later, Text(f" ({unbroken(row.revised_in_session or '')})", "muted")


def slipped_to(row: Commitment) -> Inlines:
    """The day of success after the deadline, else the later date that was given, with the session that gave it."""
    if row.status == "achieved" and row.achieved_on is not None:
        precision = row.achieved_precision or "day"
        day = typo.date(row.achieved_on, precision)
        is_measured = row.basis == "measure"
        said = Text("constaté, " if is_measured else "fait, ")
        return said, Figure(day, row.achieved_on, _key(row, "achieved_on"), precision, "strong")
    if row.revised_deadline is not None:
        return Text("annoncé, "), *revised(row)
    return NOTHING


#: what is before the share of a target that has no rate, so that it is not read as one
SHARE = "part : "


def rate(row: Commitment) -> Inlines:
    """The rate shown (clipped to 0–100); without one, the share of the target; a dash where there is neither."""
    if row.progress_rate is not None:
        return (Figure(typo.percent(row.progress_rate), row.progress_rate, _key(row, "progress_rate"), "percent"),)
    if row.share_of_target is not None:
        printed = typo.percent(row.share_of_target)
        return words(SHARE), Figure(printed, row.share_of_target, _key(row, "share_of_target"), "percent")
    return NOTHING


def expected_rate(row: Commitment) -> Inlines:
    """Where the path to the target is on the day of the value."""
    if row.expected_rate is None:
        return NOTHING
    return (Figure(typo.percent(row.expected_rate), row.expected_rate, _key(row, "expected_rate"), "percent"),)


def context(marts: SessionMarts, row: Commitment) -> Inlines:
    """A figure of another KPI, or one that waits: shown with what it is to the target; empty where there is none."""
    if row.context_value is None:
        return (Text(typo.sentence(typo.spaced(row.context_note))),) if row.context_note else ()
    kpi = marts.kpi_by_id.get(row.context_kpi_id or "")
    printed = typo.quantity(row.context_value, kpi.unit if kpi else None, row.context_qualifier)
    value = Figure(printed, row.context_value, _key(row, "context_value"), _form(kpi.unit if kpi else None))
    named = f" ({typo.spaced(kpi.label)})" if kpi else ""
    note = f" {typo.sentence(typo.spaced(row.context_note))}" if row.context_note else ""
    return words(_context_opening(marts, row)), value, Text(f"{named}.{note}")


def _context_opening(marts: SessionMarts, row: Commitment) -> str:
    """What the figure is to the target: what it is worked out from, what waits, or only a context."""
    if row.actual_value is not None:
        return f"D’après ({marts.label('comparability', row.relation).lower()}) : "
    if row.reason == "waits_for_decision":
        return "En attente d’une décision de la DNS, sans taux : "
    return "Pour contexte, sans taux : "


def context_note(marts: SessionMarts, row: Commitment) -> Link | None:
    """The number of a context value's source: that of the observation it is."""
    for item in marts.observations_of(row.context_kpi_id or ""):
        if item.period_end == row.context_period_end and item.value == row.context_value:
            return source_note(marts, item.source_ref, item.locator)
    return None


def known_sources(marts: SessionMarts) -> tuple[Source, ...]:
    """The sources known at the cut-off: those the annex lists."""
    cut_off = marts.session.cut_off
    return tuple(row for row in marts.sources if row.as_of is None or row.as_of <= cut_off)


def source_entry(source: Source) -> Inlines:
    """A source's title in the list of sources: what its numbers lead to."""
    return (Anchor(source_title(source), _source_anchor(source)),)


def _source_anchor(source: Source) -> str:
    return f"source-{source.source_ref}"


def cited(marts: SessionMarts, source_ref: str | None, locator: str | None) -> Inlines:
    """A source as the annex names it: a link to its entry in the list of sources, its date, its file, the place."""
    source = marts.source_by_ref.get(source_ref or "")
    if source is None:
        said = ", ".join(part for part in (source_ref, place(locator)) if part) or "source non précisée"
        return (Text(typo.sentence(said)),)
    title = source_title(source)
    parts = [f"au{typo.NBSP}{typo.date(source.as_of)}"] if source.as_of else []
    if source.file_name != title:
        parts.append(source.file_name)
    if locator:
        parts.append(place(locator))
    rest = "".join(f", {part}" for part in parts) + "."
    if source not in known_sources(marts):
        return (Text(title + rest),)
    return Link(title, f"#{_source_anchor(source)}"), Text(rest)


def read_at(marts: SessionMarts, row: Observation, *, is_short: bool = False) -> Inlines:
    """Where a measure was read: the number of its source, and the place in it; the words are in the workbook.

    `is_short` is the form of long lists: « Indicateurs, I12 ».
    """
    number = source_note(marts, row.source_ref, row.locator)
    named: Inlines = (number,) if number else (Text(row.source_ref or "source non précisée"),)
    where = (row.locator or "").replace("!", f",{typo.NBSP}") if is_short else place(row.locator)
    return *named, words(f" {where}" if where else "")


def source_title(source: Source) -> str:
    """What a source is: the partner's submission, a workbook rebuilt from a report, or the document's title."""
    if source.partner_code and source.source_type in {"lead_submission", "partner_submission", "submission"}:
        if source.origin == "reconstituted":
            return f"Classeur {source.partner_code} reconstitué du rapport publié"
        return f"Dépôt {source.partner_code}"
    return typo.spaced(source.title or source.file_name)


def place(locator: str | None) -> str:
    """A locator in words: « Indicateurs!I12 » is « feuille Indicateurs, cellule I12 »."""
    if not locator:
        return ""
    sheet, mark, cell = locator.partition("!")
    return f"feuille {sheet}, cellule{typo.NBSP}{cell}" if mark else locator


def source_note(marts: SessionMarts, source_ref: str | None, locator: str | None) -> Link | None:
    """The short number of a fact's source in the annex, that leads to it; None where the annex has no such source."""
    sources = known_sources(marts)
    source = marts.source_by_ref.get(source_ref or "")
    if source is None or source not in sources:
        return None
    return Link(f"[{sources.index(source) + 1}]", f"#{_source_anchor(source)}", "muted")


def contribution_note(marts: SessionMarts, row: Contribution) -> Link | None:
    """The number of a contribution's source."""
    return source_note(marts, row.source_ref, row.locator)


def observed(row: Observation, unit: str | None) -> Inlines:
    """An observation's value."""
    key = Key(row.TABLE, row.observation_id, "value")
    return (Figure(typo.quantity(row.value, unit, row.qualifier), row.value, key, _form(unit)),)


def period(row: Observation) -> Inlines:
    """The period an observation speaks of, no more precise than it was stated."""
    precision = row.period_precision or "day"
    key = Key(row.TABLE, row.observation_id, "period_end")
    return (Figure(typo.date(row.period_end, precision), row.period_end, key, precision),)


def day(value: dt.date | None, key: Key) -> Inlines:
    """A day in figures, or nothing."""
    if value is None:
        return NOTHING
    plain = value.date() if isinstance(value, dt.datetime) else value
    return (Figure(typo.date(plain), plain, key, "day"),)


def count(value: int, key: Key) -> Inlines:
    """A whole number."""
    return (Figure(typo.number(value, 0), value, key, "integer"),)


def with_note(inlines: Inlines, note: Link | None) -> Inlines:
    """The inlines followed by the number of their source, where there is one; it may begin a line: a cell is narrow."""
    return (*inlines, Text(" "), note) if note else inlines


def separated(groups: Sequence[Inlines], separator: str = ", ") -> Inlines:
    """Runs of inlines one after the other with words between."""
    joined: list[Inline] = []
    for position, group in enumerate(groups):
        if position:
            joined.append(Text(separator))
        joined.extend(group)
    return tuple(joined)


def _form(unit: str | None) -> str:
    return "percent" if unit == "%" else "number"
