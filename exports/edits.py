"""Texts the DNS rewrites in a draft, and notes it adds: taken back from the edited Word file, kept at the next render.

Every partner's text stands in the report in a content control whose tag holds its key, the mark of the contribution it
was rendered from and that of the words that were printed. A control whose words are still those says nothing, so that
two people may work on two copies of one draft; any other words are an edit, the contribution's own take it back. A
paragraph in the style « Jalon note » within an action is a note on that action. The drafts that came back are kept by
the caller: `merged` makes of them the edits that count. A contribution that changed after its text was edited is told
at every render, and the edit stays until the DNS puts the partner's words back.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree
from msgspec import Struct
from msgspec.structs import asdict, replace

from exports.content import texts
from exports.content.release import STATE_LABELS
from exports.marts import Contribution, SessionMarts, TextEdit
from exports.packing import read_package
from exports.text_marks import NOTE_COLUMN, NOTE_PARTNER, mark, note_key
from exports.word import identity
from exports.word.styles import NOTE_STYLE
from exports.word.xml import NAMESPACES, Element, name
from sources.command_line import command
from sources.files import atomic
from sources.french import typography as typo

_ACTION_HEADING = re.compile(r"(\d+-\d+)\s")


class EditsError(ValueError):
    """The file is no draft of the session; the message, in French, says what was expected."""


class Edit(Struct, frozen=True):
    """One edited text: its key (action/partner/column), the new words, the mark of the contribution they replace."""

    key: str
    text: str
    based_on: str

    @property
    def is_note(self) -> bool:
        """A note of the DNS rather than a partner's text rewritten."""
        return self.key.endswith(f"/{NOTE_PARTNER}/{NOTE_COLUMN}")


class Returned(Struct, frozen=True):
    """What an edited draft holds: its session and state, its edits, warnings in French.

    `untouched` are the keys left as they were printed, `restored` those whose edit was taken back.
    """

    session_code: str
    state: str
    edits: tuple[Edit, ...]
    untouched: tuple[str, ...]
    restored: tuple[str, ...]
    warnings: tuple[str, ...]


def is_ours(path: Path) -> bool:
    """Whether a Word file is one that Jalon made, whoever saved it since."""
    try:
        return identity.identity_of(read_package(path)) is not None
    except Exception:  # whatever a broken file raises, it is none of ours
        return False


def read_draft(path: Path) -> Returned:
    """The edits of a draft. EditsError when the file is no draft of a session."""
    try:
        parts = read_package(path)
        found = identity.identity_of(parts)
        document = etree.fromstring(parts["word/document.xml"])
        styles = etree.fromstring(parts["word/styles.xml"])
    except (OSError, BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise EditsError(
            f"{path.name} n’est pas un document Word lisible → ouvrez-le dans Word, enregistrez-le au format .docx, "
            "puis déposez-le de nouveau"
        ) from error
    if found is None:
        raise EditsError(
            f"{path.name} n’est pas un rapport produit par Jalon, ou a perdu ce qui le fait reconnaître → "
            "reprenez vos corrections dans le dernier brouillon, sans les copier dans un autre document"
        )
    if found.state == STATE_LABELS["published"]:
        draft = command("report", "--session", found.session_code, "--state", "draft")
        raise EditsError(
            f"{path.name} est la version publiée de {found.session_code}, qui ne change plus → portez vos corrections "
            f"dans un brouillon (« {draft} »), puis publiez un erratum"
        )
    edits, untouched, restored = _texts(document)
    notes, warnings = _notes(document, styles)
    return Returned(
        found.session_code, found.state, _merged_notes(edits, notes, untouched), tuple(untouched), restored, warnings
    )


def _words(element: Element) -> str:
    """The text of an element as a reader sees it: deletions under review left out, breaks and tabs as such."""
    pieces: list[str] = []
    for node in element.iter(name("w:t"), name("w:br"), name("w:tab"), name("w:p")):
        if node.tag == name("w:t"):
            pieces.append(node.text or "")
        else:
            pieces.append("\t" if node.tag == name("w:tab") else "\n")
    return "".join(pieces)


def _texts(document: Element) -> tuple[list[Edit], dict[str, str], tuple[str, ...]]:
    """The texts edited, those left as they were printed with their words, those that are the partner's again."""
    found: dict[str, tuple[identity.Printed, list[str]]] = {}
    for control in document.iter(name("w:sdt")):
        named = identity.editable_of(control)
        content = control.find("w:sdtContent", NAMESPACES)
        if named is not None:
            words = _words(content) if content is not None else ""
            # LibreOffice makes a control of each paragraph of a text
            found.setdefault(named.key, (named, []))[1].append(words)
    edits: list[Edit] = []
    untouched: dict[str, str] = {}
    restored: list[str] = []
    for key, (named, pieces) in found.items():
        text = _kept("\n".join(pieces))
        if named.is_as_printed(mark(text)):
            untouched[key] = text
        elif mark(text) == named.based_on:
            restored.append(key)
        else:
            edits.append(Edit(key, text, named.based_on))
    return edits, untouched, tuple(restored)


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
        if style.lower().startswith("heading "):  # LibreOffice writes « Heading 3 »
            found = _ACTION_HEADING.match(words)
            action = found[1] if found else ""
        elif style == NOTE_STYLE and words and next(paragraph.iterancestors(name("w:sdt")), None) is None:
            if action:
                notes.setdefault(action, []).append(words)
            else:
                warnings.append(f"Note hors d’une action, laissée de côté : « {words[:80]} »")
    return notes, tuple(warnings)


def _merged_notes(edits: list[Edit], notes: Mapping[str, list[str]], untouched: Mapping[str, str]) -> tuple[Edit, ...]:
    """New notes after those the draft already had."""
    by_key = {edit.key: edit for edit in edits}
    for action, lines in notes.items():
        key = note_key(action)
        words = by_key[key].text if key in by_key else untouched.get(key, "")
        before = [words] if words else []
        by_key[key] = Edit(key, "\n".join([*before, *lines]), mark(""))
    return tuple(by_key[key] for key in sorted(by_key))


def key_words(key: str) -> str:
    """A text's key as people say it: « 1-1, CNAM, Avancement »."""
    action, _, rest = key.partition("/")
    partner, _, column = rest.rpartition("/")
    return f"{action}, {partner}, {dict(texts.FIELDS).get(column, column)}"


def merged(kept: Sequence[Edit], returned: Returned) -> tuple[Edit, ...]:
    """The edits to keep from now on: those of the draft, and the earlier ones it does not speak of."""
    settled = {edit.key for edit in returned.edits} | set(returned.restored)
    found = [edit for edit in kept if edit.key not in settled]
    found += [edit for edit in returned.edits if edit.text or not edit.is_note]
    return tuple(sorted(found, key=lambda edit: edit.key))


def load(path: Path) -> tuple[Edit, ...]:
    """The edits a snapshot keeps; none where there is no file."""
    if not path.is_file():
        return ()
    return tuple(Edit(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def save(path: Path, edits: Sequence[Edit]) -> None:
    """Keep the edits a session was published with."""
    rows = [asdict(edit) for edit in sorted(edits, key=lambda edit: edit.key)]
    content = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, content, durable=True)


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
        rows[place] = replace(rows[place], **{column: edit.text})
        told.append(TextEdit(edit.key, edit.text, now, is_stale=now != edit.based_on))
    return replace(marts, contributions=tuple(rows), text_edits=tuple(told))


def _place_of(rows: list[Contribution], action: str, partner: str) -> int | None:
    return next(
        (rank for rank, row in enumerate(rows) if (row.action_code, row.partner_code) == (action, partner)), None
    )


def _orphan(marts: SessionMarts, action: str, partner: str) -> Contribution:
    """A row for an edited text whose contribution is gone: what the DNS wrote is still printed."""
    nothing = dict.fromkeys(Contribution.__struct_fields__)
    said = {"session_code": marts.session.session_code, "action_code": action, "partner_code": partner}
    return Contribution(**{**nothing, **said, "source_kind": "edit"})  # type: ignore[arg-type]


def warnings(marts: SessionMarts) -> tuple[str, ...]:
    """What the DNS should look at again: edited texts whose contribution changed after they were edited."""
    return tuple(
        typo.spaced(f"Texte revu ({key_words(row.key)}) : la contribution a changé depuis la révision")
        for row in marts.text_edits
        if row.is_stale
    )
