"""The partners' words on an action, cut to the page, and whole in an annex where they are too long.

A block holds at most one page: what does not fit is continued in « Textes complets », nothing is lost.
"""

import base64
import json
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from exports.content import facts, trajectory
from exports.marts import Action, Contribution, SessionMarts, TextEdit
from exports.model import Block, Column, Editable, Heading, Inlines, Link, Paragraph, Picture, Section, Table, Text
from exports.text_marks import ADDED_TABLE, ADDITION, OBJECTIVE_COLUMN, mark, note_key, own_key, text_key
from sources.french import typography as typo
from sources.workbook.schema import load_schema

#: characters of partners' words that a page without table or chart has room for, and what each of those takes from it
PAGE_BUDGET, COMMITMENT_COST, CHART_COST, LABEL_COST = 4200, 440, 1150, 150
LEAST_BUDGET = 500
#: a line of a narrow paragraph, so that twenty short lines do not pass for a short text
CHARACTERS_PER_LINE = 95

#: more texts than this are linked together, to the annex's heading
MOST_LINKED = 12
#: how the caption of a table the DNS inserted begins, by which a draft knows it again
NOTE_LABEL = "Note de la DNS"
NOTHING_SAID = "Aucun texte reçu pour cette session."
EDITED = "texte revu par la DNS"
STALE_WARNING = "À vérifier\u00a0: ce texte reprend celui de la session précédente, ou annonce une date déjà passée."
ANNEX_ANCHOR = "textes-complets"

#: the texts of the workbook's sheet of actions, in its order, each with its header
FIELDS = tuple(
    (column.key, column.header) for column in load_schema().sheet("contribution").inputs if column.type == "text"
)


class Said(Struct, frozen=True):
    """One text of one partner on one action."""

    row: Contribution
    column: str
    label: str
    text: str
    original: str | None = None

    @property
    def key(self) -> str:
        """How an edited text is found again from one render to the next."""
        return text_key(self.row.action_code, self.row.partner_code, self.column)

    @property
    def based_on(self) -> str:
        """The mark of the contribution the text comes from, before any edit."""
        return self.original if self.original is not None else mark(self.text)

    @property
    def size(self) -> int:
        """Characters, each line counted as a full one, and its label."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        return LABEL_COST + sum(max(len(line), CHARACTERS_PER_LINE) for line in lines)


def said_of(marts: SessionMarts, action_code: str) -> list[Said]:
    """Every text on an action, lead first, in the order they are printed."""
    found = []
    lead = marts.action_by_code[action_code].lead_partner
    edited = {row.key: row.based_on for row in marts.text_edits}
    for row in marts.contributions_of(action_code):
        for column, label in FIELDS:
            text = (getattr(row, column) or "").strip()
            if text:
                whose = "" if row.partner_code == lead else f" ({row.partner_code})"
                said = Said(row, column, label + whose, text)
                found.append(replace(said, original=edited.get(said.key)))
    return found


def dns_note(marts: SessionMarts, action_code: str) -> list[Editable]:
    """The DNS's own note on an action, where it wrote one."""
    note = note_of(marts, action_code)
    return [Editable(note.key, NOTE_LABEL, note.text, based_on=note.based_on, role="note")] if note else []


def own_of(marts: SessionMarts, key: str) -> TextEdit | None:
    """A text of the DNS's own, None where it wrote none."""
    return next((row for row in marts.text_edits if row.key == key), None)


def objective_text(marts: SessionMarts, action: Action) -> str:
    """The action's objective, as the DNS words it, else as the roadmap does; empty where neither does."""
    own = own_of(marts, own_key(action.action_code, OBJECTIVE_COLUMN))
    return own.text if own else facts.words(action.objective or "").text


def objective(marts: SessionMarts, action: Action) -> list[Editable]:
    """The action's objective as a text that can be edited; nothing where there is none."""
    key = own_key(action.action_code, OBJECTIVE_COLUMN)
    said, text = own_of(marts, key), objective_text(marts, action)
    return [Editable(key, "", text, based_on=said.based_on if said else mark(action.objective or ""))] if text else []


def nothing_said(marts: SessionMarts, action_code: str) -> list[Editable]:
    """That no text was received: typed over, it is the DNS's note."""
    if note_of(marts, action_code):
        return []
    return [Editable(note_key(action_code), "", NOTHING_SAID, based_on=mark(NOTHING_SAID))]


def with_additions(marts: SessionMarts, subject: str, blocks: list[Block]) -> list[Block]:
    """Blocks with the tables and pictures the DNS inserted, each after the text it was put behind."""
    written = list(blocks)
    for row in marts.text_edits:
        if row.text and row.key.startswith(own_key(subject, ADDITION)):
            said = json.loads(row.text)
            places = [
                rank for rank, item in enumerate(written) if isinstance(item, Editable) and item.key == said["after"]
            ]
            written.insert(places[-1] + 1 if places else len(written), _addition(row.key, said))
    return written


def _addition(key: str, said: dict[str, Any]) -> Block:
    if "content" in said:
        extension = "jpeg" if said["extension"] == "jpg" else said["extension"]
        content = base64.b64decode(said["content"])
        return Picture(
            content, extension, said["alt"] or "Image ajoutée par la DNS", said["width_cm"], said["height_cm"]
        )
    width = max(len(row) for row in said["rows"])
    rows = tuple(tuple((Text(cell),) for cell in [*row, *[""] * (width - len(row))]) for row in said["rows"])
    return Table(
        name=f"Ajout_{key.rpartition('-')[2]}",
        caption=f"{ADDED_TABLE} de la DNS",
        description="Tableau que la DNS a inséré dans un brouillon.",
        columns=tuple(Column(cell[0].text, 1.0) for cell in rows[0]),
        rows=rows[1:],
    )


def note_of(marts: SessionMarts, action_code: str) -> TextEdit | None:
    """The note the DNS wrote on an action, None where there is none."""
    key = note_key(action_code)
    return next((row for row in marts.text_edits if row.key == key and row.text), None)


class Share(Struct, frozen=True):
    """How an action's texts share its block: whole ones, then one that is cut, then those only linked."""

    whole: tuple[Said, ...]
    cut: Said | None
    linked: tuple[Said, ...]
    room: int

    @property
    def in_annex(self) -> tuple[Said, ...]:
        """The texts whose whole is in the annex."""
        return ((self.cut,) if self.cut else ()) + self.linked


def budget(marts: SessionMarts, action_code: str) -> int:
    """How many characters an action's block has room for beside its table and its charts."""
    taken = COMMITMENT_COST * len(marts.commitments_of(action_code))
    taken += CHART_COST * len(trajectory.charts(marts, action_code))
    taken += sum(LABEL_COST + len(row.text) for row in marts.text_edits if row.key == note_key(action_code))
    return max(PAGE_BUDGET - taken, LEAST_BUDGET)


def share(marts: SessionMarts, action_code: str) -> Share:
    """Texts in order while the block has room; the first that does not fit is cut, the others wait in the annex."""
    everything = said_of(marts, action_code)
    room = budget(marts, action_code)
    for rank, said in enumerate(everything):
        if said.size > room:
            return Share(tuple(everything[:rank]), said, tuple(everything[rank + 1 :]), max(room, CHARACTERS_PER_LINE))
        room -= said.size
    return Share(tuple(everything), None, (), room)


def whole(marts: SessionMarts, action_code: str) -> list[Block]:
    """Every text of an action, none cut: for a document with room."""
    return _printed(marts, Share(tuple(said_of(marts, action_code)), None, (), 0))


def blocks(marts: SessionMarts, action_code: str) -> list[Block]:
    """The texts of an action's block, cut where the page has no room."""
    return _printed(marts, share(marts, action_code))


def _printed(marts: SessionMarts, shared: Share) -> list[Block]:
    printed: list[Block] = []
    cited: Contribution | None = None
    for said in shared.whole:
        source = _source(marts, said) if said.row is not cited or said.original is not None else ()
        cited = said.row
        printed.append(Editable(said.key, said.label, said.text, source, said.based_on))
        if said.row.is_stale_text and said.column == "progress_text":
            printed.append(Paragraph((facts.words(STALE_WARNING),), "small"))
    if shared.cut is not None:
        opening = facts.words(shortened(shared.cut.text, shared.room) + " ")
        printed.append(Paragraph((Text(shared.cut.label),), "label"))
        link = Link("Lire la suite en annexe", f"#{anchor(shared.cut)}")
        printed.append(Paragraph((opening, link, *_source(marts, shared.cut))))
    if len(shared.linked) > MOST_LINKED:
        count = typo.counted(len(shared.linked), "autre texte")
        printed.append(Paragraph((Link(f"{count} en annexe", f"#{ANNEX_ANCHOR}"), Text("."))))
    elif shared.linked:
        links = facts.separated([(Link(said.label, f"#{anchor(said)}"),) for said in shared.linked])
        printed.append(Paragraph((facts.words("Autres textes, en annexe : "), *links, Text("."))))
    return printed


def _source(marts: SessionMarts, said: Said) -> Inlines:
    """The number of a text's source, and that the DNS rewrote it where it did."""
    number = facts.contribution_note(marts, said.row)
    cited: Inlines = (Text(typo.NBSP), number, Text(typo.NBSP)) if number else ()
    return cited if said.original is None else (*cited, facts.words(f" ({EDITED})", "muted"))


def shortened(text: str, length: int, *, keep_spaces: bool = False) -> str:
    """The beginning of a text, cut between words, on one line; no-break spaces stay where `keep_spaces` asks."""
    flat = " ".join(text.split(" ") if keep_spaces else text.split())
    if len(flat) <= length:
        return flat
    return flat[:length].rsplit(" ", 1)[0].rstrip(",;:. \u00a0") + " […]"


def anchor(said: Said) -> str:
    """Where a whole text is."""
    return f"texte-{said.key}"


def full_texts(marts: SessionMarts) -> Section | None:
    """The annex of whole texts; None when every text fits in its block."""
    cut = [said for action in marts.actions for said in share(marts, action.action_code).in_annex]
    if not cut:
        return None
    written: list[Block] = [Heading(1, "Annexe. Textes complets", ANNEX_ANCHOR)]
    for said in cut:
        action = marts.action_by_code[said.row.action_code]
        whose = "" if said.row.partner_code != action.lead_partner else f" ({said.row.partner_code})"
        title = f"{action.action_code}{typo.NBSP}{said.label}{whose}"
        written.append(Heading(2, title, anchor(said)))
        written.append(Editable(said.key, "", said.text, _source(marts, said), said.based_on))
    return Section(tuple(written))
