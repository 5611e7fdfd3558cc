"""A priority: its summary, then one block per action, each on one page at most."""

from exports.content import ahead, changes, decisions, delays, facts, grounds, outlook, texts, trajectory
from exports.content.facts import words
from exports.marts import Action, ActionStatus, Commitment, Priority, SessionMarts
from exports.model import (
    Block,
    Bullets,
    Chart,
    Column,
    Editable,
    Group,
    Heading,
    Inline,
    Inlines,
    Paragraph,
    Section,
    Series,
    Table,
    Text,
    text_of,
)
from exports.text_marks import PARAGRAPH_COLUMN, mark, own_key
from sources.french import typography as typo
from sources.french.articles import by as by_partner


def section(marts: SessionMarts, priorities: tuple[Priority, ...]) -> Section:
    """The pages of one axis: its heading, then its priorities one after the other."""
    written: list[Block] = []
    for rank, priority in enumerate(priorities):
        opening = _opening(marts, priority)
        if not rank:
            axis = typo.spaced(f"Axe {priority.axis_number}. {priority.axis_label}")
            opening.insert(0, Heading(1, axis, f"axe-{priority.axis_number}"))
        written.append(Group(tuple(opening)))
        actions = marts.actions_of_priority(priority.priority_number)
        written += [Group(tuple(action_block(marts, action))) for action in actions]
    return Section(tuple(written))


def _opening(marts: SessionMarts, priority: Priority) -> list[Block]:
    title = typo.spaced(f"Priorité {priority.priority_number}. {priority.priority_title}")
    return [Heading(2, title, facts.priority_anchor(priority.priority_number)), *blocks(marts, priority)]


def blocks(marts: SessionMarts, priority: Priority) -> list[Block]:
    """A priority in one block: its paragraph, its measured targets, what holds its actions up, what is to decide."""
    written: list[Block] = [paragraph(marts, priority)]
    if (chart := share_chart(marts, priority)) is not None:
        written.append(chart)
    if held := obstacles(marts, priority):
        written += [Paragraph((Text("Freins"),), "label"), Bullets(tuple(held))]
    if asked := decisions.of_priority(marts, priority):
        told = tuple(decisions.printed(row, NAMED) for row in asked[:MOST_DECISIONS])
        written += [Paragraph((Text("À décider"),), "label"), Bullets(told)]
    return texts.with_additions(marts, _subject(priority), written)


#: decisions of one priority, and names in one of them
MOST_DECISIONS, NAMED = 3, 6
SIGNED = "La DNS"
WRITTEN = "En bref"


def _subject(priority: Priority) -> str:
    return f"P{priority.priority_number:02}"


def paragraph(marts: SessionMarts, priority: Priority) -> Editable:
    """The paragraph the DNS wrote in a draft and signs, else two sentences from the facts, for it to write over."""
    key = own_key(_subject(priority), PARAGRAPH_COLUMN)
    own = texts.own_of(marts, key)
    if own is not None and own.text:
        return Editable(key, SIGNED, own.text, based_on=own.based_on)
    return Editable(key, WRITTEN, text_of(summary(marts, priority)), based_on=mark(""))


def summary(marts: SessionMarts, priority: Priority) -> Inlines:
    """Two sentences: how far the priority's actions are, and what falls due next."""
    actions = marts.actions_of_priority(priority.priority_number)
    codes = {action.action_code for action in actions}
    groups = []
    for label in marts.labels_of("status"):
        rows = [row for row in marts.statuses if row.action_code in codes and row.final_status == label.code]
        named = [row.action_code for row in rows]
        if named:
            groups.append(f"{typo.joined(named)} {facts.standing(label.code, len(named))}")
    due = [row for row in ahead.due(marts) if row.action_code in codes]
    again = [row for row in ahead.due_again(marts) if row.action_code in codes]
    coming = f"Prochaine échéance : {_due(due)}." if due else ""
    if again:
        dated = typo.joined([_dated(row) for row in again])
        coming += f" Nouvelle date, l’échéance étant passée : {dated}."
    coming = coming.strip() or f"Aucune échéance {ahead.until(marts)[1]}."
    opening = f"Sur {typo.counted(len(actions), 'action')}, " if len(actions) > 1 else "Une seule action : "
    return (words(f"{opening}{' ; '.join(groups)}. {coming}"),)


def _dated(row: Commitment) -> str:
    day = row.revised_deadline
    return f"{row.commitment_id} ({typo.date(day, row.revised_precision)})" if day else row.commitment_id


def _due(rows: list[Commitment]) -> str:
    first = rows[0]
    when = typo.date(first.deadline, first.deadline_precision) if first.deadline else ""
    others = f", puis {typo.counted(len(rows) - 1, 'autre')}" if len(rows) > 1 else ""
    return f"{first.commitment_label} ({first.commitment_id}, {when}){others}"


def obstacles(marts: SessionMarts, priority: Priority) -> list[Inlines]:
    """What holds each action up, in its partners' words."""
    return [
        (facts.action_link(action), words(f" : {typo.sentence(held)}"))
        for action in marts.actions_of_priority(priority.priority_number)
        if (held := delays.obstacle(marts, action.action_code))
    ]


def share_chart(marts: SessionMarts, priority: Priority) -> Chart | None:
    """How much of each measured target is reached; None where none is measured."""
    codes = {action.action_code for action in marts.actions_of_priority(priority.priority_number)}
    rows = [row for row in marts.commitments if row.action_code in codes and row.share_of_target is not None]
    if not rows:
        return None
    told = ", ".join(f"{row.commitment_id} {typo.percent(row.share_of_target or 0, 0)}" for row in rows)
    return Chart(
        kind="bar",
        title=typo.spaced("Part de la cible atteinte, en %"),
        alt=typo.spaced(f"Barres : part de chaque cible mesurée : {told}. Mêmes parts dans les tableaux des actions."),
        categories=tuple(
            f"{row.commitment_id} {texts.shortened(typo.spaced(row.commitment_label), 44, keep_spaces=True)}"
            for row in rows
        ),
        series=(Series("Part de la cible", tuple(round(row.share_of_target or 0, 1) for row in rows)),),
        height_cm=1.1 + 0.5 * len(rows),
        least_end=100.0,
    )


def summary_table(marts: SessionMarts, priority: Priority) -> Table:
    """One row an action: code, title, lead, status; movement where there is a session to compare with."""
    compared = marts.session.previous_session_code is not None
    columns = [Column("Action", 8.6), Column("Pilote", 2.8), Column("Situation", 3.2)]
    if compared:
        columns.append(Column("Évolution", 2.4))
    rows = []
    for action in marts.actions_of_priority(priority.priority_number):
        row = marts.status_by_action[action.action_code]
        cells: list[Inlines] = [
            (facts.action_link(action, with_title=True),),
            (Text(action.lead_partner),),
            (facts.status(marts, row.final_status),),
        ]
        if compared:
            cells.append((Text(facts.movement(row)),))
        rows.append(tuple(cells))
    return Table(
        name=f"Priorite_{priority.priority_number}",
        caption=f"Actions de la priorité {priority.priority_number}",
        description="Une ligne par action : intitulé, pilote, situation"
        + (", évolution depuis la session précédente." if compared else "."),
        columns=tuple(columns),
        rows=tuple(rows),
    )


def action_block(marts: SessionMarts, action: Action) -> list[Block]:
    """Everything the report says of one action."""
    commitments = marts.commitments_of(action.action_code)
    title = f"{action.action_code}{typo.NBSP}{typo.spaced(action.action_title)}"
    written: list[Block] = [
        Heading(3, title, facts.action_anchor(action.action_code)),
        Paragraph((*status_line(marts, action), Text(" · "), *partners_line(marts, action)), "status"),
    ]
    written += texts.objective(marts, action)
    if commitments:
        written.append(commitment_table(marts, action, commitments))
        written += remarks(marts, commitments)
    if leaning := outlook.leaning(marts, action.action_code):
        written.append(Paragraph(leaning, "small"))
    written += trajectory.charts(marts, action.action_code)
    spoken = texts.blocks(marts, action.action_code)
    written += texts.dns_note(marts, action.action_code)
    written += spoken or texts.nothing_said(marts, action.action_code)
    return texts.with_additions(marts, action.action_code, written)


def status_line(marts: SessionMarts, action: Action) -> Inlines:
    """The action’s situation with its basis and reason, its movement, and the layers it was settled from."""
    row = marts.status_by_action[action.action_code]
    line: list[Inline] = [facts.status(marts, row.final_status)]
    if said := grounds.of_action(marts, row):
        line.append(words(f" {said}", "muted"))
    if row.previous_status is not None:
        line.append(Text(f" · {facts.movement_since(marts, row)}"))
    line += [*_decision(marts, row), *_layers(marts, row)]
    return tuple(line)


def _decision(marts: SessionMarts, row: ActionStatus) -> Inlines:
    """Who decided, when, why and against what; or that what was decided upon has changed."""
    if row.arbitrated_status:
        by = f" par {row.arbitrated_by}" if row.arbitrated_by else ""
        on = f", le {typo.date(row.arbitrated_on)}" if row.arbitrated_on else ""
        against = f" Écarté : {row.arbitration_overruled}." if row.arbitration_overruled else ""
        return (words(f" · Arbitré{by}{on} : {row.arbitration_reason or 'sans motif écrit'}.{against}"),)
    if row.is_asked_again:
        return (words(f" · L’arbitrage du {row.arbitrated_in} ne vaut plus : ce sur quoi il portait a changé."),)
    return ()


def _layers(marts: SessionMarts, row: ActionStatus) -> Inlines:
    """What was computed, read and declared, where one of them is not what is kept."""
    line: list[Inline] = []
    is_declared_apart = row.declared_status is not None and row.declared_status != row.computed_status
    if row.computed_status and (is_declared_apart or row.computed_status != row.final_status):
        line += [words(" · Calculé : "), facts.status(marts, row.computed_status)]
    if row.read_status and row.read_status not in {row.final_status, row.computed_status}:
        line += [words(" · Lu : "), facts.status(marts, row.read_status)]
    if is_declared_apart:
        by = {"progress_report": "Dit par le rapport publié"}.get(row.declared_source or "", "Déclaré")
        by += f" {by_partner(row.declared_by)}" if row.declared_by and row.declared_source != "progress_report" else ""
        line += [words(f" · {by} : "), facts.status(marts, row.declared_status)]
        if row.has_disagreement and not row.arbitrated_status:
            line.append(words(" (désaccord à lever)"))
    return tuple(line)


def partners_line(marts: SessionMarts, action: Action) -> Inlines:
    """The lead, then the contributors."""
    others = [row.partner_code for row in marts.action_partners if row.action_code == action.action_code]
    others = [code for code in others if code != action.lead_partner]
    line: list[Inline] = [words("Pilote : "), Text(action.lead_partner, "strong")]
    if others:
        line.append(
            words(f" · Contributeurs : {', '.join(others)}" if len(others) > 1 else f" · Contributeur : {others[0]}")
        )
    return tuple(line)


def commitment_table(marts: SessionMarts, action: Action, rows: tuple[Commitment, ...]) -> Table:
    """One row a commitment: what was promised, where it is, by when, how far, in which situation."""
    return Table(
        name=f"Engagements_{action.action_code}",
        caption=f"Engagements de l’action {action.action_code}",
        description="Une ligne par engagement : cible, réalisé, échéance et date reportée, taux d’avancement ou part "
        "de la cible, situation avec ce qui la fonde.",
        columns=(
            Column("Engagement", 4.6),
            Column("Cible", 2.7),
            Column("Réalisé", 2.9),
            Column("Échéance", 2.2),
            Column("Taux", 1.3, "right"),
            Column("Situation", 3.3),
        ),
        rows=tuple(_commitment_row(marts, row) for row in rows),
    )


def _commitment_row(marts: SessionMarts, row: Commitment) -> tuple[Inlines, ...]:
    return (
        (Text(f"{row.commitment_id}{typo.NBSP}", "muted"), words(row.commitment_label)),
        facts.target(row),
        _measured(marts, row),
        facts.due(row),
        facts.rate(row),
        grounds.situation(marts, row),
    )


def _measured(marts: SessionMarts, row: Commitment) -> Inlines:
    """The value with its source, then what it was at the session before."""
    note = facts.source_note(marts, row.actual_source_ref, row.actual_locator) if row.actual_value is not None else None
    now, before = facts.with_note(facts.aged(marts, row), note), changes.since_previous(marts, row)
    return (*now, words(" ; "), *before) if before else now


def remarks(marts: SessionMarts, rows: tuple[Commitment, ...]) -> list[Block]:
    """Under the table: figures of other KPIs, once for all they concern; then readings, decisions, proofs."""
    written: list[Block] = []
    contexts: dict[str, list[Commitment]] = {}
    for row in rows:
        if row.context_value is not None or (row.actual_value is None and row.context_note):
            contexts.setdefault(text_of(facts.context(marts, row)), []).append(row)
    for concerned in contexts.values():
        identifiers = typo.joined([row.commitment_id for row in concerned])
        said = facts.with_note(facts.context(marts, concerned[0]), facts.context_note(marts, concerned[0]))
        written.append(Paragraph((words(f"{identifiers} : "), *said), "small"))
    told = [(row.commitment_id, grounds.remarks(marts, row)) for row in rows]
    lines = [f"{identifier} : {' ; '.join(said)}" for identifier, said in told if said]
    return [*written, Paragraph((words(" · ".join(lines)),), "small")] if lines else written
