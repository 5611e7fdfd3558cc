"""Texts the DNS rewrites in a draft, and notes it adds: taken back from the edited Word file, kept at the next render.

Every partner's text stands in the report in a content control whose tag holds its key and the mark of the contribution
it was rendered from. A control whose words no longer bear that mark was edited. A paragraph in the style « Jalon note »
within an action is a note on that action. Edits live in one JSON file a session, which the caller places; a
contribution that changed after its text was edited is told at every render, and the edit stays until the DNS drops it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree

from exports import files
from exports.marts import Contribution, SessionMarts, TextEdit
from exports.packing import read_package
from exports.text_marks import NOTE_COLUMN, NOTE_PARTNER, mark, note_key
from exports.word.styles import EDITABLE_PREFIX, NOTE_STYLE, TAG_PREFIX
from exports.word.xml import NAMESPACES, Element, name

_ACTION_HEADING = re.compile(r"(\d+-\d+)\s")


class EditsError(ValueError):
    """The file is no draft of the session; the message, in French, says what was expected."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edited text: its key (action/partner/column), the new words, the mark of the contribution they replace."""

    key: str
    text: str
    based_on: str

    @property
    def is_note(self) -> bool:
        """A note of the DNS rather than a partner's text rewritten."""
        return self.key.endswith(f"/{NOTE_PARTNER}/{NOTE_COLUMN}")


@dataclass(frozen=True, slots=True)
class Returned:
    """What an edited draft holds: its edits, the keys left or put back as they came, and warnings in French."""

    edits: tuple[Edit, ...]
    untouched: tuple[str, ...]
    warnings: tuple[str, ...]


def read_draft(path: Path, session_code: str) -> Returned:
    """The edits of a draft of this session. EditsError when the file is something else."""
    try:
        parts = read_package(path)
        document = etree.fromstring(parts["word/document.xml"])
        styles = etree.fromstring(parts["word/styles.xml"])
    except (OSError, BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise EditsError(f"{path.name} n’est pas un document Word lisible ({error}).") from error
    found = _session_of(parts)
    if found != session_code:
        told = f"c’est un rapport de {found}" if found else "ce n’est pas un rapport produit par Jalon"
        raise EditsError(f"{path.name} : un brouillon de {session_code} était attendu, {told}.")
    edits, untouched = _texts(document)
    notes, warnings = _notes(document, styles)
    return Returned(_merged_notes(edits, notes), untouched, warnings)


def _session_of(parts: dict[str, bytes]) -> str | None:
    for part, content in sorted(parts.items()):
        if part.startswith(("word/document", "word/header", "word/footer")) and part.endswith(".xml"):
            for control in etree.fromstring(content).iter(name("w:sdt")):
                if _tag(control) == f"{TAG_PREFIX}session_code":
                    return _words(control).strip()
    return None


def _tag(control: Element) -> str:
    tag = control.find("w:sdtPr/w:tag", NAMESPACES)
    return (tag.get(name("w:val")) if tag is not None else None) or ""


def _words(element: Element) -> str:
    """The text of an element as a reader sees it: deletions under review left out, breaks and tabs as such."""
    pieces: list[str] = []
    for node in element.iter(name("w:t"), name("w:br"), name("w:tab"), name("w:p")):
        if node.tag == name("w:t"):
            pieces.append(node.text or "")
        else:
            pieces.append("\t" if node.tag == name("w:tab") else "\n")
    return "".join(pieces)


def _texts(document: Element) -> tuple[list[Edit], tuple[str, ...]]:
    edits: list[Edit] = []
    untouched: list[str] = []
    for control in document.iter(name("w:sdt")):
        tag = _tag(control)
        if not tag.startswith(EDITABLE_PREFIX):
            continue
        key, _, based_on = tag.removeprefix(EDITABLE_PREFIX).rpartition("#")
        content = control.find("w:sdtContent", NAMESPACES)
        text = _kept(_words(content)) if content is not None else ""
        if mark(text) == based_on:
            untouched.append(key)
        else:
            edits.append(Edit(key, text, based_on))
    return edits, tuple(untouched)


def _kept(text: str) -> str:
    """The words as they are kept: one paragraph a line, no empty line."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _notes(document: Element, styles: Element) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    names = {
        style.get(name("w:styleId")): (style.find("w:name", NAMESPACES).get(name("w:val")) or "")  # type: ignore[union-attr]
        for style in styles.iterfind("w:style", NAMESPACES)
        if style.find("w:name", NAMESPACES) is not None
    }
    notes: dict[str, list[str]] = {}
    warnings: list[str] = []
    action = ""
    for paragraph in document.iter(name("w:p")):
        named = paragraph.find("w:pPr/w:pStyle", NAMESPACES)
        style = names.get(named.get(name("w:val")) if named is not None else None, "")
        words = _words(paragraph).strip()
        if style.startswith("heading "):
            found = _ACTION_HEADING.match(words)
            action = found[1] if found else ""
        elif style == NOTE_STYLE and words and next(paragraph.iterancestors(name("w:sdt")), None) is None:
            if action:
                notes.setdefault(action, []).append(words)
            else:
                warnings.append(f"Note hors d’une action, laissée de côté : « {words[:80]} »")
    return notes, tuple(warnings)


def _merged_notes(edits: list[Edit], notes: dict[str, list[str]]) -> tuple[Edit, ...]:
    """New notes after those the draft already had."""
    by_key = {edit.key: edit for edit in edits}
    for action, lines in notes.items():
        key = note_key(action)
        before = [by_key[key].text] if key in by_key else []
        by_key[key] = Edit(key, "\n".join([*before, *lines]), mark(""))
    return tuple(by_key[key] for key in sorted(by_key))


def merged(kept: Sequence[Edit], returned: Returned) -> tuple[Edit, ...]:
    """The edits to keep from now on: those of the draft, and the earlier ones it does not speak of."""
    settled = {edit.key for edit in returned.edits} | set(returned.untouched)
    found = [edit for edit in kept if edit.key not in settled]
    found += [edit for edit in returned.edits if edit.text or not edit.is_note]
    return tuple(sorted(found, key=lambda edit: edit.key))


def load(path: Path) -> tuple[Edit, ...]:
    """The kept edits of a session; none where there is no file yet."""
    if not path.is_file():
        return ()
    return tuple(Edit(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def save(path: Path, edits: Sequence[Edit]) -> None:
    """Keep the edits of a session."""
    rows = [asdict(edit) for edit in sorted(edits, key=lambda edit: edit.key)]
    content = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    files.write_all(path.parent, {path.name: content.encode()})


def take_back(draft: Path, store: Path, session_code: str) -> Returned:
    """Read an edited draft and keep what the DNS wrote. EditsError leaves the store as it was."""
    returned = read_draft(draft, session_code)
    save(store, merged(load(store), returned))
    return returned


def applied(marts: SessionMarts, edits: Sequence[Edit]) -> SessionMarts:
    """The same facts with the DNS's words in place of the partners', so that every deliverable prints them."""
    rows = list(marts.contributions)
    told: list[TextEdit] = []
    for edit in sorted(edits, key=lambda edit: edit.key):
        action, partner, column = edit.key.split("/", 2)[0], *edit.key.split("/", 1)[1].rsplit("/", 1)
        if edit.is_note:
            told.append(TextEdit(edit.key, edit.text, mark(""), is_stale=False))
            continue
        place = _place_of(rows, action, partner)
        now = mark(getattr(rows[place], column) or "") if place is not None else mark("")
        if place is None:
            rows.append(_orphan(marts, action, partner))
            place = len(rows) - 1
        rows[place] = replace(rows[place], **{column: edit.text})  # type: ignore[arg-type]
        told.append(TextEdit(edit.key, edit.text, now, is_stale=now != edit.based_on))
    return replace(marts, contributions=tuple(rows), text_edits=tuple(told))


def _place_of(rows: list[Contribution], action: str, partner: str) -> int | None:
    return next(
        (rank for rank, row in enumerate(rows) if (row.action_code, row.partner_code) == (action, partner)), None
    )


def _orphan(marts: SessionMarts, action: str, partner: str) -> Contribution:
    """A row for an edited text whose contribution is gone: what the DNS wrote is still printed."""
    nothing = dict.fromkeys(Contribution.__slots__)
    said = {"session_code": marts.session.session_code, "action_code": action, "partner_code": partner}
    return Contribution(**{**nothing, **said, "source_kind": "edit"})  # type: ignore[arg-type]


def warnings(marts: SessionMarts) -> tuple[str, ...]:
    """What the DNS should look at again: edited texts whose contribution changed after they were edited."""
    return tuple(
        f"Texte revu {row.key.replace('/', ', ')} : la contribution a changé depuis la révision"
        for row in marts.text_edits
        if row.is_stale
    )
