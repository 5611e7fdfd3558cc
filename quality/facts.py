"""The facts rows are judged on: what the partner wrote, what the reference allows, what the last session knew.

Facts of a sheet are columns: one list a name, one entry a row, None where a row has not the fact; a fact that no row
has may be left out. Rules and Great Expectations suites are both written on these names, so that neither computes
anything on its own.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from quality.readings import Previous, Reading
from quality.targets import meets
from quality.territories import COUNTRY, territory_of
from quality.words import openable, repeated
from sources.french.folding import fold_words
from sources.french.numbers import says_scale
from sources.reference.roadmap import Kpi, Reference

Facts = dict[str, Any]
Columns = dict[str, Sequence[Any]]
# What a partner's earlier files of a session confirmed: KPI and territory → comment, folded → values.
Confirmed = Mapping[tuple[str, str], Mapping[str, frozenset[float]]]
ConfirmedBefore = Callable[[str, str], Confirmed]
Values = dict[str, dict[date, tuple[float, str | None]]]  # KPI → last day of a period → value and qualifier
_SLIPS = (10, 100, 1000, 10_000, 100_000, 1_000_000)
_SLIP_BAND = 1.25  # how far from a factor a ratio may be and still be a slip
_JUMP = 3.0  # a step this many times the largest one known is a jump
# Words beside a figure that change nothing of it.
_SILENT_WORDS = frozenset(
    fold_words(
        "à au aux d de des du en et l la le les un une environ euro euros eur millier milliers million millions"
        " milliard milliards tout total totaux France entière national nationale nationales nationaux"
    ).split()
)
CUMULATIVE = "cumulative"
ACTUAL, FORECAST = "actual", "forecast"
NOT_MEASURED = frozenset({FORECAST, "planned"})
_CONFIRMED = re.compile(
    r"(?:(?:la |cette |ce |le )?(?:valeur|chiffre|donnee|mesure|resultat|baisse|hausse)s? (?:est |sont )?)?(?:bien )?"
    r"confirmee?s?(?: par .+| le .+)?"
)
_NOT_CONFIRMED = re.compile(
    r"\b(?:non|pas|jamais|ni|rien|personne|aucune?|sauf|mais|reserves?|erreur|si (?:le|la|les|l|on|ce|cette|tout|rien)"
    r"|fausse?|faux|provisoire|(?:en |dans l )?attente|attend\w*|incertaine?|doute|probable\w*|peut etre|pourrait|sera"
    r"|seront|bientot|ensuite|prochain\w*|ulterieur\w*|infirm\w*|dementi\w*|reste a"
    r"|a (?:re)?(?:confirmer|verifier|valider|voir|revoir|controler|consolider|completer))\b"
)
# About the whole row; « ne tient pas compte de l’outre-mer » is about what is counted.
_TO_IGNORE = re.compile(
    r"^(?:(?:cette )?(?:ligne|valeur)|chiffre|donnee)? ?(?:est )?a (?:ignorer|supprimer|ne pas \w+)\b"
    r"|^(?:merci de )?ne pas (?:tenir compte|prendre en compte|utiliser|publier|retenir|lire|garder)(?: de)?"
    r"(?: (?:cette|ce|la) (?:ligne|valeur|chiffre|donnee))?$"
    r"|^(?:ligne|valeur|chiffre) (?:annulee?|de test|d essai|obsolete|perimee?)$"
    r"|^(?:annulee?|test|essai|brouillon|obsolete)$"
)
# What a comment says of its value, apart from its scale, by the first that it says; folded.
_IN_COMMENT = {
    "wrong": re.compile(
        r"\bfau(?:x|sses?)\b|\berronee?s?\b|\ba (?:corriger|rectifier|remplacer|refaire)\b"
        r"|\bn est pas (?:la |le )?(?:bon\w*|juste|exact\w*|correct\w*)"
    ),
    "aim": re.compile(
        r"(?:(?:valeur|chiffre|donnee|il s agit d une?|c est une?|ceci est une?|nouvel|nouvelle) )*"
        r"(?:(?:prevision\w*|projections?)(?!.*\b(?:depass|attein|conforme|respect|tenue|contre|au lieu)).*"
        r"|(?:prevue?s?|objectifs?|cibles?|attendue?s?|visee?s?|a venir|a atteindre)"
        r"(?: (?:a|pour|en|de|fin|d ici|annuel\w*|20\d\d))*)"
    ),
    "doubt": re.compile(
        r"\ba (?:re)?(?:confirmer|verifier|valider|consolider|revoir|controler|preciser)\b|\bincertaine?s?\b"
        r"|\bdoute(?:u\w+)?\b|\b(?:non|pas) (?:encore )?(?:valid|confirm|consolid|verifi|fiab)\w*"
        r"|\bsous reserve\b|\ben attente\b"
    ),
}
_NOISE = 0.005  # a move back smaller than this part of the last value is rounding


@lru_cache(64)
def code_sets(reference: Reference, partner_code: str) -> dict[str, frozenset[str]]:
    """The sets of codes that `among` and `not_among` name: what exists, and what this partner may speak of."""
    actions = frozenset(reference.actions_of(partner_code))
    led = frozenset(action for action in actions if reference.lead_of(action) == partner_code)
    milestones = frozenset(c.commitment_id for c in reference.commitments.values() if c.kind == "milestone")
    return {
        "actions": frozenset(reference.actions),
        "partner_actions": actions,
        "commitments": frozenset(reference.commitments),
        "milestones": milestones,
        "targets": frozenset(reference.commitments) - milestones,
        "partner_milestones": frozenset(m for m in milestones if reference.commitments[m].action_code in led),
        "kpis": frozenset(reference.kpis),
        "partner_kpis": frozenset(
            k.kpi_id for k in reference.kpis.values() if k.owner_partner == partner_code or k.action_code in actions
        ),
    }


@dataclass(frozen=True)
class Setting:
    """What a submission is judged against: the reference, who sent it, the session's cut-off, the last session.

    `received_on` is the day it came; the cut-off where it is not known. `confirmed_before` is asked only when a comment
    confirms a value.
    """

    reference: Reference
    partner_code: str
    cut_off: date
    previous: Previous | None = None
    received_on: date | None = None
    confirmed_before: Callable[[], Confirmed] = dict

    @property
    def day(self) -> date:
        """The day from which a period is over or not."""
        return self.received_on or self.cut_off


@dataclass(frozen=True)
class FactTable:
    """The facts of the rows of one sheet, by column."""

    sheet: str
    size: int
    columns: Mapping[str, Sequence[Any]]

    def column(self, name: str) -> Sequence[Any]:
        """One fact of every row, None where a row has it not."""
        return self.columns.get(name) or [None] * self.size

    def row(self, rank: int) -> Facts:
        """The facts one row has."""
        return {name: value for name, values in self.columns.items() if (value := values[rank]) is not None}


def facts_of(reading: Reading, setting: Setting) -> list[FactTable]:
    """The facts of every sheet of a reading, in its order."""
    return enrich([FactTable(rows.sheet, len(rows), rows.facts) for rows in reading.sheets], setting)


def enrich(written: Sequence[FactTable], setting: Setting) -> list[FactTable]:
    """What one partner wrote, sheet by sheet, with what the reference and the last session add."""
    placed = [_placed(table, setting) for table in written]
    known = known_values(placed, setting.previous)
    return [FactTable(table.sheet, table.size, _enriched(table, setting, known)) for table in placed]


def _placed(table: FactTable, setting: Setting) -> FactTable:
    """Figures with their territory's code and their nature, as the landing has them already or as the partner wrote."""
    if table.sheet != "measurement":
        return table
    reference = setting.reference
    codes: Sequence[str | None] = [COUNTRY] * table.size
    if not {"territory", "territory_code"}.isdisjoint(table.columns):
        territories = zip(table.column("territory_code"), table.column("territory"), strict=True)
        codes = [code or territory_of(written, reference) for code, written in territories]
    natures = table.columns.get("nature_taken") or _natures(table, setting)
    return FactTable(table.sheet, table.size, {**table.columns, "territory_code": codes, "nature_taken": natures})


def _natures(table: FactTable, setting: Setting) -> list[str | None]:
    """The nature of each value: the one declared, else measured when its period was over on the day it came."""
    values = zip(table.column("value"), table.column("nature"), table.column("period_end"), strict=True)
    return [
        None if value is None else nature or (ACTUAL if end is None or end <= setting.day else FORECAST)
        for value, nature, end in values
    ]


def known_values(tables: Iterable[FactTable], previous: Previous | None) -> Values:
    """The national values of each KPI by period, with their qualifiers: the last session's, then the rows' own."""
    values: Values = {
        kpi: {item["period_end"]: (float(item["value"]), item.get("qualifier")) for item in known}
        for kpi, known in (previous.kpis if previous else {}).items()
    }
    for table in tables:
        names = ("kpi_id", "territory_code", "nature_taken", "value", "qualifier", "value_qualifier", "period_end")
        for kpi, territory, nature, value, chosen, written, end in zip(*map(table.column, names), strict=True):
            if kpi and territory == COUNTRY and value is not None and end and nature not in NOT_MEASURED:
                values.setdefault(kpi, {})[end] = (value, chosen or written)
    return values


def _enriched(written: FactTable, setting: Setting, known: Values) -> Columns:
    columns = {
        **written.columns,
        "cut_off": [setting.cut_off] * written.size,
        "received_on": [setting.day] * written.size,
        **_label_facts(written, setting.reference),
    }
    if written.sheet == "contribution":
        columns |= _action_facts(written, setting, known)
    elif written.sheet == "milestone":
        commitments = map(setting.reference.commitments.get, written.column("commitment_id"))
        columns["deadline_on"] = [commitment and commitment.deadline for commitment in commitments]
        columns["evidence_opens"] = openable(written.column("evidence"))
    elif written.sheet == "measurement":
        columns |= _measure_facts(written, setting)
    return columns


# By sheet: its code, the text given beside it, and where the reference has the things they name.
_NAMED = {
    "contribution": ("action_code", "action_title", "actions"),
    "milestone": ("commitment_id", "commitment_label", "commitments"),
    "measurement": ("kpi_id", "kpi_label", "kpis"),
}


def _label_facts(written: FactTable, reference: Reference) -> Columns:
    """Whether the text beside the code is the code's own: columns that were sorted apart are caught here."""
    key, given, _ = _NAMED[written.sheet]
    pairs = list(zip(written.column(key), written.column(f"{given}_given"), strict=True))
    labels = {pair: _label_fact(reference, written.sheet, *pair) for pair in set(pairs)}
    return {
        "label_of_another": [labels[pair][0] for pair in pairs],
        "label_changed": [labels[pair][1] for pair in pairs],
    }


@lru_cache(4096)
def _label_fact(reference: Reference, sheet: str, code: str | None, given: str | None) -> tuple[str | None, bool]:
    """The thing whose label is beside a code that is not its own, and whether it is nobody's label."""
    _, label, named = _NAMED[sheet]
    things: Mapping[str, Any] = getattr(reference, named)
    text = fold_words(given or "")
    if code is None or not text or code not in things or text == fold_words(getattr(things[code], label)):
        return None, False
    others = [other for other, thing in things.items() if fold_words(getattr(thing, label)) == text]
    return (others[0], False) if others else (None, True)


def _action_facts(written: FactTable, setting: Setting, known: Values) -> Columns:
    codes = written.column("action_code")
    roles = [_role(setting, code) for code in codes]
    before = [previous_text(setting, code, role) for code, role in zip(codes, roles, strict=True)]
    targets = {code: _targets(setting.reference, code, known) for code in set(codes)}
    return {
        "role": roles,
        "text_unchanged": repeated(written.column("progress_text"), before),
        "targets_unmet": [len(targets[code][0]) for code in codes],
        "unmet": [", ".join(targets[code][0]) for code in codes],
        "all_met": [targets[code][1] for code in codes],
    }


def _role(setting: Setting, action: str | None) -> str | None:
    return next(
        (role for who, role in setting.reference.action_partners.get(action or "", ()) if who == setting.partner_code),
        None,
    )


def previous_text(setting: Setting, action: str | None, role: str | None) -> str | None:
    """The partner's text on an action at the last session; for its lead, the published one."""
    before = (setting.previous.actions if setting.previous else {}).get(action or "", {})
    own = (before.get("texts") or {}).get(setting.partner_code)
    text: str | None = own or (before.get("progress_text") if role == "lead" else None)
    return text


def _targets(reference: Reference, action: str | None, known: Values) -> tuple[list[str], bool]:
    """The targets of an action that no value ever met, and whether its commitments are all targets that are met."""
    commitments = reference.commitments_of(action or "")
    judged = [
        (c.commitment_id, any(meets(c, reference.kpis[c.kpi_id], *value) for value in known[c.kpi_id].values()))
        for c in commitments
        if c.kpi_id and known.get(c.kpi_id)
    ]
    unmet = [commitment_id for commitment_id, met in judged if not met]
    return unmet, bool(commitments) and len(judged) == len(commitments) and not unmet


def _measure_facts(written: FactTable, setting: Setting) -> Columns:
    values, ends, units = (written.column(name) for name in ("value", "period_end", "value_unit"))
    refused, not_dated = written.column("value_refusal"), written.column("period_refusal")
    kpis = [setting.reference.kpis.get(code or "") for code in written.column("kpi_id")]
    confirmed = _confirmations(written, setting)
    given = zip(written.column("unit_given"), kpis, strict=True)
    made: Columns = {
        "confirmed": [comment is not None and not other for comment, other in confirmed],
        "confirmed_other": [other for _, other in confirmed],
        "said_to_ignore": [bool(_TO_IGNORE.search(fold_words(text or ""))) for text in written.column("comment")],
        "comment_says": [_said_in(text) if text else None for text in written.column("comment")],
        "nature_assumed": [
            nature is None and taken == FORECAST
            for nature, taken in zip(written.column("nature"), written.column("nature_taken"), strict=True)
        ],
        "value_said": [not (v is None and r is None) for v, r in zip(values, refused, strict=True)],
        "period_said": [not (end is None and r is None) for end, r in zip(ends, not_dated, strict=True)],
        "years_old": [end and setting.cut_off.year - end.year for end in ends],
        "unit_changed": [None if kpi is None else _unit_changed(unit, kpi.unit) for unit, kpi in given],
        "bounds_excess": [
            None if kpi is None or value is None else excess(value, kpi)
            for value, kpi in zip(values, kpis, strict=True)
        ],
        "share_below_one": [
            kpi.unit == "%" and 0 < value <= 1 and unit is None and "%" not in (typed or "")
            if kpi is not None and value is not None
            else None
            for value, unit, typed, kpi in zip(values, units, written.column("quote"), kpis, strict=True)
        ],
    }
    if "value_unit" in written.columns:
        made["unit_conflict"] = [kpi and unit_conflict(unit, kpi.unit) for unit, kpi in zip(units, kpis, strict=True)]
    if "value_words" in written.columns:
        words = written.column("value_words")
        made["words_of_another"] = [kpi and _words_of_another(said, kpi) for said, kpi in zip(words, kpis, strict=True)]
    made |= _history_facts(written, kpis, made.get("unit_conflict"), setting.previous)
    return made | _falls(written, kpis, setting.previous)


def _history_facts(
    written: FactTable, kpis: Sequence[Kpi | None], conflicts: Sequence[str | None] | None, previous: Previous | None
) -> Columns:
    """How national values in the KPI's own unit compare with those of the sessions before, where there are any.

    The figures of the country give no size of its parts.
    """
    if previous is None or not previous.kpis:
        return {}
    made: dict[str, list[Any]] = {
        name: [None] * written.size for name in ("last_value", "slip_factor", "step_back", "jump")
    }
    of_rows = zip(kpis, *(written.column(name) for name in ("territory_code", "value", "period_end")), strict=True)
    for rank, (kpi, territory, value, end) in enumerate(of_rows):
        history = previous.kpis.get(kpi.kpi_id, ()) if kpi is not None and territory == COUNTRY else ()
        if kpi is not None and history and value is not None and not (conflicts and conflicts[rank]):
            for name, fact in _against_history(value, kpi, history, end).items():
                made[name][rank] = fact
    return {**made}


def _falls(written: FactTable, kpis: Sequence[Kpi | None], previous: Previous | None) -> Columns:
    """The higher value that a count from the start had at an earlier date, by row; what is sent now counts first."""
    names = ("territory_code", "nature_taken", "value", "period_end")
    rows = list(zip(kpis, *map(written.column, names), strict=True))
    counts: dict[str, dict[date, float]] = {}
    for kpi, known in (previous.kpis if previous else {}).items():
        counts[kpi] = {value["period_end"]: float(value["value"]) for value in known}
    for kpi, territory, nature, value, end in rows:
        if kpi is not None and territory == COUNTRY and nature not in NOT_MEASURED and value is not None and end:
            counts.setdefault(kpi.kpi_id, {})[end] = value
    fallen: list[float | None] = [None] * written.size
    for rank, (kpi, territory, _, value, end) in enumerate(rows):
        if kpi is None or kpi.measure_kind != CUMULATIVE or territory != COUNTRY or value is None or end is None:
            continue
        before = [count for day, count in counts.get(kpi.kpi_id, {}).items() if day < end]
        if before and max(before) - value > abs(max(before)) * _NOISE:
            fallen[rank] = max(before)
    return {"fallen_from": fallen} if any(fallen) else {}


def _confirmations(written: FactTable, setting: Setting) -> list[tuple[str | None, float | None]]:
    """By row, the comment that confirms its value, and the value that the same comment confirmed in an earlier file."""
    folded = {text: fold_words(text) for text in set(written.column("comment")) if text and is_confirmed(text)}
    if not folded:
        return [(None, None)] * written.size
    before = setting.confirmed_before()
    names = ("kpi_id", "territory_code", "value", "comment")
    made: list[tuple[str | None, float | None]] = []
    for kpi, territory, value, comment in zip(*map(written.column, names), strict=True):
        confirming = folded.get(comment)
        values = before.get((kpi, territory), {}).get(confirming or "", frozenset())
        made.append((confirming, max(values) if values and value is not None and value not in values else None))
    return made


@lru_cache(1024)
def _said_in(comment: str) -> str | None:
    """What a comment says that its value is: of another scale, wrong, an aim (nothing else than that), in doubt."""
    if says_scale(comment):
        return "scale"
    folded = fold_words(comment)
    for kind, pattern in _IN_COMMENT.items():
        if pattern.fullmatch(folded) if kind == "aim" else pattern.search(folded):
            return kind
    return None


def is_confirmed(comment: str | None) -> bool:
    """Whether a comment confirms its value: « confirmé », alone or « confirmé par… », and nothing that takes it back.

    « non confirmé », « à confirmer », « confirmé ? » do not.
    """
    if not comment or "?" in comment:
        return False
    clauses = [fold_words(clause) for clause in re.split(r"[.;:,!()\n/–—|]|\s-\s", comment)]
    confirms = any(_CONFIRMED.fullmatch(clause) for clause in clauses)
    return confirms and not any(_NOT_CONFIRMED.search(clause) for clause in clauses)


@lru_cache(1024)
def _unit_changed(given: str | None, unit: str) -> bool:
    return given is not None and fold_words(given) != fold_words(unit)


def unit_conflict(written: str | None, unit: str) -> str | None:
    """The unit written after the figure, when it cannot be the KPI's."""
    if written is None or written == unit:
        return None
    if written in {"%", "€"} or unit in {"%", "€"}:
        return written if not (unit == "€" and fold_words(written) in {"eur", "euro", "euros"}) else None
    return None


def _words_of_another(written: str | None, kpi: Kpi) -> str | None:
    """The words written after the figure, when nothing the KPI is described by has one of them.

    « 400 ambulances » counts something else than visits, « 400 visites prévues » something that is not there yet,
    « 400 visites par jour » and « 400 visites hors Paris » a part of them.
    """
    words = _stems(written) if written else frozenset()
    return written if words - _stems(f"{kpi.unit} {kpi.kpi_label} {kpi.population}") else None


@lru_cache(1024)
def _stems(text: str) -> frozenset[str]:
    """The words that count something, each without the endings of its feminine and its plural."""
    return frozenset(
        re.sub(r"(?<=..)e?[sx]?$", "", word) for word in fold_words(text).split() if word not in _SILENT_WORDS
    )


def excess(value: float, kpi: Kpi) -> float:
    """How far outside its bounds a value is, 0 inside."""
    above = value - kpi.value_max if kpi.value_max is not None else 0.0
    below = kpi.value_min - value if kpi.value_min is not None else 0.0
    return max(above, below, 0.0)


def _against_history(value: float, kpi: Kpi, history: Sequence[Mapping[str, Any]], end: date | None) -> Facts:
    """The facts of one value; an earlier value of the same period is no history of it."""
    made: Facts = {"last_value": float(history[-1]["value"])}
    made["slip_factor"] = slip_factor(value, made["last_value"])
    values = [float(known["value"]) for known in history if known["period_end"] != end]
    if not values or made["slip_factor"]:
        return made
    last = values[-1]
    back = last - value if kpi.direction == "up" else value - last
    made["step_back"] = back if back > abs(last) * _NOISE else 0.0
    made["jump"] = jump(value, values)
    return made


def slip_factor(value: float, last: float) -> float | None:
    """A power of ten up to a million, or its inverse, when the ratio to the last value is near one, else None."""
    if not last or not value or (value < 0) != (last < 0):
        return None
    ratio = value / last
    for factor in _SLIPS:
        for candidate in (float(factor), 1 / factor):
            if candidate / _SLIP_BAND <= ratio <= candidate * _SLIP_BAND:
                return candidate
    return None


def jump(value: float, history: Sequence[float]) -> float | None:
    """How many times the largest step known the new one is, when beyond three; None otherwise.

    With one value known, a step is held against that value itself.
    """
    steps = [abs(b - a) for a, b in pairwise(history)]
    usual = max(steps, default=0.0) or abs(history[-1])
    size = abs(value - history[-1]) / usual if usual else 0.0
    return round(size, 2) if size > _JUMP else None
