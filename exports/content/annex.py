"""The annexes: the sources, then every figure with its period, its source and the place where it was read."""

from collections.abc import Container
from itertools import groupby

from exports.content import facts, grounds
from exports.content.facts import words
from exports.marts import Commitment, Observation, SessionMarts
from exports.model import Block, Column, Heading, Inlines, Key, Paragraph, Section, Table, Text
from sources.french import typography as typo

SOURCES_ANCHOR = "sources"
SOURCES_INTRO = (
    "Chaque fichier reçu est archivé sous son empreinte SHA-256, dont voici le début ; "
    "elle est entière dans le classeur."
)
DATA_INTRO = (
    "Toutes les mesures retenues à la date d’arrêt, par action puis par indicateur, "
    "de la plus ancienne à la plus récente."
)


def sources(marts: SessionMarts) -> Section:
    """Every received file, then every reading."""
    return Section(
        (
            Heading(1, "Annexe. Sources", SOURCES_ANCHOR),
            Paragraph((words(SOURCES_INTRO),)),
            source_table(marts, digest_length=12),
            *readings(marts),
        )
    )


def source_table(marts: SessionMarts, *, digest_length: int = 64, only: Container[str] | None = None) -> Table:
    """One row a source; `only` keeps those of these references."""
    return Table(
        name="Sources",
        caption="Sources",
        description="Une ligne par fichier reçu : ce que c’est, nom du fichier, date d’arrêt, empreinte.",
        columns=(Column("Source", 7.0), Column("Fichier", 4.8), Column("Arrêté au", 2.8), Column("Empreinte", 2.4)),
        rows=tuple(
            (
                (facts.words(f"[{rank}] "), *facts.source_entry(row)),
                (Text(row.file_name),),
                facts.day(row.as_of, Key(row.TABLE, row.source_ref, "as_of")),
                (Text(row.sha256[:digest_length]),),
            )
            for rank, row in enumerate(facts.known_sources(marts), start=1)
            if only is None or row.source_ref in only
        ),
        splittable=True,
    )


def readings(marts: SessionMarts) -> tuple[Block, ...]:
    """What was read in published texts: by text and reader, one row a situation; nothing where nothing was."""
    written: list[Block] = []
    by_reading = sorted(grounds.readings(marts), key=_reading)
    for rank, (_, found) in enumerate(groupby(by_reading, key=_reading)):
        rows = list(found)
        written += [Paragraph((words(_read_where(rows[0])),)), _readings_table(marts, rows, rank)]
    return (Heading(1, "Annexe. Lectures", "lectures"), *written) if written else ()


def _reading(row: Commitment) -> tuple[str, str, str]:
    return row.read_document or "", row.read_by or "", typo.date(row.read_on) if row.read_on else ""


def _read_where(row: Commitment) -> str:
    """« État d’avancement publié, 17 décembre 2024 ; lu par : Équipe Jalon, 17 décembre 2024. »."""
    document, *by = _reading(row)
    reader = ", ".join(part for part in by if part)
    return f"{document or 'Texte non précisé'}{f' ; lu par : {reader}' if reader else ''}."


def _readings_table(marts: SessionMarts, rows: list[Commitment], rank: int) -> Table:
    said = [row.read_status or row.status for row in rows]
    codes = [label.code for label in marts.labels_of("status") if label.code in said]
    return Table(
        name=f"Lectures_{rank + 1}",
        caption="Lectures",
        description="Une ligne par situation lue : les engagements, chacun avec l’endroit du texte.",
        columns=(Column("Lu", 3.2), Column("Engagements, et endroit du texte", 13.8)),
        rows=tuple(
            (
                (facts.commitment_status(marts, code),),
                facts.separated(
                    [_read_at(marts, row) for row, read in zip(rows, said, strict=True) if read == code],
                    f"{typo.NBSP}; ",
                ),
            )
            for code in codes
        ),
        splittable=True,
    )


def _read_at(marts: SessionMarts, row: Commitment) -> Inlines:
    link = facts.retold(facts.action_link(marts.action_by_code[row.action_code]), row.commitment_id)
    return link, words(f" ({row.read_place})" if row.read_place else "")


def data(marts: SessionMarts) -> Section:
    """Every current figure known at the cut-off."""
    return Section(
        (
            Heading(1, "Annexe. Données", "donnees"),
            Paragraph((words(DATA_INTRO),)),
            data_table(marts),
        ),
        flowing=True,
    )


#: what is stated about a measure, in every list of measures
MEASURE_COLUMNS = (
    Column("Indicateur", 6.7),
    Column("Période", 2.75),
    Column("Valeur", 3.25, "right"),
    Column("Source, endroit", 2.9),
)


def data_table(marts: SessionMarts) -> Table:
    """One row an observation."""
    rows: list[tuple[Inlines, ...]] = []
    for kpi in marts.kpis:
        action = marts.action_by_code.get(kpi.action_code or "")
        named: Inlines = (facts.action_link(action),) if action else facts.NOTHING
        rows += [(named, *measure(marts, row)) for row in marts.observations if row.kpi_id == kpi.kpi_id]
    return Table(
        name="Donnees",
        caption="Données",
        description="Une ligne par mesure : action, indicateur, période, valeur, source, emplacement.",
        columns=(Column("Action", 1.4), *MEASURE_COLUMNS),
        rows=tuple(rows),
        splittable=True,
    )


def measure(marts: SessionMarts, row: Observation) -> tuple[Inlines, ...]:
    """A measure as every list of measures says it: indicator, period, value, where it was read and in which words."""
    kpi = marts.kpi_by_id[row.kpi_id]
    return (
        (words(kpi.label),),
        facts.period(row),
        facts.observed(row, kpi.unit),
        facts.read_at(marts, row, is_short=True),
    )


def glossary(marts: SessionMarts) -> Table:
    """One row an acronym."""
    return Table(
        name="Glossaire",
        caption="Glossaire",
        description="Une ligne par sigle et sa signification.",
        columns=(Column("Sigle", 3), Column("Signification", 14)),
        rows=tuple(((Text(row.acronym, "strong"),), (words(row.meaning),)) for row in marts.glossary),
        splittable=True,
    )
