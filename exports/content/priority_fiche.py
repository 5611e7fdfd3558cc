"""One page on one priority, for a minister's file: how far it is, what holds it up, what comes, what to decide."""

from msgspec.structs import replace

from exports.content import decisions, deck, delays, priority, release, upcoming
from exports.content.facts import words
from exports.content.release import Release
from exports.marts import Commitment, Priority, SessionMarts
from exports.model import Block, Bullets, Document, Heading, Inlines, Link, Paragraph, Section, Table, Text
from sources.french import typography as typo

#: lines of each list, from the fullest form to the tersest, and whether the chart is there
ROOMS = ((8, True), (5, True), (5, False), (3, False), (1, False))
NAMED = 6


def code(number: int) -> str:
    """« P08 »: how a priority's fiche is asked for and named."""
    return f"P{number:02}"


def forms(marts: SessionMarts, stage: Release, row: Priority) -> tuple[Document, ...]:
    """The fiche, in its fullest form and its shorter ones: the first that holds on a page is written."""
    title = f"Fiche de la priorité {row.priority_number}"
    fields, properties = release.fields(marts, stage, title), release.properties(marts, title)
    return tuple(
        Document(
            properties, fields, (Section(tuple(_alone(block) for block in _blocks(marts, row, most, drawn=drawn))),)
        )
        for most, drawn in ROOMS
    )


def _blocks(marts: SessionMarts, row: Priority, most: int, *, drawn: bool) -> list[Block]:
    codes = {item.action_code for item in marts.actions_of_priority(row.priority_number)}
    own = replace(marts, commitments=tuple(item for item in marts.commitments if item.action_code in codes))
    session = marts.session
    place = (
        f"{release.PROGRAMME}. Axe {row.axis_number} : {row.axis_label}. Situation au {typo.date(session.cut_off)}, "
        f"pour la {release.session_name(marts)}."
    )
    written: list[Block] = [
        Heading(1, typo.spaced(f"Priorité {row.priority_number}. {row.priority_title}"), "fiche-priorite"),
        Paragraph((words(place),), "small"),
        Paragraph(priority.summary(marts, row), "lead"),
        deck.actions_table(marts, row),
        *(deck.charts(own)[:1] if drawn else ()),
    ]
    held = [
        (Text(f"{code} ", "strong"), words(f"{marts.action_by_code[code].action_title} : {cause}"))
        for code, cause in _causes(marts, codes)
    ]
    ahead = [_promise(item, when) for item, when in upcoming.listed(own) if when is not None]
    asked = [decisions.printed(item, NAMED) for item in decisions.of_priority(marts, row)]
    for title, anchor, items, none in (
        ("Ce qui retient", "fiche-freins", held, "Aucune action de cette priorité n’est en retard."),
        ("Ce qui vient", "fiche-a-venir", ahead, "Aucune échéance à venir."),
        ("Ce que la DNS doit décider", "fiche-decisions", asked, "Rien n’attend de décision."),
    ):
        written.append(Heading(2, title, anchor))
        written.append(Bullets(tuple(items[:most])) if items else Paragraph((words(none),)))
        if len(items) > most:
            more = typo.counted(len(items) - most, "autre")
            written.append(Paragraph((words(f"Et {more}, dans le rapport."),), "small"))
    return written


def _causes(marts: SessionMarts, codes: set[str]) -> list[tuple[str, str]]:
    late = [item for item in marts.statuses if item.action_code in codes and item.final_status == "late"]
    return [(item.action_code, delays.cause(marts, marts.action_by_code[item.action_code])) for item in late]


def _promise(row: Commitment, when: upcoming.Due) -> Inlines:
    return when.figure(row), words(f" : {row.commitment_id} {row.commitment_label}")


def _alone(block: Block) -> Block:
    """The same block without links: a fiche travels without the report they lead into."""
    match block:
        case Paragraph(inlines=inlines):
            return replace(block, inlines=_unlinked(inlines))
        case Bullets(items=items):
            return replace(block, items=tuple(_unlinked(item) for item in items))
        case Table(rows=rows):
            return replace(block, rows=tuple(tuple(_unlinked(cell) for cell in row) for row in rows))
    return block


def _unlinked(inlines: Inlines) -> Inlines:
    return tuple(Text(item.text) if isinstance(item, Link) else item for item in inlines)
