"""What passed between each partner and us about a session: how its files came, what it was sent, what came back.

Read from the outbox, the ledger and the receipts; no address is in it. The board shows it beside what is expected.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from exports.mail import Outbox, Record
from orchestration.services.mailroom.authentication import Authenticity
from orchestration.services.mailroom.editions import NO_SESSION, is_answer
from orchestration.services.mailroom.ledger import FILE_NAME, FOLDER, AnswerState, Ledger, open_ledger
from orchestration.services.runtime.paths import Paths
from sources.landing.drops import PARTNERS_FOLDER
from sources.reference.roadmap import load_reference

HEADERS = ("canal", "invité le", "rappels", "réponses", "retours")
MAIL, UNCHECKED_MAIL, DROP_FOLDER = "courriel", "courriel (non authentifié)", "dossier de dépôt"
PAGE, PAGE_LOG = "page de dépôt", ".depot.jsonl"
INVITATION = "J-60"
# « J-60-2025-06-10-ANS »: the letter, the due day, the partner's slug
_LETTER = re.compile(r"(J-\d+|Jplus-\d+)-\d{4}-\d\d-\d\d-(.+)")
_NOTHING = "—"


@dataclass(frozen=True)
class Correspondence:
    """One partner and one session. `answers` left, `bounces` came back from an address that still is registered."""

    partner: str
    channels: tuple[str, ...] = ()
    invited_on: str | None = None
    reminders: int = 0
    answers: int = 0
    bounces: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts that are under HEADERS."""
        counts = (self.reminders, self.answers, self.bounces)
        return (", ".join(self.channels) or _NOTHING, self.invited_on or _NOTHING, *map(str, counts))


@dataclass
class _Counted:
    """What is counted of one session, by partner."""

    channels: dict[str, set[str]] = field(default_factory=dict)
    invited_on: dict[str, str] = field(default_factory=dict)
    reminders: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    bounces: Counter[str] = field(default_factory=Counter)


def correspondence_of(paths: Paths, session_code: str) -> dict[str, Correspondence]:
    """By partner code, those with whom nothing passed included."""
    reference = load_reference(paths.seeds)
    slugs = {partner.partner_slug: code for code, partner in reference.partners.items()}
    counted = _Counted()
    records = Outbox(paths.home / "outbox").session(session_code)
    _count_letters(counted, (record for record in records if record.state.is_done), slugs)
    ways: dict[str, str] = {}
    if (paths.home / FOLDER / FILE_NAME).exists():
        with open_ledger(paths.home) as ledger:
            _count_answers(counted, ledger, session_code)
            checked = ledger.mailed_contents(Authenticity.PASS)
            ways = {sha256: MAIL if is_checked else UNCHECKED_MAIL for sha256, is_checked in checked.items()}
            ways |= ledger.remote_ways()
    ways |= {sha256: PAGE for folder in slugs for sha256 in _by_the_page(paths.inbox / PARTNERS_FOLDER / folder)}
    _find_channels(counted, paths.home / "receipts" / session_code, slugs, ways)
    return {
        code: Correspondence(
            code,
            tuple(sorted(counted.channels.get(code, ()))),
            counted.invited_on.get(code),
            counted.reminders[code],
            counted.answers[code],
            counted.bounces[code],
        )
        for code in reference.partners
    }


def _count_letters(counted: _Counted, records: Iterable[Record], slugs: Mapping[str, str]) -> None:
    reminded: set[str] = set()
    for record in records:
        letter = _LETTER.fullmatch(record.edition)
        code = slugs.get(letter[2]) if letter else None
        if letter is None or code is None:
            continue
        if letter[1] == INVITATION:
            day = record.at[:10]
            counted.invited_on[code] = min(day, counted.invited_on.get(code, day))
        elif record.edition not in reminded:
            reminded.add(record.edition)
            counted.reminders[code] += 1


def _count_answers(counted: _Counted, ledger: Ledger, session_code: str) -> None:
    sent = ledger.answers("where session_code = ? and state = ?", (session_code, AnswerState.SENT))
    answered = {(item.partner, item.edition) for item in sent if is_answer(item.edition)}
    counted.answers.update(partner for partner, _ in answered)
    for bounce in ledger.bounces():
        if bounce.partner and bounce.recipient_key and bounce.session_code in (session_code, NO_SESSION):
            counted.bounces[bounce.partner] += 1


def _find_channels(counted: _Counted, receipts: Path, slugs: Mapping[str, str], ways: Mapping[str, str]) -> None:
    """By which way the files came that have a receipt of this session."""
    for path in receipts.glob("*/*.json"):
        code = slugs.get(path.parent.name)
        try:
            sha256 = json.loads(path.read_text(encoding="utf-8"))["sha256"]
        except (OSError, ValueError, KeyError):
            continue
        if code is not None:
            counted.channels.setdefault(code, set()).add(ways.get(sha256, DROP_FOLDER))


def _by_the_page(folder: Path) -> Iterator[str]:
    """The contents that the page of deploy/page put into a partner's folder."""
    try:
        lines = (folder / PAGE_LOG).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            yield str(json.loads(line)["sha256"])
