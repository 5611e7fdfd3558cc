"""Rendering a session from the readers' copy, or not, when nothing that decides its bytes has changed.

A session is rendered as a draft until its final version is asked for, and is final as long as nothing changes: a
later report on other facts is a draft again. A published session is rendered no more, its frozen files are delivered;
a draft of its correction has a folder of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.mailroom.correspondence import Correspondence, correspondence_of
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.rendering_record import announce, note_rendered, rendered_for, rendered_state
from orchestration.services.session.state import (
    DRAFT,
    FINAL,
    PUBLISHED,
    RenderInputs,
    published_versions,
    render_inputs_of,
)
from orchestration.services.session.waivers import waivers_for
from orchestration.services.warehouse.code_version import RENDERING, code_version
from orchestration.services.warehouse.database import marts_digest, open_marts
from sources.errors import PlainError
from sources.landing.store import Landing, hash_file
from sources.reference.roadmap import load_reference

if TYPE_CHECKING:
    from exports.content.release import Exchange
    from exports.marts import SessionMarts

CORRECTION = "correction"
FICHES = "fiches"


class RenderingError(PlainError):
    """The session cannot be rendered; the message names why and the fix."""

    fix = "Put back what is missing or altered, from the snapshot or the backup."


@dataclass(frozen=True)
class Rendered:
    """The files of a session as they are, and their state; `refused` lists why they are not final where asked."""

    files: tuple[Path, ...]
    sha256: Mapping[str, str]
    is_unchanged: bool
    state: str
    warnings: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def render_session(paths: Paths, session_code: str, log: Log, *, state: str | None = None) -> Rendered:
    """Write the session's files, or find them as they were rendered from the same facts by the same code.

    `state` None: the published files of a published session; else the current state while nothing changed, a
    draft otherwise. `final` refused leaves a draft, and lists everything that blocks. The caller holds the writer's
    lock. RenderingError when template, marts or a snapshot cannot be used.
    """
    from exports.dashboard.writer import ThemeError
    from exports.marts import MartsError
    from exports.publication import PublicationError
    from exports.readiness import NotReadyError
    from exports.snapshot import SnapshotError
    from exports.word.template import TemplateError

    published = published_versions(paths, session_code)
    try:
        if published and state is None:
            return _delivered(paths, session_code, published[-1], log)
        out_dir = folder_of(paths, session_code, state)
        inputs = render_inputs_of(paths, session_code, load_reference(paths.seeds))
        wanted = state or (FINAL if rendered_state(out_dir) == FINAL and _is_current(paths, inputs, out_dir) else DRAFT)
        try:
            return _rendered(paths, inputs, out_dir, wanted, log)
        except NotReadyError as error:
            draft = _rendered(paths, inputs, out_dir, DRAFT, log)
            return Rendered(draft.files, draft.sha256, draft.is_unchanged, DRAFT, draft.warnings, refused=error.reasons)
    except (MartsError, PublicationError, SnapshotError, TemplateError, ThemeError) as error:
        raise RenderingError(str(error)) from error


def folder_of(paths: Paths, session_code: str, state: str | None) -> Path:
    """Where a session asked for in a state is written: the draft of a correction beside what is published."""
    folder = paths.deliverables(session_code)
    return folder / CORRECTION if state and published_versions(paths, session_code) else folder


def _is_current(paths: Paths, inputs: RenderInputs, out_dir: Path) -> bool:
    """Whether the final version there would be rendered the same again."""
    return rendered_for(out_dir, _render_key(paths, inputs, FINAL)) is not None


def _rendered(paths: Paths, inputs: RenderInputs, out_dir: Path, state: str, log: Log) -> Rendered:
    from exports import render

    session_code = inputs.session_code
    key = _render_key(paths, inputs, state)
    files = rendered_for(out_dir, key)
    if files is not None:
        log(f"{session_code}: {state}, nothing that decides them changed, files left as they are")
        return Rendered(tuple(out_dir / name for name in files), files, is_unchanged=True, state=state)
    out_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    facts = facts_of(paths, inputs)
    rendered = render(
        paths.marts,
        session_code,
        out_dir,
        state=state,
        version=inputs.version,
        template=inputs.template,
        theme=inputs.theme,
        edits=inputs.edits,
        previous=inputs.previous_facts(),
        waivers=waivers_for(facts, inputs.waived),
        exchanges=exchanges_of(paths, session_code),
        code_version=code_version(paths),
        inputs=inputs_of(paths, session_code),
        announce=partial(announce, out_dir),
    )
    hashes = {path.name: hash_file(path) for path in rendered.paths}
    note_rendered(out_dir, key, hashes)
    for path in rendered.paths:
        log(f"{session_code}: wrote {path.name} ({state})")
    return Rendered(rendered.paths, hashes, is_unchanged=False, state=state, warnings=rendered.warnings)


def _delivered(paths: Paths, session_code: str, version: int, log: Log) -> Rendered:
    from exports import publication, snapshot

    out_dir = paths.deliverables(session_code)
    files = publication.deliver(snapshot.folder_of(paths.snapshots, session_code, version), out_dir)
    hashes = {path.name: hash_file(path) for path in files}
    note_rendered(out_dir, f"published version {version}", hashes)
    log(f"{session_code}: published, the files of version {version} are left as they were frozen")
    return Rendered(files, hashes, is_unchanged=True, state=PUBLISHED)


def exchanges_of(paths: Paths, session_code: str) -> tuple["Exchange", ...]:
    """What passed with each partner by now; it decides neither whether files are made anew nor their state."""
    from exports.content.release import Exchange

    return tuple(
        Exchange(
            row.partner,
            ", ".join(row.channels),
            date.fromisoformat(row.invited_on) if row.invited_on else None,
            row.reminders,
            row.answers,
            row.bounces,
        )
        for code, row in correspondence_of(paths, session_code).items()
        if row != Correspondence(code)
    )


def facts_of(paths: Paths, inputs: RenderInputs) -> "SessionMarts":
    """What the session's deliverables state now."""
    from exports.stated import stated

    return stated(paths.marts, inputs.session_code, edits=inputs.edits, previous=inputs.previous_facts())


def render_fiches(paths: Paths, session_code: str, action_codes: Sequence[str], log: Log) -> tuple[Path, ...]:
    """Write the fiches of some actions into `fiches/`: of the published version, or of the draft as it is.

    The caller holds the writer's lock. RenderingError for an action that the roadmap has not, or unusable marts.
    """
    from exports import render_fiche, snapshot
    from exports.marts import MartsError
    from exports.snapshot import SnapshotError
    from exports.word.template import TemplateError

    out_dir = paths.deliverables(session_code) / FICHES
    published = snapshot.latest(paths.snapshots, session_code)
    written = []
    try:
        inputs = render_inputs_of(paths, session_code, load_reference(paths.seeds))
        for action_code in action_codes:
            if published is not None:
                path = snapshot.fiche(snapshot.folder_of(paths.snapshots, *published), action_code, out_dir)
            else:
                path = render_fiche(
                    paths.marts,
                    session_code,
                    action_code,
                    out_dir,
                    state=rendered_state(paths.deliverables(session_code)) or DRAFT,
                    version=inputs.version,
                    template=inputs.template,
                    edits=inputs.edits,
                    previous=inputs.previous_facts(),
                )
            log(f"{session_code}: wrote {FICHES}/{path.name}")
            written.append(path)
    except (MartsError, SnapshotError, TemplateError) as error:
        raise RenderingError(str(error)) from error
    return tuple(written)


def _render_key(paths: Paths, inputs: RenderInputs, state: str) -> str:
    return paths.memo.key(RENDERING, data=[paths.dbt_project, marts_digest(paths.marts), inputs.decides, state])


def inputs_of(paths: Paths, session_code: str) -> dict[str, str]:
    """What the session was rendered from: the sources known at its cut-off, the decisions of the DNS, the reference.

    Named by references of ours: the name a file came under may be a person's.
    """
    from exports.open_data.tables import reference_to

    with open_marts(paths.marts) as marts:
        sources = marts.execute(
            "select source.sha256, source.partner_code from marts.dim_source source, marts.dim_cns_session session "
            "where session.session_code = ? and source.as_of <= session.cut_off order by all",
            [session_code],
        ).fetchall()
    found = {reference_to(sha256, partner_code): str(sha256) for sha256, partner_code in sources if sha256}
    landing = Landing(paths.home)
    for reception in (*landing.current("decisions"), *landing.current("drafts"), *landing.current("waivers")):
        found[f"{reception.channel}/{reception.sha256[:8]}"] = reception.sha256
    for path in sorted(paths.seeds.glob("*.csv")):
        found[f"reference/{path.name}"] = hash_file(path)
    return found
