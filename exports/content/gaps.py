"""What is missing, what is not comparable, what disagrees: said by name, partner by partner."""

from msgspec.structs import replace

from exports.content import facts, grounds
from exports.content.facts import words
from exports.content.release import Release, Waiver
from exports.marts import Commitment, Completeness, Conflict, SessionMarts
from exports.model import Block, Bullets, Column, Figure, Heading, Inlines, Key, Paragraph, Section, Table, Text
from sources.french import typography as typo

#: the verdict on a gap that qualifiers and rounding explain
COMPATIBLE = "compatible"
CORRECTED = "corrected"
#: commitments of which nothing says where they stand
SILENT = frozenset({"not_reported", "unconfirmed"})
#: reasons of a commitment on which nothing usable was stated: the others have a figure that gives no verdict
_SAID_NOTHING = frozenset({"no_observation", "unproven", "no_target", "nothing_new", None})


def section(marts: SessionMarts, stage: Release) -> Section:
    """The whole chapter."""
    return Section(
        (
            Heading(1, "Ce qui manque ou n’est pas comparable", "manques"),
            Heading(2, "Par partenaire", "manques-par-partenaire"),
            Paragraph(
                (
                    words(
                        "Le pilote d’une action répond de ses engagements : "
                        "un engagement sans mesure ni état est compté à son nom. "
                        "Une absence n’est jamais lue comme un zéro, ni comme un succès. "
                        "Ce qui a été reconstitué d’un rapport publié est compté à part : personne ne l’a envoyé."
                    ),
                )
            ),
            partner_table(marts),
            *_waived(marts, stage),
            Heading(2, "Désaccords et contradictions", "desaccords"),
            *_disagreements(marts),
            Heading(2, "Valeurs qui attendent une décision", "attend-decision"),
            *_waiting(marts),
            Heading(2, "Valeurs non comparables à leur cible", "non-comparables"),
            *_incomparable(marts),
            *_without_start(marts),
            *_unproven(marts),
        )
    )


def _waived(marts: SessionMarts, stage: Release) -> tuple[Block, ...]:
    """The missing contributions the DNS accepted, each with its reason."""
    if not stage.waivers:
        return ()
    numbers = tuple(row for row in stage.waivers if "=" in row.action_code)
    return (
        *_accepted(
            marts, "Contributions manquantes acceptées :", tuple(row for row in stage.waivers if row not in numbers)
        ),
        *_accepted(marts, "Chiffres de textes revus acceptés, que le tableau ne dit pas :", numbers),
    )


def _accepted(marts: SessionMarts, opening: str, waivers: tuple[Waiver, ...]) -> tuple[Block, ...]:
    items: list[Inlines] = []
    for row in waivers:
        action = marts.action_by_code.get(row.action_code)
        named: Inlines = (facts.action_link(action, with_title=True),) if action else (Text(row.action_code),)
        items.append((*named, words(f" : {row.reason} ({row.author_role}, {typo.date(row.decided_on)})")))
    return (Paragraph((words(opening),)), Bullets(tuple(items))) if items else ()


def missing_of(marts: SessionMarts, partner_code: str) -> list[Commitment]:
    """Commitments of the actions a partner leads on which nothing usable was stated, those not comparable apart."""
    led = {action.action_code for action in marts.actions if action.lead_partner == partner_code}
    return [
        row
        for row in marts.commitments
        if row.action_code in led and row.status in SILENT and row.reason in _SAID_NOTHING
    ]


def incomparable(marts: SessionMarts) -> list[Commitment]:
    """Commitments whose only values measure something else, and give no verdict."""
    return [row for row in marts.commitments if row.reason == "not_comparable" and row.actual_value is None]


def waiting(marts: SessionMarts) -> list[Commitment]:
    """Commitments whose only value waits for the DNS to say what it is to the target."""
    return [row for row in marts.commitments if row.reason == "waits_for_decision"]


def without_verdict(marts: SessionMarts) -> list[Commitment]:
    """Commitments that have a comparable measure and no verdict: no start, too early, too old."""
    reasons = {"no_baseline", "too_early", "too_old", "degenerate_target", "approximate"}
    return [row for row in marts.commitments if row.status in SILENT and row.reason in reasons]


def partner_table(marts: SessionMarts) -> Table:
    """One row a partner of whom something is expected or missing."""
    rows = []
    for row in marts.completeness:
        missing = missing_of(marts, row.partner_code)
        if row.expected or missing:
            rows.append(_partner_row(marts, row, missing))
    return Table(
        name="Manques_par_partenaire",
        caption="Ce qui manque, par partenaire",
        description="Une ligne par partenaire : contributions attendues, reçues, reconstituées d’un rapport publié, "
        "manquantes, engagements sans réponse.",
        columns=(
            Column("Partenaire", 2.8),
            Column("Attendues", 2.0, "right"),
            Column("Reçues", 1.6, "right"),
            Column("Reconstituées", 2.7, "right"),
            Column("Manquantes", 2.3, "right"),
            Column("Engagements sans mesure ni état", 5.6),
        ),
        rows=tuple(rows),
        splittable=True,
    )


def _partner_row(marts: SessionMarts, row: Completeness, missing: list[Commitment]) -> tuple[Inlines, ...]:
    def key(column: str) -> Key:
        return Key(row.TABLE, f"{row.session_code} / {row.partner_code}", column)

    return (
        (Text(row.partner_code, "strong"),),
        facts.count(row.expected, key("expected")),
        facts.count(row.received, key("received")),
        facts.count(row.reconstituted or 0, key("reconstituted")),
        facts.count(row.missing, key("missing")),
        commitment_links(marts, missing),
    )


def commitment_links(marts: SessionMarts, rows: list[Commitment]) -> Inlines:
    """The commitments' identifiers, each leading to its action."""
    if not rows:
        return (Text("aucun", "muted"),)
    groups: list[Inlines] = []
    for row in rows:
        link = facts.action_link(marts.action_by_code[row.action_code])
        groups.append((facts.retold(link, row.commitment_id),))
    return facts.separated(groups)


def unanswered(marts: SessionMarts) -> list[Commitment]:
    """Commitments whose deadline has passed and on which nothing is stated."""
    return [row for row in marts.commitments if row.status == "unconfirmed"]


def unproven(marts: SessionMarts) -> list[Commitment]:
    """Commitments declared reached with neither a date nor a proof: not counted as reached."""
    return [row for row in marts.commitments if row.reason == "unproven"]


def _unproven(marts: SessionMarts) -> tuple[Block, ...]:
    rows = unproven(marts)
    if not rows:
        return ()
    items: tuple[Inlines, ...] = tuple(
        (
            *named(marts, row),
            Text(f" ({marts.action_by_code[row.action_code].lead_partner})"),
        )
        for row in rows
    )
    said = "Une date ou une preuve est attendue du pilote ; d’ici là, ces jalons ne comptent pas comme atteints."
    return (
        Heading(2, "Déclarés atteints, sans date ni preuve", "sans-preuve"),
        Paragraph((words(said),)),
        Bullets(items),
    )


def named(marts: SessionMarts, row: Commitment) -> Inlines:
    """A commitment by its identifier, that leads to its action, and its label."""
    link = facts.action_link(marts.action_by_code[row.action_code])
    return facts.retold(link, row.commitment_id), words(f" {row.commitment_label}")


def _waiting(marts: SessionMarts) -> tuple[Block, ...]:
    rows = waiting(marts)
    if not rows:
        return (Paragraph((Text("Aucune."),)),)
    said = "La DNS doit dire si chacune répond à la cible ; d’ici là, aucune ne donne de verdict."
    return Paragraph((words(said),)), _known_table(marts, rows, "Attend_decision", "Valeurs qui attendent une décision")


def _without_start(marts: SessionMarts) -> tuple[Block, ...]:
    """Measures that give no verdict, each with its reason and its share of the target."""
    rows = without_verdict(marts)
    if not rows:
        return ()
    items: tuple[Inlines, ...] = tuple(
        (
            *named(marts, row),
            words(" : "),
            *facts.aged(marts, row),
            words(" ; "),
            *facts.rate(row),
            words(f" ({grounds.reason(marts, row.reason)})"),
        )
        for row in rows
    )
    said = "La mesure est celle de la cible, mais rien ne permet d’en tirer un verdict :"
    return Heading(2, "Mesures sans verdict", "sans-verdict"), Paragraph((words(said),)), Bullets(items)


def _incomparable(marts: SessionMarts) -> tuple[Block, ...]:
    rows = incomparable(marts)
    if not rows:
        return (Paragraph((Text("Aucune."),)),)
    return (_known_table(marts, rows, "Non_comparables", "Valeurs non comparables à leur cible"),)


def _known_table(marts: SessionMarts, rows: list[Commitment], name: str, caption: str) -> Table:
    return Table(
        name=name,
        caption=caption,
        description="Une ligne par engagement : la cible, et la valeur connue, avec ce qui l’en distingue.",
        columns=(
            Column("Engagement", 4.6),
            Column("Cible", 2.6),
            Column("Ce qui est connu, et pourquoi aucun taux n’en est tiré", 9.8),
        ),
        rows=tuple(
            (
                named(marts, row),
                facts.target(row),
                facts.with_note(facts.context(marts, row), facts.context_note(marts, row)),
            )
            for row in rows
        ),
        splittable=True,
    )


def _disagreements(marts: SessionMarts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    flagged = [row for row in marts.statuses if row.has_disagreement]
    if flagged:
        said = (
            "Ce que dit le pilote est meilleur que ce qui est constaté, ou nettement moins bon. "
            "Sa déclaration est gardée ; elle ne compte que si elle n’est pas meilleure que les faits :"
        )
        blocks.append(Paragraph((words(said),)))
        blocks.append(
            Table(
                name="Desaccords",
                caption="Désaccords entre déclaré et calculé",
                description="Une ligne par action : situation calculée, déclarée, retenue.",
                columns=(Column("Action", 8), Column("Calculé", 3), Column("Déclaré", 3), Column("Retenu", 3)),
                rows=tuple(
                    (
                        (facts.action_link(marts.action_by_code[row.action_code], with_title=True),),
                        (facts.status(marts, row.computed_status),),
                        (facts.status(marts, row.declared_status),),
                        (facts.status(marts, row.final_status),),
                    )
                    for row in flagged
                ),
                splittable=True,
            )
        )
    open_ones = [row for row in marts.conflicts if not row.is_settled]
    if opposed := [row for row in open_ones if row.verdict not in {COMPATIBLE, CORRECTED}]:
        said = "Des sources se contredisent pour un même indicateur et une même période :"
        blocks += [Paragraph((words(said),)), conflict_table(marts, opposed)]
    if corrected := [row for row in open_ones if row.verdict == CORRECTED]:
        said = "Le pilote a corrigé un chiffre depuis sa publication ; sa valeur, la première, est retenue :"
        table = replace(conflict_table(marts, corrected), name="Chiffres_corriges", caption="Chiffres corrigés")
        blocks += [Paragraph((words(said),)), table]
    if settled := [row for row in marts.conflicts if row.is_settled]:
        said = "Des sources différaient ; la DNS a tranché :"
        table = replace(conflict_table(marts, settled), name="Contradictions_tranchees", caption="Écarts tranchés")
        blocks += [Paragraph((words(said),)), table]
    if alike := [row for row in open_ones if row.verdict == COMPATIBLE]:
        blocks.append(Paragraph(_alike(marts, alike)))
    return tuple(blocks) or (Paragraph((Text("Aucun."),)),)


def _alike(marts: SessionMarts, rows: list[Conflict]) -> Inlines:
    """The pairs of sources whose gap is explained, by indicator: listed, since they were checked, in one sentence."""
    groups: list[Inlines] = []
    for kpi_id in dict.fromkeys(row.kpi_id for row in rows):
        kpi = marts.kpi_by_id.get(kpi_id)
        action = marts.action_by_code.get((kpi.action_code if kpi else None) or "")
        named: Inlines = (words(kpi.label if kpi else kpi_id),)
        groups.append((*named, Text(" ("), facts.action_link(action), Text(")")) if action else named)
    opening = f"Écart expliqué par un arrondi ou une approximation, pour {typo.counted(len(groups), 'indicateur')} : "
    return words(opening), *facts.separated(groups), words(" ; le détail est dans le classeur, feuille Écarts.")


def conflict_table(marts: SessionMarts, conflicts: list[Conflict]) -> Table:
    """One row a pair of sources that differ."""
    rows: list[tuple[Inlines, ...]] = []
    for row in conflicts:
        kpi = marts.kpi_by_id.get(row.kpi_id)
        unit = kpi.unit if kpi else None
        where = f"{row.kpi_id} / {row.period_end.isoformat()}"
        rows.append(
            (
                (
                    words(kpi.label if kpi else row.kpi_id),
                    Text(f" ({kpi.action_code})" if kpi and kpi.action_code else ""),
                ),
                facts.day(row.period_end, Key(row.TABLE, where, "period_end")),
                _claim((row.value_a, row.qualifier_a), unit, row.source_a, Key(row.TABLE, where, "value_a")),
                _claim((row.value_b, row.qualifier_b), unit, row.source_b, Key(row.TABLE, where, "value_b")),
                (words(verdict(marts, row)),),
            )
        )
    return Table(
        name="Contradictions",
        caption="Sources qui diffèrent",
        description="Une ligne par couple de sources : indicateur, période, ce que dit chacune, verdict.",
        columns=(
            Column("Indicateur", 4.2),
            Column("Période", 1.9),
            Column("Une source", 4.3),
            Column("Une autre", 4.3),
            Column("Verdict", 2.3),
        ),
        rows=tuple(rows),
        splittable=True,
    )


def verdict(marts: SessionMarts, row: Conflict) -> str:
    """Compatible, contradictory; or what the DNS kept, who decided and when."""
    if not row.is_settled:
        return marts.label("conflict_verdict", row.verdict)
    kpi = marts.kpi_by_id.get(row.kpi_id)
    kept = (
        f", {typo.quantity(row.resolved_value, kpi.unit if kpi else None)} retenu"
        if row.resolved_value is not None
        else ""
    )
    by = ", ".join(part for part in (row.resolved_by, typo.date(row.resolved_on) if row.resolved_on else "") if part)
    return f"{marts.label('conflict_verdict', 'settled')}{kept}" + (f" ({by})" if by else "")


def _claim(said: tuple[float, str | None], unit: str | None, source: str, key: Key) -> Inlines:
    value, qualifier = said
    form = "percent" if unit == "%" else "number"
    return Figure(typo.quantity(value, unit, qualifier), value, key, form), Text(f" ({source})", "muted")
