"""Texts the DNS rewrites in a draft, and notes it adds: taken back from the edited Word file, kept at the next render.

Every partner's text is in the report in a content control whose tag holds its key, the mark of the contribution it
was rendered from and that of the words that were printed. A control whose words are still those says nothing, so that
two people may work on two copies of one draft; any other words are an edit, the contribution's own take it back. A
paragraph, a table or a picture added under an action or a priority is the DNS's own; whatever else differs from what
was printed (`exports.word.draft`) is listed as not taken. The drafts that came back are kept by
the caller: `merged` makes of them the edits that count. A contribution that changed after its text was edited is told
at every render, and the edit stays until the DNS puts the partner's words back.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree
from msgspec import Struct
from msgspec.structs import asdict, replace

from exports.content import texts
from exports.content.release import STATE_LABELS
from exports.contradictions import contradictions
from exports.marts import Contribution, SessionMarts, TextEdit
from exports.packing import read_package
from exports.text_marks import ADDITION, NOTE_COLUMN, OBJECTIVE_COLUMN, PARAGRAPH_COLUMN, is_own, mark, own_key
from exports.word import draft, identity
from exports.word.xml import NAMESPACES, Element, name
from sources.command_line import command
from sources.files import atomic
from sources.french import typography as typo

#: how a line begins that says what was not taken of a draft
NOT_TAKEN = "Non repris : "


class EditsError(ValueError):
    """The file is no draft of the session; the message, in French, says what was expected."""


class Edit(Struct, frozen=True):
    """One edited text: its key (action/partner/column), the new words, the mark of the contribution they replace."""

    key: str
    text: str
    based_on: str

    @property
    def is_note(self) -> bool:
        """A text of the DNS's own rather than a partner's rewritten."""
        return is_own(self.key)


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
        document = etree.fromstring(parts[draft.DOCUMENT])
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
        again = command("report", "--session", found.session_code, "--state", "draft")
        raise EditsError(
            f"{path.name} est la version publiée de {found.session_code}, qui ne change plus → portez vos corrections "
            f"dans un brouillon (« {again} »), puis publiez un erratum"
        )
    edits, untouched, restored = _texts(document)
    printed = draft.texts_printed(parts)
    gone = [key for key in printed if key not in untouched and key not in {edit.key for edit in edits}]
    gone = [key for key in gone if key not in restored and ADDITION not in key]
    edits += [Edit(key, "", printed[key]) for key in gone]
    added, told = _differences(parts, {**untouched, **{edit.key: edit.text for edit in edits}})
    by_key = {edit.key: edit for edit in [*edits, *added]}
    aside = [
        f"{NOT_TAKEN}note de bas de page, en-tête ou pied de page : « {_quoted(words)} »"
        for words in draft.notes_changed(parts)
    ]
    return Returned(
        session_code=found.session_code,
        state=found.state,
        edits=tuple(by_key[key] for key in sorted(by_key)),
        untouched=tuple(untouched),
        restored=restored,
        warnings=(*told, *aside, *_comments(parts)),
    )


def _words(content: Element) -> str:
    """The words of a text, those of a table somebody put into it left out: that is an addition."""
    inner = (child for child in content.iter(name("w:p"), name("w:r")) if child.getparent() is content)
    return (
        "\n".join(draft.words_of(child) for child in inner)
        if content.find("w:tbl", NAMESPACES) is not None
        else (draft.words_of(content))
    )


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


def _differences(parts: Mapping[str, bytes], untouched: Mapping[str, str]) -> tuple[list[Edit], list[str]]:
    """Own texts that paragraphs, tables and pictures added under an action or a priority make; what is not taken."""
    body = draft.read(parts)
    found = draft.differences(parts, body)
    added_rows = Counter(row.unit.table for row in found if row.unit is not None and row.kind == "added")
    all_rows = Counter(unit.table for unit in body.units)
    whole = {table for table, count in added_rows.items() if table >= 0 and count == all_rows[table]}
    notes: dict[str, list[str]] = {}
    told: list[str] = []
    for row in found:
        if row.unit is not None and (row.unit.table in whole or row.unit.table in _ours(body)):
            continue
        if row.unit is not None and row.kind == "added" and row.unit.kind == "paragraph" and row.unit.subject:
            column = PARAGRAPH_COLUMN if row.unit.subject.startswith("P") else NOTE_COLUMN
            notes.setdefault(own_key(row.unit.subject, column), []).append(row.unit.words)
        else:
            told.append(_not_taken(row))
    edits = [_completed(key, lines, untouched) for key, lines in notes.items()]
    additions, refused = _additions(parts, body, whole)
    return [*edits, *additions], [*told, *refused]


def _ours(body: draft.Body) -> set[int]:
    """The tables the DNS inserted in an earlier draft: whatever they say now is taken whole."""
    return {item.table for item in body.additions if item.is_known}


def _completed(key: str, lines: list[str], untouched: Mapping[str, str]) -> Edit:
    """New words after those the draft already had."""
    before = untouched.get(key, "")
    return Edit(key, "\n".join([*([before] if before and before != texts.NOTHING_SAID else []), *lines]), mark(""))


def _not_taken(row: draft.Difference) -> str:
    place = f"sous « {row.place} »" if row.place else "avant le premier titre"
    if row.unit is None:
        return f"{NOT_TAKEN}passage supprimé {place} ; il sera imprimé de nouveau"
    what = {"row": "ligne de tableau", "heading": "titre"}.get(row.unit.kind, "paragraphe")
    if row.unit.kind == "paragraph" and row.kind == "added":
        return f"{NOT_TAKEN}{what} ajouté {place}, hors d’une action et d’une priorité : « {_quoted(row.unit.words)} »"
    ending = "e" if what.startswith("ligne") else ""
    done = f"ajouté{ending}" if row.kind == "added" else f"modifié{ending}"
    return f"{NOT_TAKEN}{what} {done} {place} : « {_quoted(row.unit.words)} » ; {_fix(row.unit)}"


def _fix(unit: draft.Unit) -> str:
    if unit.kind == "row":
        return "un chiffre, une date ou une situation se corrige chez le partenaire ou par une décision"
    return "ce texte vient du modèle Word ou des faits, non du brouillon"


def _quoted(words: str) -> str:
    return texts.shortened(words, 90)


def _additions(parts: Mapping[str, bytes], body: draft.Body, whole: set[int]) -> tuple[list[Edit], list[str]]:
    """Inserted tables and pictures, those of an earlier draft that are gone, and those that cannot be taken."""
    printed = {key for key in draft.texts_printed(parts) if ADDITION in key}
    edits: list[Edit] = []
    told: list[str] = []
    seen: set[str] = set()
    for item in body.additions:
        is_picture = bool(item.content)
        if not is_picture and item.table not in whole and not item.is_known:
            continue
        key = own_key(item.subject, f"{ADDITION}{item.mark}")
        seen.add(key)
        what = "image" if is_picture else "tableau"
        if key in printed:
            continue
        if not item.subject:
            told.append(f"{NOT_TAKEN}{what} hors d’une action et d’une priorité, sous « {item.place} »")
        elif is_picture and (item.extension not in _PICTURES or len(item.content) > draft.HEAVIEST):
            told.append(f"{NOT_TAKEN}image sous « {item.place} » : seuls PNG, JPEG et GIF de moins de 3 Mo sont repris")
        else:
            edits.append(Edit(key, json.dumps(addition_fields(item), ensure_ascii=False), mark("")))
    edits += [Edit(key, "", mark("")) for key in sorted(printed - seen)]
    return edits, told


_PICTURES = frozenset({"png", "jpeg", "jpg", "gif"})


def addition_fields(item: draft.Addition) -> dict[str, object]:
    """What is kept of an inserted table or picture."""
    names = ("after", "content", "extension", "alt", "width_cm", "height_cm") if item.content else ("after", "rows")
    return {field: getattr(item, field) for field in names}


def _comments(parts: Mapping[str, bytes]) -> Iterator[str]:
    """Each comment, with the words it is on: read by people, never printed."""
    if "word/comments.xml" not in parts:
        return
    document = etree.fromstring(parts[draft.DOCUMENT])
    on: dict[str, str] = {}
    for mark_ in document.iter(name("w:commentReference"), name("w:commentRangeStart")):
        paragraph = next(mark_.iterancestors(name("w:p")), None)
        paragraph = paragraph if paragraph is not None else mark_.getnext()
        on.setdefault(mark_.get(name("w:id")) or "", draft.words_of(paragraph) if paragraph is not None else "")
    for comment in etree.fromstring(parts["word/comments.xml"]).iterfind("w:comment", NAMESPACES):
        author = comment.get(name("w:author")) or "sans nom"
        said = draft.words_of(comment).strip()
        where = _quoted(on.get(comment.get(name("w:id")) or "", ""))
        yield f"{NOT_TAKEN}commentaire de {author} sur « {where} » : « {_quoted(said)} »"


def key_words(key: str) -> str:
    """A text's key as people say it: « 1-1, CNAM, Avancement »."""
    subject, _, rest = key.partition("/")
    partner, _, column = rest.rpartition("/")
    if is_own(key):
        said = OWN_WORDS.get(column, "tableau ou image")
        return f"priorité {int(subject[1:])}, {said}" if subject.startswith("P") else f"{subject}, {said} de la DNS"
    return f"{subject}, {partner}, {dict(texts.FIELDS).get(column, column)}"


OWN_WORDS = {NOTE_COLUMN: "note", OBJECTIVE_COLUMN: "objectif", PARAGRAPH_COLUMN: "paragraphe"}


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
            now = mark("")
            if edit.key.endswith(f"/{OBJECTIVE_COLUMN}"):
                now = mark(next((row.objective or "" for row in marts.actions if row.action_code == action), ""))
            told.append(TextEdit(edit.key, edit.text, now, is_stale=now != edit.based_on))
            continue
        place = _place_of(rows, action, partner)
        before = rows[place] if place is not None else None
        now = mark(getattr(before, column) or "") if before is not None else mark("")
        if place is None:
            rows.append(_orphan(marts, action, partner))
            place = len(rows) - 1
        rows[place] = replace(rows[place], **{column: edit.text})
        was = getattr(before, column) or "" if before is not None else ""
        told.append(TextEdit(edit.key, edit.text, now, now != edit.based_on, was))
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
    """What the DNS should look at again: texts whose contribution changed, numbers the tables contradict."""
    stale = (
        f"Texte revu ({key_words(row.key)}) : la contribution a changé depuis la révision"
        for row in marts.text_edits
        if row.is_stale
    )
    numbers = (
        f"Texte revu ({key_words(row.key)}) : « {row.said} » contredit le tableau, qui dit {row.known}"
        for row in contradictions(marts)
    )
    return tuple(typo.spaced(line) for line in (*stale, *numbers))
