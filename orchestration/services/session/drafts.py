"""Drafts of the report that the DNS edited and dropped back: read once, stored in the landing, answered in French.

A draft is known by its hidden identity wherever it lies: in `drafts/` of the drop folder, in `reports/`, or edited on
the spot among the deliverables. What the DNS wrote counts from the last draft that speaks of it: a text left as it was
printed changes nothing, the partner's words put back undo an edit.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.reception.ingest import current_readings
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.drafts_reader import CHANNEL, RESTORED, DraftsReader
from orchestration.services.session.rendering_record import left_by_us, rendered_files
from sources.files import atomic
from sources.french.typography import counted, spaced
from sources.landing.drops import Drop, InboxError, drops
from sources.landing.rows import rows_of
from sources.landing.store import Channel, Landing, Reception, hash_file

if TYPE_CHECKING:
    from exports.edits import Edit

WORD = ".docx"


def channel_of(drop: Drop) -> Channel:
    """The channel of a dropped file: a report of Jalon's own lying among the published documents is a draft."""
    from exports.edits import is_ours

    if drop.channel == "documents" and drop.path.suffix.lower() == WORD and is_ours(drop.path):
        return CHANNEL
    return drop.channel


def take_edited_on_the_spot(
    paths: Paths, landing: Landing, session_codes: Iterable[str], clock: Callable[[], datetime], log: Log
) -> int:
    """Archive, before the next render replaces it, each report that was edited where it was delivered; how many."""
    from exports.edits import is_ours

    taken = 0
    for session_code in session_codes:
        folder = paths.deliverables(session_code)
        for name in rendered_files(paths, session_code):
            path = folder / name
            if path.suffix == WORD and path.is_file() and not left_by_us(paths, session_code, name) and is_ours(path):
                _, is_new = landing.receive(path, channel=CHANNEL, received_at=clock(), folder=session_code)
                taken += is_new
                if is_new:
                    log(spaced(f"{session_code} : {name} a été modifié sur place, repris comme brouillon corrigé"))
    return taken


def edits_of(landing: Landing, reader: DraftsReader, session_code: str) -> tuple["Edit", ...]:
    """The words of the DNS that count in a session: every draft that came back, laid one over the other."""
    from exports.edits import Edit, Returned, merged

    edited: tuple[Edit, ...] = ()
    for reading in current_readings(landing, [reader]):
        rows = [row for row in rows_of([reading], "draft_text") if row["session_code"] == session_code]
        if rows:
            edits = tuple(Edit(row["key"], row["text"], row["based_on"]) for row in rows if row["text"] is not None)
            restored = tuple(row["key"] for row in rows if row["text"] is None and row["based_on"] == RESTORED)
            edited = merged(edited, Returned(session_code, "", edits, (), restored, ()))
    return edited


@dataclass(frozen=True)
class Answer:
    """What whoever dropped a draft reads."""

    reception: Reception
    session_code: str
    refused: str
    edited: tuple[str, ...]
    restored: tuple[str, ...]
    untouched: int
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer, in French."""
        from exports.edits import NOT_TAKEN, key_words

        name = self.reception.file_name
        received = f"{self.reception.received_at:%d/%m/%Y à %H:%M} (UTC)"
        if self.refused:
            lines = ["Rien n’a été repris de ce fichier.", "", self.refused + "."]
            lines += ["Tant qu’il reste dans le dossier de dépôt, il est signalé : retirez-le ou remplacez-le."]
        elif not (self.edited or self.restored):
            lines = ["Rien à reprendre : aucun texte modifié, aucune note ajoutée. Le fichier reçu est archivé."]
        else:
            lines = [f"Textes repris : {len(self.edited)}. Ils remplacent ceux des partenaires au prochain rendu.", ""]
            lines += [f"  - {key_words(key)}" for key in self.edited]
            if self.restored:
                lines += ["", f"Textes rendus aux mots du partenaire : {len(self.restored)}.", ""]
                lines += [f"  - {key_words(key)}" for key in self.restored]
        if not self.refused:
            lines += ["", f"Textes laissés tels quels : {self.untouched}."]
        refused = [line.removeprefix(NOT_TAKEN) for line in self.warnings if line.startswith(NOT_TAKEN)]
        if refused:
            lines += ["", f"Modifications non reprises : {len(refused)}.", "", *(f"  - {line}" for line in refused)]
        lines += [f"À vérifier : {line}" for line in self.warnings if not line.startswith(NOT_TAKEN)]
        return "\n".join([f"Brouillon « {name} », reçu le {received}", "", *lines, ""])


def answers(landing: Landing, reader: DraftsReader) -> list[Answer]:
    """The answer to every draft received, oldest first."""
    found = []
    for reading in current_readings(landing, [reader]):
        reception = landing.reception(reading.sha256)
        drafts = rows_of([reading], "draft")
        if reception is None or not drafts:
            continue
        texts = rows_of([reading], "draft_text")
        found.append(
            Answer(
                reception,
                drafts[0]["session_code"] or "",
                drafts[0]["refused"] or "",
                tuple(row["key"] for row in texts if row["text"] is not None),
                tuple(row["key"] for row in texts if row["based_on"] == RESTORED),
                sum(row["text"] is None and row["based_on"] != RESTORED for row in texts),
                tuple(row["message"] for row in rows_of([reading], "draft_warning")),
            )
        )
    return found


def still_refused(found: Iterable[Answer], inbox: Path) -> list[Answer]:
    """The drafts refused that still lie in the drop folder: what is reported until somebody fixes it.

    One that was taken away or replaced has had its answer, and is reported no more.
    """
    refused = [answer for answer in found if answer.refused]
    lying = _hashes_lying(inbox) if refused else set()
    return [answer for answer in refused if answer.reception.sha256 in lying]


def _hashes_lying(inbox: Path) -> set[str]:
    """The contents that lie in the drop folder where drafts may; none without a drop folder."""
    hashes = set()
    with suppress(InboxError):
        for drop in drops(inbox):
            if drop.channel in {CHANNEL, "documents"}:
                with suppress(FileNotFoundError):  # taken away meanwhile
                    hashes.add(hash_file(drop.path))
    return hashes


def give_answers(folder: Path, found: Iterable[Answer], known: Iterable[str], log: Log) -> list[Path]:
    """Write the answers still owed, `receipts/<session>/DNS/<file>_reponse_<hash>.txt`; those of no session apart."""
    sessions, given = set(known), []
    for answer in found:
        place = answer.session_code if answer.session_code in sessions else "inconnu"
        sha256 = answer.reception.sha256[:8]
        path = folder / place / "DNS" / f"{Path(answer.reception.file_name).stem}_reponse_{sha256}.txt"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        atomic.write(path, answer.text)
        taken = f"{counted(len(answer.edited), 'texte')} repris"
        log(spaced(f"{answer.reception.file_name} : {answer.refused or taken}"))
        given.append(path)
    return given
