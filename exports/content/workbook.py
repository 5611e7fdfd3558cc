"""The dashboard workbook: its sheets, in the order the DNS reads them."""

from exports.content import release
from exports.content.release import Release
from exports.content.sheets import corrected, decisions, deviations, territories
from exports.content.sheets.actions import actions
from exports.content.sheets.ahead import ahead
from exports.content.sheets.changed import changed
from exports.content.sheets.commitments import commitments
from exports.content.sheets.contributions import contributions, received_texts
from exports.content.sheets.kpis import history, kpis
from exports.content.sheets.references import method_sheet, sources
from exports.content.sheets.summary import summary
from exports.marts import SessionMarts
from exports.model import Workbook

TITLE = "Tableau de bord"


def build(marts: SessionMarts, stage: Release) -> Workbook:
    """The workbook of a session; those of territories and of the erratum are there where there is something to say."""
    places = territories.sheet(marts)
    erratum = corrected.sheet(marts, stage.erratum, stage.version) if stage.erratum else None
    return Workbook(
        release.properties(marts, TITLE),
        (
            summary(marts, stage),
            *((erratum,) if erratum else ()),
            ahead(marts),
            decisions.sheet(marts),
            actions(marts),
            commitments(marts),
            kpis(marts),
            history(marts),
            *((places,) if places else ()),
            changed(marts),
            contributions(marts, stage.exchanges),
            received_texts(marts),
            deviations.sheet(marts),
            method_sheet(marts),
            sources(marts),
        ),
        stage.banner,
    )
