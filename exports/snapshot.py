"""The frozen state of a published session: marts, template, edits, versions and files, with checksums; never changed.

`<snapshots>/<SESSION>/v<N>/` holds `marts/*.parquet`, `template.docx`, `edits.json`, `deliverables/*` and
`snapshot.json`, which names every file with its SHA-256. It is written aside and renamed: it is there whole or not
at all. `rendered_again` makes the deliverables anew from it, byte for byte with the same code; `deliverables/` holds
them as they were published, whatever the code has become.
"""

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, convert, to_builtins

from exports import manifest
from exports.content.release import NEUTRAL_THEME, Erratum, Exchange, Release, Waiver
from exports.differences import since
from exports.edits import Edit, load, save
from exports.marts import SessionMarts, write_folder
from exports.rendering import RenderedBytes, render_bytes, write_fiche
from exports.stated import stated
from sources.files import atomic

DESCRIPTION = "snapshot.json"
MARTS, TEMPLATE, EDITS, DELIVERABLES = "marts", "template.docx", "edits.json", "deliverables"


class SnapshotError(ValueError):
    """A snapshot is not what was frozen; the message names the files."""


class Frozen(Struct, frozen=True):
    """What a snapshot says of itself; `facts_sha256` marks the facts before they are compared with a session before."""

    session_code: str
    version: int
    published_on: dt.date
    code_version: str
    facts_sha256: str
    inputs: Mapping[str, str]
    banner: str
    waivers: tuple[Waiver, ...]
    erratum_reason: str
    replaces: int
    previous: tuple[str, int] | None
    theme: str = NEUTRAL_THEME
    exchanges: tuple[Exchange, ...] = ()


def versions(snapshots: Path, session_code: str) -> tuple[int, ...]:
    """The published versions of a session, first to last."""
    folder = snapshots / session_code
    found = [path.name[1:] for path in folder.glob("v*") if path.is_dir()] if folder.is_dir() else []
    return tuple(sorted(int(number) for number in found if number.isdigit()))


def folder_of(snapshots: Path, session_code: str, version: int) -> Path:
    """Where a version is frozen."""
    return snapshots / session_code / f"v{version}"


def latest(snapshots: Path, session_code: str | None) -> tuple[str, int] | None:
    """The last published version of a session, None when it has none."""
    found = versions(snapshots, session_code) if session_code else ()
    return (session_code, found[-1]) if session_code and found else None


def freeze(folder: Path, frozen: Frozen, marts_path: Path, template: Path, edits: tuple[Edit, ...]) -> RenderedBytes:
    """Freeze a version in `folder`, that must not exist, and render it from what was frozen.

    FileExistsError when the version is already there; nothing is left behind by a failure.
    """
    if folder.exists():
        raise FileExistsError(f"{folder}: a published version is never overwritten")
    with atomic.written(folder, durable=True) as aside:
        write_folder(marts_path, aside / MARTS)
        shutil.copyfile(template, aside / TEMPLATE)
        save(aside / EDITS, edits)
        rendered = _rendered(aside, frozen, folder.parent.parent)
        (aside / DELIVERABLES).mkdir()
        for name, content in rendered.contents.items():
            (aside / DELIVERABLES / name).write_bytes(content)
        _describe(aside, frozen)
        for path in aside.rglob("*"):
            if path.is_file():
                path.chmod(0o440)  # only a new version can say otherwise
    return rendered


def rendered_again(folder: Path) -> RenderedBytes:
    """The deliverables anew, from the snapshot alone. SnapshotError when it is not as it was frozen."""
    verify(folder)
    return _rendered(folder, read(folder), folder.parent.parent)


def marts_of(folder: Path) -> SessionMarts:
    """The facts as they were published: the DNS's words laid over, arrows against the version published before."""
    return _facts(folder, read(folder), folder.parent.parent)


def verify(folder: Path) -> None:
    """SnapshotError naming every file that is missing, added or changed."""
    told: dict[str, str] = _description(folder)["files"]
    found = {path: _digest(folder / path) for path in _files(folder)}
    wrong = sorted(path for path in told.keys() | found.keys() if told.get(path) != found.get(path))
    if wrong:
        raise SnapshotError(f"{folder}: not as it was frozen: {', '.join(wrong)}")


def read(folder: Path) -> Frozen:
    """What a snapshot says of itself."""
    told = _description(folder)
    waivers = (Waiver(**{**row, "decided_on": dt.date.fromisoformat(row["decided_on"])}) for row in told["waivers"])
    previous = told["previous"]
    return Frozen(
        session_code=told["session"],
        version=told["version"],
        published_on=dt.date.fromisoformat(told["published_on"]),
        code_version=told["code_version"],
        facts_sha256=told["facts_sha256"],
        inputs=told["inputs"],
        banner=told["banner"],
        waivers=tuple(waivers),
        erratum_reason=told["erratum"],
        replaces=told["replaces"],
        previous=(previous["session"], previous["version"]) if previous else None,
        theme=told.get("theme", NEUTRAL_THEME),
        exchanges=convert(told.get("exchanges", ()), tuple[Exchange, ...]),
    )


def _description(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise SnapshotError(f"{folder}: not a snapshot ({error})") from error
    return told


def _describe(folder: Path, frozen: Frozen) -> None:
    facts = _facts(folder, frozen, folder.parent.parent)
    content = {
        "session": frozen.session_code,
        "version": frozen.version,
        "published_on": frozen.published_on.isoformat(),
        "code_version": frozen.code_version,
        "method_version": facts.method_version,
        "facts_sha256": frozen.facts_sha256,
        "data_sha256": facts.digest,
        "inputs": dict(frozen.inputs),
        "banner": frozen.banner,
        "waivers": [
            {
                "action_code": row.action_code,
                "reason": row.reason,
                "author_role": row.author_role,
                "decided_on": row.decided_on.isoformat(),
            }
            for row in frozen.waivers
        ],
        "theme": frozen.theme,
        "exchanges": to_builtins(frozen.exchanges),
        "erratum": frozen.erratum_reason,
        "replaces": frozen.replaces,
        "previous": {"session": frozen.previous[0], "version": frozen.previous[1]} if frozen.previous else None,
        "files": {path: _digest(folder / path) for path in _files(folder)},
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def _facts(folder: Path, frozen: Frozen, snapshots: Path) -> SessionMarts:
    previous = marts_of(folder_of(snapshots, *frozen.previous)) if frozen.previous is not None else None
    return stated(folder / MARTS, frozen.session_code, edits=load(folder / EDITS), previous=previous)


def fiche(folder: Path, action_code: str, out_dir: Path) -> Path:
    """The fiche of one action of a published session, from what was frozen. MartsError when there is no such action."""
    verify(folder)
    frozen = read(folder)
    stage = Release("published", frozen.version, frozen.banner, frozen.waivers)
    return write_fiche(marts_of(folder), stage, action_code, out_dir, folder / TEMPLATE)


def _rendered(folder: Path, frozen: Frozen, snapshots: Path) -> RenderedBytes:
    facts = _facts(folder, frozen, snapshots)
    erratum = None
    if frozen.replaces:
        replaced = marts_of(folder_of(snapshots, frozen.session_code, frozen.replaces))
        erratum = Erratum(frozen.erratum_reason, frozen.replaces, replaced, since(replaced, facts))
    stage = Release("published", frozen.version, frozen.banner, frozen.waivers, erratum, frozen.theme, frozen.exchanges)
    rendered = render_bytes(facts, stage, folder / TEMPLATE)
    origin = manifest.Origin(frozen.code_version, _digest(folder / TEMPLATE), frozen.inputs)
    told = manifest.build(facts, stage, origin, rendered.contents, rendered.warnings)
    return RenderedBytes({**rendered.contents, manifest.FILE_NAME: told}, rendered.warnings)


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path != DESCRIPTION)


def _digest(path: Path) -> str:
    return manifest.sha256(path.read_bytes())
