"""The sheet of a corrected version: why it replaces the published one, and what follows for its commitments."""

from msgspec.structs import replace

from exports.content import erratum
from exports.content.release import Erratum
from exports.content.sheets.fields import flat
from exports.marts import SessionMarts
from exports.model import Sheet, Table


def sheet(marts: SessionMarts, corrected: Erratum, version: int) -> Sheet | None:
    """The tables of the report's erratum, as text; None where only texts changed."""
    told = (
        erratum.followed_table(marts, corrected, version),
        erratum.counts_table(marts, corrected, version),
    )
    tables = tuple(_as_text(table) for table in told if table.rows)
    if not tables:
        return None
    return Sheet(name=erratum.TITLE, title=erratum.TITLE, intro=erratum.said(corrected, version), tables=tables)


def _as_text(table: Table) -> Table:
    """Words as one text and widths in characters; a cell that is one figure stays one."""
    return replace(
        table,
        columns=tuple(replace(column, width=column.width * 6) for column in table.columns),
        rows=tuple(tuple(cell if len(cell) == 1 else flat(cell) for cell in row) for row in table.rows),
    )
