"""The page a corrected version opens with: why it replaces the published one, what changed and what follows from it."""

from collections.abc import Callable

from msgspec.structs import replace

from exports.content import changes, facts, gaps, glance
from exports.content.facts import words
from exports.content.release import Erratum
from exports.marts import Commitment, SessionMarts
from exports.model import Block, Column, Heading, Inlines, Paragraph, Section, Table, Text, text_of

TITLE = "Erratum"
#: said of each commitment in the table of what follows, not among the changes
_SAID_OF_COMMITMENTS = frozenset({"commitment_achieved", "deadline_passed", "forecast_changed", "forecast_announced"})


def section(marts: SessionMarts, erratum: Erratum, version: int) -> Section:
    """The page."""
    opening, reason = said(erratum, version)
    blocks: list[Block] = [Heading(1, TITLE, "erratum"), Paragraph(opening, "lead"), Paragraph(reason)]
    found = tuple(row for row in erratum.changes if row.change_kind not in _SAID_OF_COMMITMENTS)
    told = changes.family_blocks(marts, found, level=2, prefix="erratum")
    if (followed := followed_table(marts, erratum, version)).rows:
        told += [Heading(2, "Ce qui en découle pour les engagements", "erratum-engagements"), followed]
    if (counted := counts_table(marts, erratum, version)).rows:
        told += [Heading(2, "Ce qui en découle pour le nombre d’actions par situation", "erratum-nombres"), counted]
    return Section((*blocks, *(told or [Paragraph((words("Aucun fait n’a changé : seuls les textes diffèrent."),))])))


def said(erratum: Erratum, version: int) -> tuple[Inlines, Inlines]:
    """Which version replaces which, and why."""
    opening = f"Cette version {version} remplace la version {erratum.replaces} publiée, qui reste archivée."
    return (words(opening),), (words("Motif : "), Text(erratum.reason))


def followed_table(marts: SessionMarts, erratum: Erratum, version: int) -> Table:
    """One row a thing printed of a commitment that is no longer printed as it was: value, rate, situation, date."""
    before = {row.commitment_id: row for row in erratum.replaced.commitments}
    aspects: tuple[tuple[str, Callable[[SessionMarts, Commitment], Inlines]], ...] = (
        ("Réalisé", lambda _, row: facts.actual(row)),
        ("Taux, ou part de la cible", lambda _, row: facts.rate(row)),
        ("Taux attendu", lambda _, row: facts.expected_rate(row)),
        ("Situation", lambda of, row: (facts.commitment_status(of, row.status),)),
        ("Nouvelle date, ou réussite", lambda _, row: facts.slipped_to(row)),
    )
    rows: list[tuple[Inlines, ...]] = []
    for now in marts.commitments:
        if (was := before.get(now.commitment_id)) is None:
            continue
        # its figures are those of the version replaced, and are looked for there
        was = replace(was, session_code=_version(marts, erratum.replaces))
        for title, printed in aspects:
            one, other = printed(erratum.replaced, was), printed(marts, now)
            if text_of(one) != text_of(other):
                rows.append((gaps.named(marts, now), (words(title),), one, other))
    return Table(
        name="Erratum_engagements",
        caption="Ce qui en découle pour les engagements",
        description="Une ligne par fait qui change : engagement, fait, ce que disait la version remplacée, ce que dit "
        "celle-ci.",
        columns=(Column("Engagement", 7.0), Column("Fait", 3.4), *_sides(erratum, version)),
        rows=tuple(rows),
        splittable=True,
    )


def counts_table(marts: SessionMarts, erratum: Erratum, version: int) -> Table:
    """One row a situation that no longer has the same number of actions."""
    rows: list[tuple[Inlines, ...]] = []
    for label in marts.labels_of("status"):
        one = _count(erratum.replaced, _version(marts, erratum.replaces), label.code)
        other = _count(marts, marts.session.session_code, label.code)
        if text_of(one) != text_of(other):
            rows.append(((facts.status(marts, label.code),), one, other))
    return Table(
        name="Erratum_nombres",
        caption="Ce qui en découle pour le nombre d’actions par situation",
        description="Une ligne par situation dont le nombre d’actions change : avant, après.",
        columns=(Column("Situation", 10.4), *_sides(erratum, version)),
        rows=tuple(rows),
    )


def _version(marts: SessionMarts, number: int) -> str:
    """Where the figures of a published version are: « CNS-12/v1 »."""
    return f"{marts.session.session_code}/v{number}"


def _sides(erratum: Erratum, version: int) -> tuple[Column, Column]:
    return Column(f"Version {erratum.replaces}", 3.3), Column(f"Version {version}", 3.3)


def _count(of: SessionMarts, where: str, status: str) -> Inlines:
    figure = glance.overview_figure(of, None, status)
    return (replace(figure, key=replace(figure.key, row=f"{where} / all / {status}")),)
