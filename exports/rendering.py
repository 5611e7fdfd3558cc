"""Renders a session's deliverables: marts to model, model to bytes, bytes to files with their manifest."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from exports import manifest
from exports.content.release import NEUTRAL_THEME, Exchange, Release, Waiver, banner_of
from exports.edits import Edit
from exports.edits import warnings as edit_warnings
from exports.marts import MartsError, SessionMarts
from exports.readiness import require_ready
from exports.stated import stated
from sources.files import atomic


class RenderedFiles(Struct, frozen=True):
    """The files of a rendering, the checksum of the facts they state, and what its reader should know (in French)."""

    docx: Path
    xlsx: Path
    open_data: Path
    dashboard: Path
    note: Path
    slides: Path
    manifest: Path
    data_sha256: str
    warnings: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file written."""
        return self.docx, self.xlsx, self.open_data, self.dashboard, self.note, self.slides, self.manifest


def report_name(session_code: str) -> str:
    """The Word report's file name."""
    return f"{session_code}_etat-avancement.docx"


def dashboard_name(session_code: str) -> str:
    """The Excel workbook's file name."""
    return f"{session_code}_tableau-de-bord.xlsx"


def open_data_name(session_code: str) -> str:
    """The open data's file name."""
    return f"{session_code}_donnees-ouvertes.zip"


def dashboard_page_name(session_code: str) -> str:
    """The HTML dashboard's file name."""
    return f"{session_code}_tableau-de-bord.html"


def note_name(session_code: str) -> str:
    """The two-page note's file name."""
    return f"{session_code}_note-de-synthese.docx"


def slides_name(session_code: str) -> str:
    """The slides' file name."""
    return f"{session_code}_presentation.pptx"


def render(
    marts_path: Path,
    session_code: str,
    out_dir: Path,
    *,
    state: str = "draft",
    version: int = 1,
    banner: str = "",
    template: Path | None = None,
    theme: str = NEUTRAL_THEME,
    edits: Sequence[Edit] = (),
    previous: SessionMarts | None = None,
    waivers: Sequence[Waiver] = (),
    exchanges: Sequence[Exchange] = (),
    failed_checks: Sequence[str] = (),
    code_version: str,
    inputs: Mapping[str, str],
    announce: Callable[[Mapping[str, str]], None] = lambda _hashes: None,
) -> RenderedFiles:
    """Write the session's deliverables into `out_dir` (its own folder), all of them or none.

    `inputs` are the names and SHA-256 of what the marts were built from; they go to the manifest as they are.
    `edits` are the texts the DNS rewrote in a draft (`exports.edits`): they are printed in place of the partners'.
    `previous` is the session before as it was published (`exports.snapshot.marts_of`), which arrows are drawn from.
    The states `final` and `published` are refused while something blocks (NotReadyError: contradictions, blocking
    checks, missing leads' contributions that no waiver accepts). `banner` is printed on every page; a session with
    invented facts says there that it is fictional. `theme` is the dashboard's. `announce` receives the name and SHA-256
    of each file before the first of them takes its place. The same marts, template, theme, edits,
    previous session, state, version and code give the same bytes.
    MartsError, TemplateError, ThemeError and OSError say what is wrong and the fix.
    """
    marts = stated(marts_path, session_code, edits=edits, previous=previous)
    stage = Release(state, version, banner or banner_of(marts), tuple(waivers), theme=theme, exchanges=tuple(exchanges))
    if stage.state != "draft":
        require_ready(marts, waivers=waivers, failed_checks=failed_checks)
    rendered = render_bytes(marts, stage, template)
    contents = dict(rendered.contents)
    origin = manifest.Origin(code_version, _template_digest(template), inputs)
    contents[manifest.FILE_NAME] = manifest.build(marts, stage, origin, contents, rendered.warnings)
    announce({name: manifest.sha256(content) for name, content in contents.items()})
    out_dir.mkdir(parents=True, exist_ok=True)
    atomic.write_all({out_dir / name: content for name, content in contents.items()}, durable=True)
    return RenderedFiles(
        docx=out_dir / report_name(session_code),
        xlsx=out_dir / dashboard_name(session_code),
        open_data=out_dir / open_data_name(session_code),
        dashboard=out_dir / dashboard_page_name(session_code),
        note=out_dir / note_name(session_code),
        slides=out_dir / slides_name(session_code),
        manifest=out_dir / manifest.FILE_NAME,
        data_sha256=marts.digest,
        warnings=rendered.warnings,
    )


def fiche_name(session_code: str, action_code: str) -> str:
    """The file name of the fiche of an action or a priority."""
    return f"{session_code}_fiche_{action_code}.docx"


def render_fiche(
    marts_path: Path,
    session_code: str,
    action_code: str,
    out_dir: Path,
    *,
    state: str = "draft",
    version: int = 1,
    banner: str = "",
    template: Path | None = None,
    edits: Sequence[Edit] = (),
    previous: SessionMarts | None = None,
) -> Path:
    """Write the fiche of an action (« 8-4 ») or a priority (« P08 ») into `out_dir`, from the facts of the report.

    `marts_path` may be a snapshot's folder of marts. MartsError when the roadmap has no such action.
    """
    marts = stated(marts_path, session_code, edits=edits, previous=previous)
    stage = Release(state, version, banner or banner_of(marts))
    return write_fiche(marts, stage, action_code, out_dir, template)


def write_fiche(marts: SessionMarts, stage: Release, action_code: str, out_dir: Path, template: Path | None) -> Path:
    """The fiche of an action or a priority of facts already stated. MartsError when the roadmap has none such."""
    from exports.content import fiche, priority_fiche
    from exports.word import writer as word

    session_code = marts.session.session_code
    priorities = {priority_fiche.code(row.priority_number): row for row in marts.priorities}
    if action_code in priorities:
        fullest, *shorter = priority_fiche.forms(marts, stage, priorities[action_code])
        written = word.write_short(fullest, template, most_pages=1, shorter=shorter)
    elif action_code in marts.action_by_code:
        written = word.write_short(fiche.build(marts, stage, action_code), template)
    else:
        raise MartsError(f"{action_code!r} is not in the roadmap; codes look like 8-4 (action) or P08 (priority)")
    name = fiche_name(session_code, action_code)
    out_dir.mkdir(parents=True, exist_ok=True)
    return atomic.write(out_dir / name, written.content, durable=True)


class RenderedBytes(Struct, frozen=True):
    """The deliverables' bytes by file name, the manifest aside, and warnings."""

    contents: Mapping[str, bytes]
    warnings: tuple[str, ...]


def render_bytes(marts: SessionMarts, stage: Release, template: Path | None = None) -> RenderedBytes:
    """The deliverables of a session, in memory."""
    from exports.content import deck, report, workbook
    from exports.dashboard import view
    from exports.dashboard import writer as dashboard
    from exports.excel import writer as excel
    from exports.open_data import writer as open_data
    from exports.slides import writer as slides
    from exports.word import writer as word

    code = marts.session.session_code
    written = word.write(report.build(marts, stage), template)
    note = _note(marts, stage, template)
    too_high = tuple(f"« {title} » dépasse une page dans le rapport" for title in written.too_high)
    warnings = (*too_high, *edit_warnings(marts))
    contents = {
        report_name(code): written.content,
        dashboard_name(code): excel.write(workbook.build(marts, stage)),
        open_data_name(code): open_data.write(marts, stage),
        dashboard_page_name(code): dashboard.write(view.build(marts, stage), stage.theme),
        note_name(code): note,
        slides_name(code): slides.write(deck.build(marts, stage)),
    }
    return RenderedBytes(contents, warnings)


def _note(marts: SessionMarts, stage: Release, template: Path | None) -> bytes:
    """The note in the fullest form that holds in its pages."""
    from exports.content import note
    from exports.word import writer as word

    fullest, *others = note.DETAILS
    shorter = (note.build(marts, stage, told) for told in others)
    return word.write_short(note.build(marts, stage, fullest), template, most_pages=note.PAGES, shorter=shorter).content


def _template_digest(template: Path | None) -> str:
    from exports.word.styles import TEMPLATE

    return manifest.sha256((template or TEMPLATE).read_bytes())
