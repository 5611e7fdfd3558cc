"""Where a file of a known sender belongs in the drop folder, or why it is not taken.

A partner's files go to its own folder, whatever the workbook names: the reader checks whether the two agree. When a
person sends for several partners, or for the DNS, the workbook names whose it is.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.services.mailroom.attachments import Attachment, Kind, inside, is_review
from orchestration.services.mailroom.contacts import DNS, Contact, Role
from orchestration.services.mailroom.ledger import TakenFile
from orchestration.services.runtime.paths import Paths
from sources.landing.arrivals import hand_over, put_down, safe_name
from sources.landing.drops import DECISIONS_FOLDER, DRAFTS_FOLDER, REPORTS_FOLDER
from sources.reference.roadmap import Reference

WAY = "mail"
MOST_FILES = 50
MOST_UNPACKED = 100 * 1024 * 1024
#: why a file is not taken, by what it is
_REFUSED = {
    Kind.DOCUMENT: "format",
    Kind.OTHER: "format",
    Kind.IMAGE: "image",
    Kind.SEALED: "sealed",
    Kind.OUTLOOK: "outlook",
    Kind.LOCKED_ARCHIVE: "locked",
}


@dataclass(frozen=True)
class Desk:
    """Where files are put."""

    paths: Paths
    reference: Reference

    def slug_of(self, partner: str) -> str:
        """The name of a partner's folder."""
        return self.reference.partners[partner].partner_slug


def take_files(
    desk: Desk, attachments: Sequence[Attachment], rows: Sequence[Contact], arrived_at: datetime
) -> list[TakenFile]:
    """Put the files of one mail into the drop folder, or give the reason. OSError when a folder takes nothing.

    The same files taken again are put in the same places: a process that died half way is made good by the next.
    """
    return [
        _taken(desk, item, rows, arrived_at) if place < MOST_FILES else _left(item, "too_many")
        for place, item in enumerate(_unpacked(attachments))
    ]


def _unpacked(attachments: Sequence[Attachment]) -> Iterator[Attachment]:
    """The files, those of an archive in place of it where it can be opened."""
    for item in attachments:
        found = inside(item, most_bytes=MOST_UNPACKED) if item.kind is Kind.ARCHIVE else None
        if found:
            yield from found
        else:
            yield item


def _taken(desk: Desk, item: Attachment, rows: Sequence[Contact], arrived_at: datetime) -> TakenFile:
    if item.kind is Kind.ARCHIVE:
        return _left(item, "archive")
    is_dns = any(row.role is Role.DNS for row in rows)
    if is_dns and (item.kind is Kind.DOCUMENT or is_review(item)):
        folder = _dns_folder(item)
        path = put_down(desk.paths.inbox / folder, name=item.file_name, content=item.content, arrived_at=arrived_at)
        return _placed(desk, item, DNS, path)
    if item.kind is not Kind.WORKBOOK:
        return _left(item, _REFUSED[item.kind])
    partner = _partner_of(desk, item, rows, is_dns=is_dns)
    path = hand_over(
        desk.paths.inbox,
        desk.paths.home,
        folder=desk.slug_of(partner),
        name=item.file_name,
        content=item.content,
        arrived_at=arrived_at,
        way=WAY,
    )
    return _placed(desk, item, partner, path)


def _placed(desk: Desk, item: Attachment, partner: str, path: Path) -> TakenFile:
    place = str(path.relative_to(desk.paths.inbox))
    return TakenFile(item.name, item.sha256, len(item.content), partner, place)


def _left(item: Attachment, fate: str) -> TakenFile:
    return TakenFile(item.name, item.sha256, len(item.content), fate=fate)


def _dns_folder(item: Attachment) -> str:
    """Where a file of the DNS belongs: a review, a draft of ours that was edited, or a published document."""
    from exports.edits import is_ours

    if item.kind is Kind.WORKBOOK:
        return DECISIONS_FOLDER
    if item.extension != ".docx":
        return REPORTS_FOLDER
    with _on_disk(item) as path:
        return DRAFTS_FOLDER if is_ours(path) else REPORTS_FOLDER


def _partner_of(desk: Desk, item: Attachment, rows: Sequence[Contact], *, is_dns: bool) -> str:
    """Whose workbook it is: the sender's, or where that may be several, the one that the workbook names."""
    own = list(dict.fromkeys(row.partner for row in rows if row.role is Role.CONTRIBUTOR))
    if len(own) == 1 and not is_dns:
        return own[0]
    named = _named_in(desk, item)
    if named is not None and (is_dns or named in own):
        return named
    return own[0] if own else DNS


def _named_in(desk: Desk, item: Attachment) -> str | None:
    """The partner that a workbook names, read in a guarded process; None when it names none of the reference."""
    from sources.workbook.loading import BookLoader
    from sources.workbook.reader import read_workbook

    partners = {partner.partner_slug: code for code, partner in desk.reference.partners.items()}
    with _on_disk(item) as path, BookLoader() as loader:
        named = read_workbook(path, partners=partners, loader=loader, sha256=item.sha256).partner_code
    return named if named in desk.reference.partners else None


@contextmanager
def _on_disk(item: Attachment) -> Iterator[Path]:
    """The content under its name, in a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jalon-") as folder:
        path = Path(folder) / safe_name(item.file_name)
        path.write_bytes(item.content)
        yield path
