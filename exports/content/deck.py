"""The slides of a session: page one, what slipped, what lies ahead, then one slide a priority; shown in the room."""

from msgspec.structs import replace

from exports.content import (
    ahead,
    decisions,
    delays,
    facts,
    glance,
    page_one,
    panorama,
    priority,
    release,
    slips,
    successes,
    trajectory,
    upcoming,
)
from exports.content.facts import words
from exports.content.release import Release
from exports.marts import Priority, SessionMarts
from exports.model import Block, Bullets, Chart, Column, Deck, Inlines, Paragraph, Slide, Table, Text
from sources.french import typography as typo

TITLE = "Présentation"
#: how much a slide tells before the rest is left to the report
SUCCESSES, DECISIONS, NAMED, CAUSES = 12, 8, 6, 4


def build(marts: SessionMarts, stage: Release) -> Deck:
    """The deck of a session."""
    return Deck(
        release.properties(marts, TITLE),
        release.fields(marts, stage, "Feuille de route du numérique en santé"),
        _cover(marts, stage),
        (*_opening(marts), *(_priority(marts, row) for row in marts.priorities)),
    )


def _cover(marts: SessionMarts, stage: Release) -> tuple[Inlines, ...]:
    session = marts.session
    lines: list[Inlines] = [
        (words(f"État d’avancement pour la {release.session_name(marts)}, {typo.date(session.held_on)}"),),
        (words(f"Chiffres arrêtés au {release.cut_off(marts)}"),),
        (Text(f"{stage.state_label} – version {stage.version}", "strong"),),
        (*glance.coverage(marts), Text(".")),
    ]
    if stage.banner:
        lines.insert(0, (Text(stage.banner, "strong"),))
    return tuple(lines)


def _opening(marts: SessionMarts) -> tuple[Slide, ...]:
    late = page_one.late_actions(marts)
    headline = page_one.headline_rows(marts)
    asked = decisions.asked(marts)
    due = ahead.due(marts)
    covered = (*glance.coverage(marts), Text("."))
    written = [
        Slide(
            page_one.TITLE,
            (Paragraph(page_one.summing(marts)), Paragraph(covered), page_one.status_bar(marts)),
        ),
        Slide(successes.title(marts), page_one.succeeded(marts, SUCCESSES)),
        Slide(
            "Ce qui est en retard, pourquoi, et jusqu’à quand",
            (page_one.late_table(marts, late, 80),) if late else page_one.late(marts, 0, 80),
        ),
        Slide(ahead.TITLE, (Paragraph(ahead.sentence(marts)), *((ahead.table(marts, due),) if due else ()))),
    ]
    if headline:
        written.append(Slide("Cinq chiffres", (page_one.figures_table(marts, headline),)))
    items = tuple(decisions.printed(row, NAMED) for row in asked[:DECISIONS])
    none: Block = Paragraph((Text("Rien n’attend de décision."),))
    written.append(Slide("Ce que la DNS doit décider", (Bullets(items) if items else none,)))
    written.append(Slide(slips.TITLE, tuple(slips.blocks(marts)[1:])))
    return tuple(written)


def _priority(marts: SessionMarts, row: Priority) -> Slide:
    """How far its actions are, and its measured targets have come, what holds it up, what is to be decided."""
    title = typo.spaced(f"Priorité {row.priority_number}. {row.priority_title}")
    actions = marts.actions_of_priority(row.priority_number)
    late = [item for item in actions if marts.status_by_action[item.action_code].final_status == "late"]
    lines: list[Inlines] = [
        (Text(f"{item.action_code} en retard", "strong"), words(f" : {delays.cause(marts, item)}"))
        for item in late[:CAUSES]
    ]
    lines += [decisions.printed(item, NAMED) for item in decisions.of_priority(marts, row)[:2]]
    blocks: list[Block] = [Paragraph(priority.summary(marts, row))]
    if lines:
        blocks.append(Bullets(tuple(lines)))
    blocks.append(actions_table(marts, row))
    codes = {item.action_code for item in actions}
    blocks += charts(replace(marts, commitments=tuple(c for c in marts.commitments if c.action_code in codes)))
    return Slide(title, tuple(blocks), whole=True)


def actions_table(marts: SessionMarts, row: Priority) -> Table:
    """The priority's actions with the next date of each: what it has to keep first."""
    table = priority.summary_table(marts, row)
    dates: dict[str, Inlines] = {}
    for commitment, when in upcoming.listed(marts):
        if when is not None:
            dates.setdefault(commitment.action_code, (when.figure(commitment),))
    widths = {"Action": 7.4, "Pilote": 2.7, "Situation": 3.7, "Évolution": 3.0}
    columns = (replace(column, width=widths.get(column.title, column.width)) for column in table.columns)
    rows = zip(marts.actions_of_priority(row.priority_number), table.rows, strict=True)
    return replace(
        table,
        description=table.description.removesuffix(".") + ", prochaine échéance.",
        columns=(*columns, Column("Échéance", 2.4)),
        rows=tuple((*cells, dates.get(action.action_code, facts.NOTHING)) for action, cells in rows),
    )


def charts(marts: SessionMarts) -> list[Chart]:
    """The rates of the priority's measured targets; the path of one where nothing has a rate."""
    rates = panorama.rate_chart(marts)
    if rates is None:
        codes = dict.fromkeys(row.action_code for row in marts.commitments)
        return [chart for code in codes for chart in trajectory.charts(marts, code)][:1]
    said = rates.alt.replace("dans le bloc de chaque action", "dans le rapport")
    return [replace(rates, title="Chemin fait et chemin attendu le jour de la mesure", alt=said)]
