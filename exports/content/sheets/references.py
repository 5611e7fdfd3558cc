"""The sheets that explain: method, thresholds, glossary, sources."""

from msgspec.structs import replace

from exports.content import annex, facts, method
from exports.content.facts import words
from exports.marts import SessionMarts
from exports.model import Sheet, Table


def method_sheet(marts: SessionMarts) -> Sheet:
    """Statuses, thresholds, rules, glossary."""

    def widened(made: Table, *widths: float) -> Table:
        columns = tuple(replace(column, width=width) for column, width in zip(made.columns, widths, strict=True))
        return replace(made, columns=columns)

    tables = [
        widened(method.status_table(marts), 24, 110),
        widened(method.vocabulary_table(marts), 24, 40, 110),
        widened(method.threshold_table(marts), 24, 110, 16),
    ]
    if marts.glossary:
        tables.append(widened(annex.glossary(marts), 24, 110))
    return Sheet(
        name="Méthode",
        title="Méthode",
        intro=tuple((words(rule),) for rule in method.RULES),
        tables=tuple(tables),
    )


def sources(marts: SessionMarts) -> Sheet:
    """One row a source, with its whole checksum."""
    written = annex.source_table(marts)
    widths = (50.0, 44.0, 14.0, 68.0)
    columns = tuple(replace(column, width=width) for column, width in zip(written.columns, widths, strict=True))
    return Sheet(
        name="Sources",
        title="Sources",
        intro=((words("Chaque fichier reçu est archivé sous son empreinte SHA-256."),),),
        tables=(replace(written, columns=columns),),
        anchors={row.source_ref: rank for rank, row in enumerate(facts.known_sources(marts))},
    )
