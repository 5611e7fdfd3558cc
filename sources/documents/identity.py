"""What a document says it is: its title, its date, its session."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sources.documents.text import Line, Locator, goes_on, join, shown
from sources.french.folding import fold, fold_in_place
from sources.french.text_periods import find_text_periods
from sources.reference.roadmap import Reference

_FRONT = 40
_ASIDE = re.compile(r"\W*(?:a lire|lire (?:aussi|egalement)|voir aussi|partager|imprimer|sommaire|menu|accueil)\b")
_SHORT = 90
_LEAST_TITLE = 10  # letters
_ANNOUNCED = re.compile(r"prochaine? (?:session du |seance du |reunion du )?(?:cns|conseil du numerique en sante)\b")
_OWN_DATE = re.compile(
    r"\W*(?P<lead>(?:date(?: de publication| du document)?|publiee?|paru|mis en ligne|mise? a jour|diffusee?|edite|"
    r"redige|"
    r"version|etat|situation|[^\W\d_][\w-]{2,20},)(?: (?:du|au|le|en date du))?\s*:?\s*)"
)
_OF_ANOTHER = re.compile(
    r"\b(?:prochaine?|rendez-vous|prevue?|prevus?|reunion|inscriptions?|avant|jusqu'au|a compter|a partir|"
    r"arretee?s?|entree? en vigueur|decret|arrete|loi|article|lance[er]?e?|cree)\b[^.;]*$"
)
_MINUTES = re.compile(r"\W*(?:compte[- ]rendu|proces[- ]verbal|releve de (?:decisions|conclusions))\b")


def date_of(front: Sequence[Line]) -> date | None:
    """The day a document gives itself.

    One announced as its own (« Publié le … », « Paris, le … »), else one on a short line of its first lines, else one
    its first sentences open on, else the end of the month or half-year that is alone on a line. Deadlines (« au
    plus tard le 31 décembre 2024 ») and days of other events (« prochaine session le … ») date nothing.
    """
    lines = [shown(line.text) for line in front[:_FRONT]]
    return (
        _first(_own_day(text) for text in lines)
        or _first(_day_in(text, roles=("at", "until")) for text in lines if len(text) <= _SHORT)
        or _first(_day_in(text[:_SHORT], roles=("at",)) for text in lines[:8])
        or _first(_span_alone(text) for text in lines[:8])
    )


def _first(days: Iterable[date | None]) -> date | None:
    return next((day for day in days if day is not None), None)


def _own_day(text: str) -> date | None:
    found = _OWN_DATE.match(fold_in_place(text))
    return _day_in(text[found.end("lead") : found.end("lead") + 40], roles=("at",)) if found else None


def _span_alone(text: str) -> date | None:
    """The last day of « Décembre 2024 » or « 2e semestre 2024 » on a line that says nothing else."""
    for found in find_text_periods(text, None):
        alone = re.sub(r"\W", "", text[: found.start] + text[found.end :])
        if not alone and found.period.precision in {"month", "quarter", "semester"}:
            return found.period.end
    return None


def _day_in(text: str, roles: Sequence[str]) -> date | None:
    for found in find_text_periods(text, None):
        lead = fold(text[: found.start])
        if found.period.precision == "day" and found.role in roles and found.period.start == found.period.end:
            if (found.role == "until" and lead) or (_OF_ANOTHER.search(lead) and not _MINUTES.match(lead)):
                continue
            return found.period.end
    return None


def title_of(front: Sequence[Line], path: Path) -> str:
    """The blocks a document opens with, up to its date or its text; the file's name when it opens with none."""
    pieces: list[str] = []
    for block in blocks_of(front)[:4]:
        lines = list(itertools.takewhile(lambda line: not _is_day(shown(line.text)), block))
        text = _without_key(join([replace(line, text=_without_day(line.text)) for line in lines]).text)
        if _ASIDE.match(fold(text)):
            if pieces:
                break
            continue
        if not text or re.match(r"\W*axe \d", fold(text)) or len(text) > 200 or (pieces and len(text) > _SHORT):
            break
        pieces.append(text)
        if len(text) > _SHORT or len(pieces) == 2 or len(lines) < len(block):
            break
    return " – ".join(pieces) or path.stem


def _is_day(text: str) -> bool:
    """Whether a line says a day and little else: « Au 17 décembre 2024 »."""
    return _day_in(text, ("at", "until")) is not None and len(re.findall(r"\w", _without_day(text))) < _LEAST_TITLE


def _without_day(text: str) -> str:
    """A title's line without the day of its session, that a layout put on it."""
    for found in find_text_periods(text, None):
        if found.period.precision == "day":
            lead = re.sub(
                r"\s*[-–—|(]?\s*(?:(?:séance|session|réunion|cns) )?(?:du|au|le)?\s*$",
                "",
                text[: found.start],
                flags=re.I,
            )
            return (lead + text[found.end :]).strip(" -–—|()")
    return text


def _without_key(text: str) -> str:
    """A title without the name a file's head gives it: « title: … »."""
    return re.sub(r"^(?:title|titre)\s*:\s*", "", text, flags=re.IGNORECASE).strip("\"' ")


@dataclass(frozen=True)
class AnnouncedSession:
    """A session of the CNS a document says is still to come: its day, and the words that say it."""

    held_on: date
    quote: str
    locator: Locator

    def as_json(self) -> dict[str, Any]:
        """The form `jalon extract --json` prints among what a document declares."""
        return {"held_on": self.held_on.isoformat(), "quote": self.quote, "locator": self.locator.as_json()}


def sessions_announced(lines: Sequence[Line]) -> list[AnnouncedSession]:
    """The next sessions a document announces, each day once."""
    found: dict[date, AnnouncedSession] = {}
    for block in blocks_of(lines):
        passage = join(block)
        for announced in _ANNOUNCED.finditer(fold_in_place(passage.text)):
            rest = passage.text[announced.end() :]
            for said in find_text_periods(rest, None)[:1]:
                if said.period.precision == "day" and not re.search(r"[.;!?]\s", rest[: said.start]):
                    end = announced.end() + said.end
                    place = passage.locate(announced.start(), end)
                    session = AnnouncedSession(said.period.end, passage.text[announced.start() : end], place)
                    found.setdefault(said.period.end, session)
    return list(found.values())


def session_of(as_of: date | None, front: Sequence[Line], reference: Reference) -> str | None:
    """The session a document says it is of: « 12e CNS » in its first lines, else the one held on its date."""
    said = re.search(
        r"\b(\d{1,2}) ?e(?:me)? (?:session du )?(?:cns|conseil du numerique)|\bcns[- ]?(?:n ?[°o] ?)?(\d{1,2})\b",
        fold(" ".join(line.text for line in front[:_FRONT])),
    )
    if said:
        number = int(said[1] or said[2])
        for session in reference.sessions.values():
            if session.session_number == number:
                return session.session_code
    return next((item.session_code for item in reference.sessions.values() if as_of and item.held_on == as_of), None)


def blocks_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines with no blank line between them; a list item or a heading is one of its own.

    A sentence left open that goes on in lower case after a blank line, as at a page's foot, is still one block.
    """
    blocks: list[list[Line]] = []
    for line in lines:
        cut = bool(blocks) and line.text[:1].islower() and goes_on(blocks[-1][-1].text, line.text)
        alone = (line.starts_block and not cut) or re.match(r"^(?:[-–•❖▪●]|\d{1,2}[.)])\s", line.text)
        if alone or not blocks or line.heading or blocks[-1][-1].heading:
            blocks.append([])
        blocks[-1].append(line)
    return blocks
