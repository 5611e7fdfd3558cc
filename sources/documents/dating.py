"""When a figure holds: the period its own clause says, else one it shares, else the one its sentence opens on.

A period said of something else dates nothing: of a comparison (« de plus qu'au 17 décembre »), of a part (« dont 12 400
en avril »), of another event (« lancée en mai 2024 »), of another figure's bracket. In a list of as many periods as
figures, each figure takes its own (« 45 000 puis 60 000 … fin 2026 et fin 2027 », « en 2023 24 %, en 2024 29 % »).
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sources.documents.clauses import Clause
from sources.documents.counting import Counted
from sources.documents.meaning import Role, nature_of, restates
from sources.documents.sentences import Sentence, opens_with
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod, Period
from sources.french.text_periods import months_before

_OPENING = 18
_OTHER_EVENT = re.compile(
    r"(?:\b(?:avant|(?<!d')apres|suite a|prevue?s?|attendue?s?|lancee?s?|publiee?s?|parue?s?|annoncee?s?|"
    r"l[ea] prochaine?)\b"
    r"|\bpar rapport (?:a|au|aux)\b|\bl[ea]s?\s+\d+\s?(?:er|e|eme|ere|nd|nde)\b)[^,;]*$"
)
_COMPARED_WITH = re.compile(
    r"(?:\bqu(?:e|')|\bpar rapport(?: (?:a|au|aux))?|\brelativement(?: (?:a|au))?|\bcompare\w*(?: (?:a|au|aux|avec))?|"
    r"\bau lieu(?: (?:de|d'|du))?|\bface(?: a)?|\bcontre|\bvs\.?|\bversus)\s*"
    r"(?:a |au |aux |en |de |celui de |celle de |ceux de |la |le |l'|fin |mi-|debut )*$"
)
# « n'a ouvert qu'en octobre »: no sooner than then
_ONLY = re.compile(r"\b(?:ne\s|n')(?:(?!\b(?:plus|moins|autant|meme|mieux)\b)[^,;:])*\bqu(?:e |')\s*(?:a |au |en )?$")
_SHIFT = re.compile(
    r"[^.;:()]{0,40}?\b(?:(?P<ago>il y a) )?(?P<count>un|une|deux|trois|quatre|six|neuf|douze|dix-huit|\d{1,2}) "
    r"(?P<unit>an|ans|annee|annees|mois|semestres?|trimestres?)(?(ago)| (?:plus tot|auparavant|avant))\b|"
    r"[^.;:()]{0,40}?\b(?:l'|(?:au|le|du) )(?P<last>annee precedente|annee d'avant|an dernier|an passe|"
    r"(?:mois|trimestre|semestre) (?:precedent|d'avant))\b"
)
_AGO = re.compile(
    r"\b(?:(?P<ago>il y a) )?(?P<count>un|une|deux|trois|quatre|six|neuf|douze|dix-huit|\d{1,2}) "
    r"(?P<unit>an|ans|annee|annees|mois|semestres?|trimestres?)(?P<last>)(?(ago)| (?:plus tot|auparavant|avant))\b"
    r"[^.;:()\d]{0,40}$"
)
_OF_DATA = re.compile(r"\b(?:chiffres?|donnees|valeurs?|situation|arretee?s?|etat|bilan|source|point)\b")
_BEFORE_THAT = re.compile(r"\b(?:precedente?|d'avant)$")  # seen from the figure beside it, not from the document's day
_SAME_OF = re.compile(
    r"[^.;:()]{0,40}?\b(?:le|au) meme (?:mois|trimestre|semestre) (?:de |en )(?:l'annee )?(?P<year>20\d\d)\b"
)
_APPOSED = re.compile(r"[^,;:()]*,\s+(?:\w+ant|dont|qui|soit)\s")
_COUNTS = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "six": 6, "neuf": 9, "douze": 12, "dix-huit": 18}
_MONTHS = {"an": 12, "ans": 12, "annee": 12, "annees": 12, "mois": 1}
_NEW_CLAUSE = re.compile(r"[,;:]|\b(?:et|qui|dont|puis|mais|ou|avec|impliquant|permettant)\b")
_EVENT_BEFORE = re.compile(r"[^\W\d_]{2,}ee?s?\s*$|\b(?:parue?s?|depuis)\s*$")
TODAY = re.compile(
    r"\b(?:a ce jour|a date|a ce stade|a present|aujourd'hui|actuellement|a l'heure actuelle|"
    r"a la date (?:du present|de ce) \w+)\b"
)
_SAME_DATE = re.compile(
    r"\b(?:a (?:cette|la) (?:meme )?(?:date|epoque|periode)|(?:cette|la meme) annee-?la|le meme mois)\b"
)
_JOINT = re.compile(r"^[\s,:]*(?:(?:et|puis|ou|en|a|au|de|d'|respectivement|soit|l[ae]s?|fin)\b[\s,:']*)*$")
_AND = re.compile(r"\s*(?:,|\bet|\bpuis)\s*")
_VERB_AND_OBJECT = re.compile(
    r"\s+(?:[^\W\d_][\w'-]*\s+){0,3}?(?:ont (?:\w+ )?\w+(?:e|i|u|is|it)|\w{4,}ent)\s+(?:deja |ainsi |desormais )?"
    r"(?:pres de |plus de |environ |quelque )?"
)
_LONGEST_MOMENT = timedelta(days=366)  # « entre 2022 et 2024 » is no day that another figure may have
_FEW_WORDS = 4


@dataclass(frozen=True)
class Dated:
    """A figure's period, the words that say it, and whether they are its own sentence's."""

    period: Period | None
    said: FoundPeriod | None = None
    is_own: bool = True


class Dating:
    """The periods of the figures of one passage."""

    def __init__(
        self,
        text: str,
        counted: Sequence[Counted],
        clauses: Sequence[Clause],
        roles: Sequence[Role],
        periods: Sequence[FoundPeriod],
    ) -> None:
        self.text, self.folded = text, fold_in_place(text)
        self.counted, self.clauses, self.roles = counted, clauses, roles
        self.periods = periods
        self.is_ahead = [
            nature_of(text, item, clause, None, None)[0] in {"forecast", "planned"}
            for item, clause in zip(counted, clauses, strict=True)
        ]
        self.listed = self._listed()

    def of(self, index: int, as_of: date | None, heading: Period | None) -> Dated:
        """The period of one figure; the document's own where its text says none."""
        item, role = self.counted[index], self.roles[index]
        found = self.said_of(index)
        own = found.period if found else None
        is_relative = found is not None and bool(_BEFORE_THAT.search(self.folded[found.start : found.end]))
        own = self._shifted(index, None if is_relative else own, as_of) or self._same_of(index) or own
        own = self._to_come(index, own, found, as_of)
        if own is not None:
            return Dated(own, found)
        announcing = item.sentence.announced_by
        announced = self._inside(announcing)[-1:] if announcing is not None else []
        if announced:
            return Dated(announced[0].period, announced[0])
        if role == "comparison":
            return Dated(None)
        says_same = bool(_SAME_DATE.search(self.folded[item.sentence.start : item.sentence.end]))
        is_own = not says_same and not self._follows_a_date(index)
        former = self._said_before(index) if says_same else None
        if former is not None:
            return Dated(former.period, is_own=False)
        if heading is not None:
            return Dated(heading, is_own=False)
        return Dated(self._undated(item.sentence, as_of), is_own=is_own)

    def said_of(self, index: int) -> FoundPeriod | None:
        """The period that its sentence says of a figure; « en février et mars 2025 » is one, from the first day of the
        first to the last of the last."""
        found = self._said_by(index)
        return found if found is None or index in self.listed else self._whole(index, found)

    def _whole(self, index: int, found: FoundPeriod) -> FoundPeriod:
        """A period with those it is joined to, where its figure is the only one they may date."""
        inside = self._inside(self.counted[index].sentence)
        beside = sum(item.sentence.start == self.counted[index].sentence.start for item in self.counted)
        if found not in inside or found.role != "at" or beside > 1:
            return found
        low = high = inside.index(found)
        while high + 1 < len(inside) and self._are_one(inside[high], inside[high + 1]):
            high += 1
        while low and self._are_one(inside[low - 1], inside[low]):
            low -= 1
        period = replace(found.period, start=inside[low].period.start, end=inside[high].period.end)
        return FoundPeriod(inside[low].start, inside[high].end, period, found.role)

    def _are_one(self, first: FoundPeriod, second: FoundPeriod) -> bool:
        """Whether two periods are joined and the second comes later: « en février et mars 2025 »."""
        joined = _AND.fullmatch(self.folded[first.end : second.start])
        return bool(joined) and first.role == second.role == "at" and first.period.end < second.period.end

    def _to_come(
        self, index: int, period: Period | None, found: FoundPeriod | None, as_of: date | None
    ) -> Period | None:
        """« basculeront au second semestre »: the next one, where all that the period dates is foreseen."""
        if period is None or found is None or as_of is None or period.end >= as_of:
            return period
        start = self.counted[index].sentence.start
        dated = [rank for rank, item in enumerate(self.counted) if item.sentence.start == start]
        own = dated if found.start < self.counted[index].start else [index]
        if "year_assumed" not in period.readings or not all(self.is_ahead[rank] for rank in own):
            return period
        return replace(period, start=months_before(period.start, -12), end=months_before(period.end, -12))

    def _said_by(self, index: int) -> FoundPeriod | None:
        """The first period of a sentence that is about a figure."""
        if index in self.listed:
            return self.listed[index]
        item, clause = self.counted[index], self.clauses[index]
        inside = self._inside(item.sentence)
        if clause.bracket is not None:
            low, high = clause.bracket
            within = [period for period in inside if low <= period.start < high]
            found = self._following(index, within) or self._preceding(index, within)
            if found or self.roles[index] == "comparison":
                return found
        outside = [period for period in inside if not self._is_anothers(index, period)]
        found = self._following(index, outside) or self._shared(index, inside)
        if found is None and index and restates(self.text, self.counted, self.clauses, index):
            return None if self.roles[index - 1] == "comparison" else self.said_of(index - 1)
        return found or self._preceding(index, outside)

    def _follows_a_date(self, index: int) -> bool:
        """« En octobre 2025, CDRI … ; ROC … »: behind a semicolon, where the date of a figure before may be its own."""
        sentence = self.counted[index].sentence
        if not self.text[: sentence.start].rstrip().endswith(";") or not self.text[sentence.start].isalnum():
            return False
        if TODAY.search(self.folded[sentence.start : sentence.end]):
            return False
        ahead = self.text.rfind(".", 0, sentence.start) + 1
        before = [rank for rank in range(index) if ahead <= self.counted[rank].start < sentence.start]
        dates = [found for found in map(self.said_of, before) if found]
        return any(found.period.end - found.period.start <= _LONGEST_MOMENT for found in dates)

    def _said_before(self, index: int) -> FoundPeriod | None:
        """The last date that a level of a sentence before has: « à cette même date »."""
        sentence = self.counted[index].sentence
        before = (rank for rank in range(index - 1, -1, -1) if self.counted[rank].sentence.start != sentence.start)
        dates = (self.said_of(rank) for rank in before if self.roles[rank] == "value")
        return next((found for found in dates if found), None)

    def is_unclear(self, index: int) -> bool:
        """Whether a figure without words for its date shares its stretch, between two marks, with another date."""
        item, clause = self.counted[index], self.clauses[index]
        if self.said_of(index) is not None:
            return False
        marks = [
            clause.start + found.start() for found in re.finditer(r"[,;:()]", self.folded[clause.start : clause.end])
        ]
        low = max((at for at in marks if at < item.start), default=clause.start)
        high = min((at for at in marks if at >= item.end), default=clause.end)
        return any(
            low <= period.start < high
            for period in self._inside(item.sentence)
            if not _EVENT_BEFORE.search(self.folded[max(low, period.start - 30) : period.start])
        )

    def _inside(self, sentence: Sentence) -> list[FoundPeriod]:
        return [found for found in self.periods if sentence.start <= found.start and found.end <= sentence.end]

    def _is_anothers(self, index: int, period: FoundPeriod) -> bool:
        """Whether a period is in another figure's bracket, or after a part or a comparison that it is about."""
        for other, clause in enumerate(self.clauses):
            if other == index or self.counted[other].sentence.start != self.counted[index].sentence.start:
                continue
            if clause.bracket and clause.bracket[0] <= period.start < clause.bracket[1]:
                if self.clauses[index].bracket != clause.bracket:
                    return True
            elif (
                self.roles[other] in {"part", "comparison"}
                and self.roles[index] not in {"part", "comparison"}
                and other > index
                and self.counted[other].start < period.start
            ):
                return True
        return False

    def _is_compared(self, period: FoundPeriod, low: int) -> bool:
        """« de plus qu'au 17 décembre », « par rapport à fin 2024 »: the day something is compared with."""
        lead = self.folded[max(low, period.start - 40) : period.start]
        only = _ONLY.search(self.folded[max(low, period.start - 80) : period.start])
        return bool(_COMPARED_WITH.search(lead)) and period.role != "since" and not only

    def _following(self, index: int, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
        """The first period between a figure and the next one, unless another event's."""
        item = self.counted[index]
        limit = self._limit(index)
        found = next((period for period in inside if item.figure.end <= period.start < limit), None)
        if found is None or self._is_compared(found, item.figure.end):
            return None
        between = self.folded[item.figure.end : found.start]
        if "," in between and (_OTHER_EVENT.search(between) or found.role in {"until", "from"}):
            return None
        opened = between.rfind("(")
        bracket = between[opened:] if opened >= 0 and ")" not in between[opened:] else ""
        if re.search(r"\w{4}", _OF_DATA.sub("", bracket)):
            return None  # a bracket that says something else first
        if re.search(r"\d{2}", between) and not any(
            item.figure.end <= period.start and period.end <= found.start for period in inside
        ):
            return None  # « le double des 30 700 de 2024 »: another number's
        following = self.counted[index + 1] if index + 1 < len(self.counted) else None
        if following is not None and following.sentence.start == item.sentence.start:
            ahead = self.folded[found.end : following.start]
            if (
                re.search(r"[,;:]\s*$|,?\s*\b(?:et|puis)\s*$", between)
                and _JOINT.match(ahead)
                and self._has_before(index)
            ):
                return None  # it opens the next figure's clause: « en 2023 24 %, en 2024 29 % »
        return found

    def _has_before(self, index: int) -> bool:
        """Whether a period is right before a figure."""
        item = self.counted[index]
        return any(
            period.end <= item.start and _JOINT.match(self.folded[period.end : item.start])
            for period in self._inside(item.sentence)
        )

    def _limit(self, index: int) -> int:
        item = self.counted[index]
        following = self.counted[index + 1] if index + 1 < len(self.counted) else None
        if following is None or following.sentence.start != item.sentence.start:
            return item.sentence.end
        return following.figure.start

    def _shared(self, index: int, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
        """The period of a neighbour it is coordinated with: « 510 … à fin octobre 2024 et 393 … »."""
        item = self.counted[index]
        for other in (index + 1, index - 1):
            if not 0 <= other < len(self.counted) or self.counted[other].sentence.start != item.sentence.start:
                continue
            if {self.roles[other], self.roles[index]} & {"comparison"} or (
                self.roles[other] == "part" and self.roles[index] != "part"
            ):
                continue
            low, high = sorted((index, other))
            between = self.folded[self.counted[low].figure.end : self.counted[high].figure.start]
            if re.search(r"\bcontre\b|\bapres\b|;", between) or "(" in between:
                continue
            # « sur 350 établissements, 118 … à fin mars »: a whole has the day of its part
            is_whole = self.roles[index] == "total" or self._acts_on(other, between) or self._is_apposed(other, between)
            if other > index and not is_whole and not self._is_coordinated(other, between):
                continue
            if self.is_ahead[other] and not self.is_ahead[index]:
                continue
            found = self._following(other, [period for period in inside if not self._is_anothers(other, period)])
            if found and (other > index or len(re.findall(r"\w+", self.folded[found.end : item.start])) <= _FEW_WORDS):
                return found
        return None

    def _is_coordinated(self, index: int, between: str) -> bool:
        """« … utilisent CDRI et 702 ROC à fin mai »: not « …, 30 700 en 2024 », nor « alors que 30 700 … »."""
        found = re.search(
            r"(?:(?P<word>\bet|\bpuis|\bou|\bainsi que|\bsoit)|,)\s*(?:(?:pres|plus|moins) de |environ |quelque )?$",
            between,
        )
        unit = self.counted[index].unit
        return bool(found and (found["word"] or unit.end > self.counted[index].figure.end))

    def _acts_on(self, index: int, between: str) -> bool:
        """« 3 900 ambassadeurs ont sensibilisé 310 000 personnes au 8 décembre »: a figure's verb and its object."""
        lead = self.folded[self.counted[index - 1].end : self.counted[index].start]
        return bool(_VERB_AND_OBJECT.fullmatch(lead)) and self.roles[index - 1] == "value" and "," not in between

    def _is_apposed(self, index: int, between: str) -> bool:
        """« 22 consortiums, représentant 97 partenaires, sont financés au 30 juin »: set between two commas."""
        item = self.counted[index]
        after = self.folded[item.end : item.sentence.end]
        return bool(_APPOSED.match(between) and re.match(r"[^,;:()\d]{0,40},\s+(?:sont|ont|est|a)\b", after))

    def _preceding(self, index: int, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
        """The nearest period before a figure that is still about it."""
        item = self.counted[index]
        for found in reversed([period for period in inside if period.end <= item.figure.start]):
            if self._is_compared(found, item.sentence.start):
                continue
            if self._dates_a_part(index, found):
                continue
            lead = self.folded[item.sentence.start : found.start]
            if opens_with(self.text, item.sentence, found.start, _OPENING) and not _EVENT_BEFORE.search(lead):
                return found
            between = self.folded[found.end : item.figure.start]
            heads = _JOINT.match(between) and re.search(r"(?:^|[,;:(–—-]|\bet|\bpuis)\s*$", lead)
            if heads or not _NEW_CLAUSE.search(between):
                return found
        return None

    def _dates_a_part(self, index: int, period: FoundPeriod) -> bool:
        """Whether a period before a figure was stated about a part or a comparison before it."""
        before = [
            rank
            for rank, item in enumerate(self.counted[:index])
            if item.sentence.start == self.counted[index].sentence.start and item.figure.end <= period.start
        ]
        return bool(before) and self.roles[before[-1]] in {"part", "comparison"} and self.roles[index] == "value"

    def _shifted(self, index: int, period: Period | None, as_of: date | None) -> Period | None:
        """« 310 000 un an plus tôt »: the period of the figure it is beside, so many months before."""
        item = self.counted[index]
        found = _SHIFT.match(self.folded[item.end : self.clauses[index].end]) or _AGO.search(
            self.folded[self.clauses[index].start : item.start]
        )
        if found is None or as_of is None or self.roles[index] in {"increase", "decrease"}:
            return None
        months = 1 if found["last"] else _COUNTS.get(found["count"], 0) or int(found["count"])
        unit = found["last"].split()[0] if found["last"] else found["unit"]
        months *= _MONTHS.get(unit, 6 if unit.startswith("semestre") else 3)
        is_beside = index > 0 and self.counted[index - 1].sentence.start == item.sentence.start
        if period is None and is_beside:
            host = self.said_of(index - 1)
            period = host.period if host else None
        if period is None and not found["ago"] and not is_beside:
            former = self._said_before(index)
            period = former.period if former else None
        if found["ago"] or found["last"] in {"an dernier", "an passe"} or period is None:
            period = period or Period(as_of, as_of, "day")
        if period.precision == "day" and months >= 1 and period.start == period.end == as_of:
            back = months_before(as_of, months)
            first = back.replace(day=1)
            return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1), "month")
        return replace(period, start=months_before(period.start, months), end=months_before(period.end, months))

    def _same_of(self, index: int) -> Period | None:
        """« contre 24 800 le même mois de 2025 »: the period of the figure it stands beside, in another year."""
        item = self.counted[index]
        found = _SAME_OF.match(self.folded[item.end : self.clauses[index].end])
        if found is None or not index or self.counted[index - 1].sentence.start != item.sentence.start:
            return None
        host = self.said_of(index - 1)
        if host is None:
            return None
        months = 12 * (host.period.end.year - int(found["year"]))
        period = host.period
        return replace(period, start=months_before(period.start, months), end=months_before(period.end, months))

    def _undated(self, sentence: Sentence, as_of: date | None) -> Period | None:
        """The day of the document for « à ce jour »; else its month, up to that day."""
        if as_of is None:
            return None
        if TODAY.search(self.folded[sentence.start : sentence.end]):
            return Period(as_of, as_of, "day")
        return Period(as_of.replace(day=1), as_of, "month")

    def _listed(self) -> dict[int, FoundPeriod]:
        """The figures of lists of as many periods as figures, each with its own."""
        found: dict[int, FoundPeriod] = {}
        for start in sorted({item.sentence.start for item in self.counted}):
            ranks = [rank for rank, item in enumerate(self.counted) if item.sentence.start == start]
            found.update(self._paired(ranks))
        return found

    def _paired(self, ranks: Sequence[int]) -> dict[int, FoundPeriod]:
        """The pairs of one sentence: figures in a row then periods in a row, the other way round, or in turns."""
        periods = self._inside(self.counted[ranks[0]].sentence)
        levels = [rank for rank in ranks if self.roles[rank] not in {"start", "total"}]
        if len(levels) < 2 or len(periods) != len(levels):
            return {}
        ends = [self.counted[rank].figure.end for rank in levels]
        starts = [self.counted[rank].figure.start for rank in levels]
        in_turn = all(
            period.end <= start and (not rank or ends[rank - 1] <= period.start)
            for rank, (period, start) in enumerate(zip(periods, starts, strict=True))
        )
        between = [self.folded[period.end : start] for period, start in zip(periods, starts, strict=True)]
        if in_turn and len(re.findall(r"\w+", between[0])) <= _FEW_WORDS and all(map(_JOINT.match, between[1:])):
            return dict(zip(levels, periods, strict=True))
        if any(self.roles[rank] == "comparison" for rank in levels):
            return {}  # « 45 000 contre 30 000 fin 2024, d'ici fin 2026 »
        figures_first = ends[-1] <= periods[0].start and self._are_joined(levels) and self._in_a_row(periods)
        periods_first = periods[-1].end <= starts[0] and self._are_joined(levels) and self._in_a_row(periods)
        return dict(zip(levels, periods, strict=True)) if figures_first or periods_first else {}

    def _are_joined(self, ranks: Sequence[int]) -> bool:
        """Whether figures follow each other with little between: « 45 000 puis 60 000 médecins »."""
        return all(
            len(re.findall(r"\w+", self.folded[self.counted[low].figure.end : self.counted[high].figure.start]))
            <= _FEW_WORDS
            and not re.search(r"[;()]", self.folded[self.counted[low].figure.end : self.counted[high].figure.start])
            for low, high in itertools.pairwise(ranks)
        )

    def _in_a_row(self, periods: Sequence[FoundPeriod]) -> bool:
        return all(_JOINT.match(self.folded[low.end : high.start]) for low, high in itertools.pairwise(periods))
