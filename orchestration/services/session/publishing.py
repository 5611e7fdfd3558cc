"""Publishing a session: what `jalon publish` and the job `publish` both do, under the writer's lock.

1. record the waivers given, with their reason;
2. refuse, saying everything that blocks, or freeze the next version in `snapshots/<session>/v<N>/`;
3. deliver its files, and note it in the audit trail: also what a crash left undone the last time.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.audit.audit import Action, AuditTrail, record_published
from orchestration.services.reception.readers import landing_readings
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import PARIS, Paths, now
from orchestration.services.session.drafts import WORD
from orchestration.services.session.readiness import require_needed
from orchestration.services.session.rendering import exchanges_of, facts_of, inputs_of
from orchestration.services.session.rendering_record import frozen_hashes, note_rendered, rendered_files
from orchestration.services.session.state import render_inputs_of
from orchestration.services.session.waivers import NO_WAIVER, WaiverError, WaiverOrder, record_waivers, waivers_for
from orchestration.services.warehouse.beside import BesideError, differences_from
from orchestration.services.warehouse.code_version import code_version
from orchestration.services.warehouse.comparison import TableDifference
from orchestration.services.warehouse.database import marts_digest
from sources.command_line import command
from sources.french.typography import spaced
from sources.landing.drops import InboxError, drops
from sources.landing.store import Landing, hash_file
from sources.reference.roadmap import load_reference

if TYPE_CHECKING:
    from exports.publication import Published


class PublishingError(Exception):
    """Nothing was published; `reasons` lists why in French, one line each with the fix."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(reasons))


@dataclass(frozen=True)
class Order:
    """What was asked for; `via` names the command or the run in the audit trail."""

    session_code: str
    waivers: WaiverOrder = NO_WAIVER
    erratum: str = ""
    via: str = "jalon publish"


def publish_session(
    paths: Paths,
    order: Order,
    *,
    failed_checks: Sequence[str] = (),
    log: Log,
    clock: Callable[[], dt.datetime] = now,
) -> "Published":
    """Publish, or find the session published with nothing changed. PublishingError when it is refused.

    `failed_checks` are the blocking checks that last failed, by name.
    """
    from exports.marts import MartsError
    from exports.publication import PublicationError
    from exports.readiness import NotReadyError
    from exports.snapshot import SnapshotError
    from exports.word.template import TemplateError

    with writing(paths.writer_lock, log=log):
        if marts_digest(paths.marts) is None:
            fix = f"lancez d’abord « {command('report', '--session', order.session_code)} »"
            raise PublishingError([f"{order.session_code} : rien n’a encore été construit → {fix}"])
        try:
            require_needed(paths, order.session_code, order.waivers)
            record_waivers(paths.home, order.session_code, order.waivers, load_reference(paths.seeds), clock())
            require_what_the_landing_says(paths, order.session_code, log)
            published = _published(paths, order, failed_checks, clock())
        except NotReadyError as error:
            raise PublishingError(error.reasons) from error
        except (WaiverError, PublicationError, SnapshotError, TemplateError, MartsError) as error:
            raise PublishingError([str(error)]) from error
        settle_audit(paths, order.session_code, via=order.via, clock=clock)
    done = "publiée" if published.is_new else "déjà publiée, rien n’a changé depuis"
    log(spaced(f"{order.session_code} : version {published.version} {done}"))
    return published


def require_what_the_landing_says(paths: Paths, session_code: str, log: Log) -> None:
    """PublishingError when the marts are not, row for row, what the landing and the reference give.

    Nothing becomes official from a copy: it may have been altered since it was built. Sessions that were published are
    left aside, their snapshot is theirs; the one that is being published is not.
    """
    from exports import snapshot

    official = {path.name for path in paths.snapshots.glob("*") if snapshot.latest(paths.snapshots, path.name)}
    report = command("report", "--session", session_code)
    fix = f"lancez « {command('rebuild')} », puis « {report} », relisez, puis publiez"
    try:
        found = differences_from(paths, landing_readings(paths), log=log, without_sessions=official - {session_code})
    except BesideError as error:
        raise PublishingError(
            [f"{session_code} : les tables ne peuvent pas être reconstruites ({error}) → {fix}"]
        ) from error
    if found:
        raise PublishingError([f"{_in_french(difference)} → {fix}" for difference in found])


def _in_french(difference: TableDifference) -> str:
    if difference.columns:
        return f"la table {difference.table} n’a pas les colonnes attendues"
    counts = f"{difference.only_in_first} ligne(s) en trop, {difference.only_in_second} manquante(s)"
    rows = " ; ".join(difference.keys)
    return f"la table {difference.table} n’est pas ce que donnent les fichiers reçus : {counts} ({rows})"


def _published(paths: Paths, order: Order, failed_checks: Sequence[str], at: dt.datetime) -> "Published":
    from exports.publication import Request, publish

    inputs = render_inputs_of(paths, order.session_code, load_reference(paths.seeds))
    request = Request(
        marts_path=paths.marts,
        session_code=order.session_code,
        snapshots=paths.snapshots,
        published_on=at.astimezone(PARIS).date(),
        code_version=code_version(paths),
        inputs=inputs_of(paths, order.session_code),
        template=inputs.template,
        theme=inputs.theme,
        edits=inputs.edits,
        waivers=waivers_for(facts_of(paths, inputs), inputs.waived),
        exchanges=exchanges_of(paths, order.session_code),
        failed_checks=tuple(failed_checks),
        erratum=order.erratum,
    )
    _require_drafts_taken(paths, order.session_code)
    published = publish(request, paths.deliverables(order.session_code))
    hashes = {path.name: hash_file(path) for path in published.files}
    note_rendered(paths.deliverables(order.session_code), f"published version {published.version}", hashes)
    return published


def _require_drafts_taken(paths: Paths, session_code: str) -> None:
    """Nothing is published while a draft somebody edited waits to be taken."""
    landing, report = Landing(paths.home), command("report", "--session", session_code)
    fix = f"lancez « {report} », relisez, puis publiez"
    try:
        dropped = [drop.path for drop in drops(paths.inbox) if drop.channel == "drafts"]
    except InboxError:  # nobody can have dropped anything since: the folder is not there
        dropped = []
    reasons = [
        f"{path.name} attend dans le dossier de dépôt → {fix}" for path in dropped if not landing.has(hash_file(path))
    ]
    folder = paths.deliverables(session_code)
    for name, sha256 in rendered_files(paths, session_code).items():
        path = folder / name
        if (
            path.suffix == WORD
            and path.is_file()
            and hash_file(path) not in {sha256, *frozen_hashes(paths, session_code, name)}
        ):
            reasons.append(f"{name} a été modifié depuis son rendu → {fix}")
    if reasons:
        raise PublishingError(reasons)


def settle_audit(paths: Paths, session_code: str, *, via: str, clock: Callable[[], dt.datetime] = now) -> None:
    """Bring to the trail every frozen version of a session that it does not name yet."""
    from exports import snapshot

    trail = AuditTrail.of(paths, clock)
    known = {
        entry.detail.get("version")
        for entry in trail.entries()
        if entry.action == Action.PUBLISHED.value and entry.session_code == session_code
    }
    for version in snapshot.versions(paths.snapshots, session_code):
        if str(version) not in known:
            described = snapshot.folder_of(paths.snapshots, session_code, version) / snapshot.DESCRIPTION
            record_published(trail, session_code=session_code, version=version, sha256=hash_file(described), via=via)


def damaged_snapshots(snapshots: Path) -> tuple[int, list[str]]:
    """How many published versions there are, and one line for each that is not as it was frozen."""
    from exports import snapshot

    count, problems = 0, []
    for folder in sorted(path for path in snapshots.glob("*/v*") if path.is_dir()):
        count += 1
        try:
            snapshot.verify(folder)
        except snapshot.SnapshotError as error:
            problems.append(f"{error}; restore it from the backup")
    return count, problems
