"""The sheet of territories: what each indicator is known to be in each."""

from exports.content import territories
from exports.content.facts import words
from exports.content.sheets.fields import Field, apart, number, plain, sheet_link, table
from exports.content.territories import LEVELS, Known
from exports.marts import SessionMarts, Territory, TerritoryProgress
from exports.model import Inlines, Key, Sheet, Text

Row = tuple[Known, Territory, TerritoryProgress]


def sheet(marts: SessionMarts) -> Sheet | None:
    """One row an indicator and territory; None where nothing was sent."""
    found = territories.known(marts)
    if not found:
        return None
    names = {row.territory_code: row.territory_label for row in marts.territories}

    def rate(column: str) -> "Field[Row]":
        def cell(row: Row) -> Inlines:
            key = Key(row[2].TABLE, f"{row[2].session_code} / {row[2].kpi_id} / {row[2].territory_code}", column)
            return number(getattr(row[2], column), key, "percent")

        return Field("Taux" if column == "progress_rate" else "Taux attendu", 12, cell, "right")

    fields: list[Field[Row]] = [
        Field("Indicateur", 14, lambda row: sheet_link(row[0].kpi.kpi_id, "Indicateurs", row[0].kpi.kpi_id)),
        Field("Libellé", 46, lambda row: (Text(row[0].kpi.label),)),
        Field("Niveau", 16, lambda row: (Text(LEVELS[row[0].level].capitalize()),)),
        Field("Code", 8, lambda row: (Text(row[1].territory_code[1:]),)),
        Field("Territoire", 26, lambda row: (Text(row[1].territory_label),)),
        Field("Valeur", 15, lambda row: apart(territories.value(row[2], row[0].kpi.unit)), "right"),
        Field("Unité", 16, lambda row: plain(row[0].kpi.unit)),
        Field("Précision", 12, lambda row: plain(marts.label("qualifier", row[2].qualifier))),
        Field("Période", 16, lambda row: territories.period(row[2]), "right"),
        Field("Situation", 18, lambda row: territories.status(marts, row[2])),
        rate("progress_rate"),
        rate("expected_rate"),
        Field("Région", 26, lambda row: plain(names.get(row[1].parent_code or "") if row[0].level != "region" else "")),
        Field("Territoires connus", 12, lambda row: plain(row[0].coverage)),
        Field("Engagement", 12, lambda row: plain(row[2].commitment_id)),
    ]
    rows: list[Row] = [(item, *pair) for item in found for pair in item.rows]
    return Sheet(
        name="Territoires",
        title="Territoires",
        intro=(
            (words("Dernière valeur connue de chaque territoire, de moins d’un an à la date d’arrêt."),),
            (words("Une cible n’est comparée à un territoire que si elle est une part : un total ne l’est pas."),),
            (words("L’ensemble des territoires est comparé à la valeur nationale dans la feuille Écarts."),),
        ),
        tables=(table("Territoires", "Territoires", "Une ligne par indicateur et territoire.", fields, rows),),
        printed_columns=10,
    )
