"""The partners' words on an action, cut to the page, and whole in an annex where they are too long.

A block holds at most one page: what does not fit is continued in « Textes complets », nothing is lost.
"""

from dataclasses import dataclass

from exports import typography as typo
from exports.content import facts
from exports.marts import Contribution, SessionMarts
from exports.model import Block, Editable, Heading, Link, Paragraph, Section, Text

#: characters of partners' words a block has room for, beside its table and its chart
BLOCK_BUDGET = 2600
#: a line of a narrow paragraph, so that twenty short lines do not pass for a short text
CHARACTERS_PER_LINE = 95

FIELDS = (
    ("progress_text", "Avancement"),
    ("next_steps", "Prochaines étapes"),
    ("risks", "Risques et freins"),
    ("support_needed", "Appui demandé"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One text of one partner on one action."""

    row: Contribution
    column: str
    label: str
    text: str

    @property
    def key(self) -> str:
        """How an edited text is found again from one render to the next."""
        return f"{self.row.action_code}/{self.row.partner_code}/{self.column}"

    @property
    def size(self) -> int:
        """Characters, each line counted as a full one."""
        return sum(max(len(line), CHARACTERS_PER_LINE) for line in self.text.splitlines() if line.strip())


def said_of(marts: SessionMarts, action_code: str) -> list[Said]:
    """Every text on an action, lead first, in the order they are printed."""
    found = []
    lead = marts.action_by_code[action_code].lead_partner
    for row in marts.contributions_of(action_code):
        for column, label in FIELDS:
            text = (getattr(row, column) or "").strip()
            if text:
                whose = "" if row.partner_code == lead else f" ({row.partner_code})"
                found.append(Said(row, column, label + whose, text))
    return found


def blocks(marts: SessionMarts, action_code: str) -> list[Block]:
    """The texts of an action's block: whole while the page has room, then cut with a link to the rest."""
    printed: list[Block] = []
    room = BLOCK_BUDGET
    cited: Contribution | None = None
    for said in said_of(marts, action_code):
        note = facts.contribution_note(marts, said.row) if said.row is not cited else None
        cited = said.row
        if said.size <= room:
            printed.append(Editable(said.key, said.label, said.text, note))
        else:
            printed.append(Paragraph((Text(said.label, "strong"),), "label"))
            shown = shortened(said.text, max(room, CHARACTERS_PER_LINE))
            printed.append(
                Paragraph(
                    facts.with_note((Text(shown + " "), Link("Lire la suite en annexe", f"#{anchor(said)}")), note)
                )
            )
        room = max(0, room - said.size)
    return printed


def overflowing(marts: SessionMarts, action_code: str) -> list[Said]:
    """The texts of an action that its block cuts."""
    room = BLOCK_BUDGET
    cut = []
    for said in said_of(marts, action_code):
        if said.size > room:
            cut.append(said)
        room = max(0, room - said.size)
    return cut


def shortened(text: str, length: int) -> str:
    """The beginning of a text, cut between words, on one line."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    return flat[:length].rsplit(" ", 1)[0].rstrip(",;:.") + " […]"


def anchor(said: Said) -> str:
    """Where a whole text stands."""
    return f"texte-{said.key}"


def full_texts(marts: SessionMarts) -> Section | None:
    """The annex of whole texts; None when every text fits in its block."""
    cut = [said for action in marts.actions for said in overflowing(marts, action.action_code)]
    if not cut:
        return None
    written: list[Block] = [Heading(1, "Annexe. Textes complets", "textes-complets")]
    for said in cut:
        action = marts.action_by_code[said.row.action_code]
        title = f"{action.action_code}{typo.NBSP}{said.label}, {said.row.partner_code}"
        written.append(Heading(2, title, anchor(said)))
        written.append(Editable(said.key, "", said.text, facts.contribution_note(marts, said.row)))
    return Section(tuple(written))
