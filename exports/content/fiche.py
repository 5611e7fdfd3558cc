"""One action on its own, for whoever speaks of it: everything the report says of it, and every figure behind it."""

from exports.content import annex, changes, outlook, priority, release, territories, texts, trajectory
from exports.content.facts import words
from exports.content.release import Release
from exports.marts import Action, Observation, SessionMarts
from exports.model import Block, Column, Document, Heading, Paragraph, Section, Table, Text
from sources.french import typography as typo


def build(marts: SessionMarts, stage: Release, action_code: str) -> Document:
    """The fiche of an action. KeyError when the roadmap has no such action."""
    action = marts.action_by_code[action_code]
    blocks: list[Block] = [
        Heading(1, f"{action.action_code}{typo.NBSP}{typo.spaced(action.action_title)}", "fiche"),
        Paragraph(priority.status_line(marts, action), "status"),
        Paragraph(priority.partners_line(marts, action), "meta"),
        Paragraph((words(_place(action)),), "small"),
    ]
    blocks += [Paragraph((words(said.text),), "lead") for said in texts.objective(marts, action)]
    commitments = marts.commitments_of(action_code)
    if commitments:
        blocks += [Heading(2, "Engagements", "fiche-engagements")]
        blocks += [
            priority.commitment_table(marts, action, commitments),
            *priority.remarks(marts, commitments),
            *trajectory.charts(marts, action_code),
            *outlook.blocks(marts, action_code),
        ]
    blocks += territories.blocks(marts, action_code)
    blocks += outlook.dependencies(marts, action_code)
    blocks += [Heading(2, "Ce que disent les partenaires", "fiche-textes"), *_texts(marts, action_code)]
    blocks += _news(marts, action_code)
    blocks += _figures(marts, action_code)
    blocks += _sources(marts, action_code)
    title = f"Fiche de l’action {action_code}"
    return Document(release.properties(marts, title), release.fields(marts, stage, title), (Section(tuple(blocks)),))


def _place(action: Action) -> str:
    return (
        f"Axe {action.axis_number} : {action.axis_label}. Priorité {action.priority_number} : {action.priority_title}."
    )


def _texts(marts: SessionMarts, action_code: str) -> list[Block]:
    return [*texts.dns_note(marts, action_code), *texts.whole(marts, action_code)] or [
        Paragraph((Text("Aucun texte reçu pour cette session.", "muted"),))
    ]


def _news(marts: SessionMarts, action_code: str) -> list[Block]:
    rows = [row for row in marts.changes if row.action_code == action_code]
    if not rows:
        return []
    table = Table(
        name="Fiche_changements",
        caption=changes.TITLE,
        description="Une ligne par changement : nature, avant, après.",
        columns=(Column("Nature", 6), Column("Avant", 5.5), Column("Après", 5.5)),
        rows=tuple(((changes.kind(marts, row),), *changes.sides(marts, row)) for row in rows),
        splittable=True,
    )
    return [Heading(2, changes.TITLE, "fiche-changements"), table]


def _figures(marts: SessionMarts, action_code: str) -> list[Block]:
    rows = _measures(marts, action_code)
    if not rows:
        return []
    table = Table(
        name="Fiche_mesures",
        caption="Mesures",
        description="Une ligne par mesure : indicateur, période, valeur, source, emplacement, texte d’origine.",
        columns=annex.MEASURE_COLUMNS,
        rows=tuple(annex.measure(marts, row) for row in rows),
        splittable=True,
    )
    return [Heading(2, "Mesures", "fiche-mesures"), table]


def _measures(marts: SessionMarts, action_code: str) -> list[Observation]:
    kpis = [kpi.kpi_id for kpi in marts.kpis if kpi.action_code == action_code]
    return [row for kpi_id in kpis for row in marts.observations_of(kpi_id)]


def _sources(marts: SessionMarts, action_code: str) -> list[Block]:
    """The sources the fiche cites: what its source numbers lead to."""
    commitments = marts.commitments_of(action_code)
    compared = [row for item in commitments for row in marts.observations_of(item.context_kpi_id or "")]
    cited = {row.source_ref or "" for row in marts.contributions_of(action_code)}
    cited |= {row.source_ref or "" for row in (*_measures(marts, action_code), *compared)}
    cited |= {row.actual_source_ref or "" for row in commitments}
    table = annex.source_table(marts, digest_length=12, only=cited)
    return [Heading(2, "Sources", "fiche-sources"), table] if table.rows else []
