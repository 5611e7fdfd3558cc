"""What a partner finds in `reponses/`: its pre-filled workbook and its receipts, put beside what it sent.

In its remote folder, once; and in its folder of the drop folder, where `reponses/` was made (deploy/bin/drop-folders).
Each partner gets its own alone.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.services.channels.folders import open_folder
from orchestration.services.channels.register import ChannelsError, read_channels
from orchestration.services.mailroom.ledger import open_ledger
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from sources.files import atomic
from sources.landing.drops import ANSWERS_FOLDER, PARTNERS_FOLDER
from sources.landing.store import hash_file
from sources.reference.roadmap import Reference, load_reference
from sources.workbook.template import template_name

#: readable by the partner's own account: nobody else can enter its folder
READABLE = 0o644
#: session of receipts of files that name none
UNKNOWN = "inconnu"


@dataclass
class Placed:
    """How many answers were put into `reponses/`, and which folders took none."""

    files: int = 0
    problems: list[str] = field(default_factory=list)


def place_answers(
    paths: Paths,
    log: Log,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] | None = None,
) -> Placed:
    """Put what is new into each `reponses/`. A folder out of reach gets it at the next run."""
    reference = load_reference(paths.seeds)
    placed = Placed()
    _place_here(paths, reference, placed)
    channels, _ = read_channels(paths.home, reference, environment)
    if not channels:
        return placed
    with writing(paths.channels_lock, log=log), open_ledger(paths.home) as ledger:
        for channel in channels:
            done = ledger.placed(channel.key)
            owed = [
                (path, sha256)
                for path in answers_of(paths, reference, channel.partner)
                if path.suffix != ".json" and done.get(path.name) != (sha256 := hash_file(path))
            ]
            try:
                if owed:
                    with open_folder(channel, paths.home, environment) as folder:
                        for path, sha256 in owed:
                            folder.answer(path.name, path.read_bytes())
                            ledger.note_placed(channel.key, path.name, sha256)
                            placed.files += 1
                            log(f"{channel}: {ANSWERS_FOLDER}/{path.name}")
            except ChannelsError as error:
                placed.problems.append(str(error))
    return placed


def answers_of(paths: Paths, reference: Reference, partner: str) -> Iterator[Path]:
    """A partner's files of the sessions that are not published: workbook, receipts, and what the page reads of them."""
    slug = reference.partners[partner].partner_slug
    published = {path.name for path in paths.snapshots.glob("*") if any(path.glob("v*"))}
    for session in (*reference.sessions, UNKNOWN):
        if session in published:
            continue
        if session in reference.sessions:
            template = paths.home / "templates" / session / template_name(reference, session, partner)
            yield from (path for path in (template,) if path.is_file())
        for pattern in ("*.xlsx", "*.json"):
            yield from sorted((paths.receipts / session / slug).glob(pattern))


def _place_here(paths: Paths, reference: Reference, placed: Placed) -> None:
    for code, partner in reference.partners.items():
        folder = paths.inbox / PARTNERS_FOLDER / partner.partner_slug / ANSWERS_FOLDER
        if not folder.is_dir() or folder.is_symlink():
            continue
        for path in answers_of(paths, reference, code):
            target = folder / path.name
            try:
                if target.is_symlink() or not target.exists() or target.stat().st_mtime_ns < path.stat().st_mtime_ns:
                    atomic.write(target, path.read_bytes())
                    target.chmod(READABLE)
                    placed.files += 1
            except OSError as error:
                placed.problems.append(f"{target}: {error.strerror}")
                break
