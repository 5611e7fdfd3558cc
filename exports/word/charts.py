# ruff: noqa: E501 — markup is not folded
"""Native charts for Word: chart part and the small workbook behind it, both editable, both always the same bytes.

Bars are drawn in one ink with their values beside them; a trajectory has its measures as points on a full line and
the way to the target as a dashed one: nothing rests on colour. Formats bear the French locale.
"""

import datetime as dt
import io

from exports import palette
from exports.model import Chart, Series
from exports.packing import repack
from exports.word import markup
from exports.word.xml import safe

CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "Données"

_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_CATEGORY_AXIS, _VALUE_AXIS = "111111111", "222222222"
#: where the name of the font goes
_TYPEFACE = "@typeface@"
#: the axis of bars goes on past the longest of them, for the value beside it
_ROOM_FOR_LABEL = 1.12


def chart_xml(chart: Chart, font: str = "Arial") -> bytes:
    """The chart part in a font; its relationship `rId1` is the workbook."""
    body = {"bar": _bars, "stack": _stack, "trajectory": _trajectory}[chart.kind](chart)
    stacked = chart.kind == "stack"
    legend = "" if len(chart.series) == 1 else _legend(_STACK_LEGEND if stacked else "")
    text = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<c:chartSpace {_SPACES}>'
        '<c:date1904 val="0"/><c:lang val="fr-FR"/><c:roundedCorners val="0"/>'
        f'<c:chart>{"" if stacked else _title(chart)}<c:autoTitleDeleted val="{int(stacked)}"/>'
        f"<c:plotArea>{_STACK_PLOT if stacked else '<c:layout/>'}{body}</c:plotArea>{legend}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="span"/></c:chart>'
        "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
        f"<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr>{_font('defRPr', 8, palette.INK)}</a:pPr>"
        '<a:endParaRPr lang="fr-FR"/></a:p></c:txPr>'
        '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )
    return text.replace(_TYPEFACE, markup.words(safe(font))).encode()


def chart_workbook(chart: Chart, created: dt.date) -> bytes:
    """The workbook Word opens when someone edits the chart's data."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime(created.year, created.month, created.day, tzinfo=dt.UTC)})
    sheet = book.add_worksheet(SHEET)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.set_column(0, len(chart.series), 22)
    for column, series in enumerate(chart.series, start=1):
        sheet.write_string(0, column, series.name)
    for row, category in enumerate(chart.categories, start=1):
        if isinstance(category, dt.date):
            sheet.write_number(row, 0, _serial(category), day)
        else:
            sheet.write_string(row, 0, category)
        for column, series in enumerate(chart.series, start=1):
            value = series.values[row - 1]
            if value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return repack(buffer.getvalue())


def _title(chart: Chart) -> str:
    words = chart.title + (f" ({chart.unit})" if chart.unit else "")
    return (
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:lstStyle/><a:p><a:pPr>{_font('defRPr', 8.5, palette.BLUE, bold=True)}</a:pPr>"
        f"<a:r>{_font('rPr', 8.5, palette.BLUE, bold=True, language=True)}<a:t>{markup.words(safe(words))}</a:t></a:r></a:p>"
        '</c:rich></c:tx><c:overlay val="0"/></c:title>'
    )


def _place(x: float, y: float, width: float, height: float, *, inner: bool = False) -> str:
    """Where a part of the chart is, in shares of its frame."""
    target = '<c:layoutTarget val="inner"/>' if inner else ""
    sides = f'<c:x val="{x}"/><c:y val="{y}"/><c:w val="{width}"/><c:h val="{height}"/>'
    return f'<c:layout><c:manualLayout>{target}<c:xMode val="edge"/><c:yMode val="edge"/>{sides}</c:manualLayout></c:layout>'


_STACK_PLOT, _STACK_LEGEND = _place(0.01, 0.03, 0.98, 0.4, inner=True), _place(0.0, 0.5, 1.0, 0.5)


def _legend(layout: str) -> str:
    return (
        f'<c:legend><c:legendPos val="b"/>{layout}<c:overlay val="0"/>'
        f"<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr>{_font('defRPr', 8, palette.INK)}</a:pPr>"
        '<a:endParaRPr lang="fr-FR"/></a:p></c:txPr></c:legend>'
    )


def _font(tag: str, size: float, colour: str, *, bold: bool = False, language: bool = False) -> str:
    lang = ' lang="fr-FR"' if language else ""
    return (
        f'<a:{tag}{lang} sz="{round(size * 100)}" b="{int(bold)}"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
        f'<a:latin typeface="{_TYPEFACE}"/><a:cs typeface="{_TYPEFACE}"/></a:{tag}>'
    )


def _bars(chart: Chart) -> str:
    labels = (
        f'<c:dLbls><c:numFmt formatCode="{_number_form(chart)}" sourceLinked="0"/><c:spPr><a:noFill/></c:spPr>'
        f'<c:txPr><a:bodyPr wrap="none"/><a:lstStyle/><a:p><a:pPr>{_font("defRPr", 8, palette.INK, bold=True)}</a:pPr>'
        '<a:endParaRPr lang="fr-FR"/></a:p></c:txPr>'
        '<c:dLblPos val="outEnd"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
    )
    series = "".join(
        f'<c:ser><c:idx val="{rank}"/><c:order val="{rank}"/>{_name(chart, rank)}{_fill(chart.series[rank])}<c:invertIfNegative val="0"/>{labels}'
        f"{_categories(chart)}{_values(chart, rank)}</c:ser>"
        for rank in range(len(chart.series))
    )
    return (
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}<c:gapWidth val="45"/>'
        f'<c:axId val="{_CATEGORY_AXIS}"/><c:axId val="{_VALUE_AXIS}"/></c:barChart>'
        f'<c:catAx><c:axId val="{_CATEGORY_AXIS}"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="low"/>{_line(palette.RULE)}<c:crossAx val="{_VALUE_AXIS}"/><c:crosses val="autoZero"/><c:auto val="1"/>'
        '<c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="0"/></c:catAx>'
        f'<c:valAx><c:axId val="{_VALUE_AXIS}"/><c:scaling><c:orientation val="minMax"/><c:max val="{_end(chart):.15g}"/><c:min val="0"/></c:scaling><c:delete val="1"/>'
        f'<c:axPos val="t"/><c:numFmt formatCode="{_number_form(chart)}" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="{_CATEGORY_AXIS}"/><c:crosses val="autoZero"/></c:valAx>'
    )


def _stack(chart: Chart) -> str:
    """One bar of all the series; each part bears its count, and its symbol where it is wide enough."""
    total = sum(value or 0 for series in chart.series for value in series.values) or 1
    series = "".join(
        f'<c:ser><c:idx val="{rank}"/><c:order val="{rank}"/>{_name(chart, rank)}{_status_fill(item)}<c:invertIfNegative val="0"/>'
        f"{_part_label(item, total)}{_categories(chart)}{_values(chart, rank)}</c:ser>"
        for rank, item in enumerate(chart.series)
    )
    return (
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="stacked"/><c:varyColors val="0"/>{series}<c:gapWidth val="10"/>'
        f'<c:overlap val="100"/><c:axId val="{_CATEGORY_AXIS}"/><c:axId val="{_VALUE_AXIS}"/></c:barChart>'
        f'<c:catAx><c:axId val="{_CATEGORY_AXIS}"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="1"/>'
        f'<c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="none"/><c:crossAx val="{_VALUE_AXIS}"/><c:crosses val="autoZero"/><c:auto val="1"/>'
        '<c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="0"/></c:catAx>'
        f'<c:valAx><c:axId val="{_VALUE_AXIS}"/><c:scaling><c:orientation val="minMax"/><c:max val="{total:.15g}"/><c:min val="0"/></c:scaling>'
        f'<c:delete val="1"/><c:axPos val="b"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="none"/><c:crossAx val="{_CATEGORY_AXIS}"/><c:crosses val="autoZero"/></c:valAx>'
    )


#: the least share of the bar that has room for a symbol beside its count
_ROOM_FOR_SYMBOL = 0.05


def _status_fill(series: Series) -> str:
    look = palette.tone(series.status)
    return (
        f'<c:spPr><a:solidFill><a:srgbClr val="{look.ground}"/></a:solidFill><a:ln w="9525"><a:solidFill>'
        f'<a:srgbClr val="{look.ink}"/></a:solidFill></a:ln></c:spPr>'
    )


def _part_label(series: Series, total: float) -> str:
    look, value = palette.tone(series.status), series.values[0] or 0
    symbol = f"{look.symbol}\u00a0" if value / total >= _ROOM_FOR_SYMBOL else ""
    said = f"{symbol}{value:.15g}"
    font = _font("rPr", 8.5, look.ink, bold=True, language=True)
    shown = '<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/>'
    return (
        f'<c:dLbls><c:dLbl><c:idx val="0"/><c:tx><c:rich><a:bodyPr wrap="none"/><a:lstStyle/><a:p><a:r>{font}<a:t>{said}</a:t></a:r></a:p></c:rich></c:tx>'
        f'<c:dLblPos val="ctr"/>{shown}</c:dLbl><c:spPr><a:noFill/></c:spPr><c:dLblPos val="ctr"/>{shown}</c:dLbls>'
    )


def _fill(series: Series) -> str:
    """Full for what is, an outline for what was to be: distinguished without colour."""
    if series.role == "target":
        return (
            f'<c:spPr><a:solidFill><a:srgbClr val="{palette.WHITE}"/></a:solidFill><a:ln w="9525"><a:solidFill>'
            f'<a:srgbClr val="{palette.MUTED}"/></a:solidFill></a:ln></c:spPr>'
        )
    return f'<c:spPr><a:solidFill><a:srgbClr val="{palette.MID_BLUE}"/></a:solidFill></c:spPr>'


def _trajectory(chart: Chart) -> str:
    series = "".join(
        f'<c:ser><c:idx val="{rank}"/><c:order val="{rank}"/>{_name(chart, rank)}{_stroke(item)}{_categories(chart)}'
        f'{_values(chart, rank)}<c:smooth val="0"/></c:ser>'
        for rank, item in enumerate(chart.series)
    )
    grid = f"<c:majorGridlines>{_line('E3E6EC')}</c:majorGridlines>"
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}<c:marker val="1"/>'
        f'<c:axId val="{_CATEGORY_AXIS}"/><c:axId val="{_VALUE_AXIS}"/></c:lineChart>'
        f'<c:dateAx><c:axId val="{_CATEGORY_AXIS}"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="b"/><c:numFmt formatCode="{_date_form(chart)}" sourceLinked="0"/><c:majorTickMark val="out"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{_line(palette.RULE)}<c:crossAx val="{_VALUE_AXIS}"/>'
        f'<c:crosses val="autoZero"/><c:auto val="0"/><c:lblOffset val="100"/><c:baseTimeUnit val="days"/>'
        f"{_major_unit(chart)}</c:dateAx>"
        f'<c:valAx><c:axId val="{_VALUE_AXIS}"/><c:scaling><c:orientation val="minMax"/>{_floor(chart)}</c:scaling><c:delete val="0"/>'
        f'<c:axPos val="l"/>{grid}<c:numFmt formatCode="{_number_form(chart)}" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>'
        f'<c:crossAx val="{_CATEGORY_AXIS}"/><c:crosses val="autoZero"/><c:crossBetween val="midCat"/></c:valAx>'
    )


def _end(chart: Chart) -> float:
    """Where the axis of bars ends."""
    values = [value for series in chart.series for value in series.values if value is not None]
    return _ROOM_FOR_LABEL * (max([chart.least_end, *values]) or 1)


def _floor(chart: Chart) -> str:
    values = [value for series in chart.series for value in series.values if value is not None]
    return '<c:min val="0"/>' if values and min(values) >= 0 else ""


def _days(chart: Chart) -> int:
    dates = [category for category in chart.categories if isinstance(category, dt.date)]
    return (max(dates) - min(dates)).days if dates else 0


def _major_unit(chart: Chart) -> str:
    step, unit = (1, "years") if _days(chart) > 3 * 365 else (6, "months") if _days(chart) > 365 else (2, "months")
    return f'<c:majorUnit val="{step}"/><c:majorTimeUnit val="{unit}"/>'


def _date_form(chart: Chart) -> str:
    return "yyyy" if _days(chart) > 3 * 365 else "[$-40C]mmm\\ yyyy"


def _number_form(chart: Chart) -> str:
    values = [value for series in chart.series for value in series.values if value is not None]
    whole = all(float(value).is_integer() for value in values)
    return "[$-40C]#,##0" if whole or (chart.unit == "%" and chart.kind == "bar") else "[$-40C]#,##0.0"


def _line(colour: str) -> str:
    return f'<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:ln></c:spPr>'


def _stroke(series: Series) -> str:
    if series.role == "target":
        return (
            f'<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="{palette.MUTED}"/></a:solidFill><a:prstDash val="dash"/></a:ln></c:spPr>'
            f'<c:marker><c:symbol val="diamond"/><c:size val="7"/><c:spPr><a:solidFill><a:srgbClr val="{palette.WHITE}"/></a:solidFill>'
            f'<a:ln w="9525"><a:solidFill><a:srgbClr val="{palette.MUTED}"/></a:solidFill></a:ln></c:spPr></c:marker>'
        )
    return (
        f'<c:spPr><a:ln w="22225"><a:solidFill><a:srgbClr val="{palette.BLUE}"/></a:solidFill></a:ln></c:spPr>'
        f'<c:marker><c:symbol val="circle"/><c:size val="6"/><c:spPr><a:solidFill><a:srgbClr val="{palette.BLUE}"/></a:solidFill></c:spPr></c:marker>'
    )


def _column(rank: int) -> str:
    return chr(ord("B") + rank)


def _name(chart: Chart, rank: int) -> str:
    cell = f"'{SHEET}'!${_column(rank)}$1"
    words = markup.words(safe(chart.series[rank].name))
    return (
        f'<c:tx><c:strRef><c:f>{cell}</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{words}</c:v></c:pt>'
        "</c:strCache></c:strRef></c:tx>"
    )


def _categories(chart: Chart) -> str:
    count = len(chart.categories)
    cells = f"'{SHEET}'!$A$2:$A${count + 1}"
    if chart.kind == "trajectory":
        points = "".join(
            f'<c:pt idx="{index}"><c:v>{_serial(day)}</c:v></c:pt>'
            for index, day in enumerate(chart.categories)
            if isinstance(day, dt.date)
        )
        return (
            f"<c:cat><c:numRef><c:f>{cells}</c:f><c:numCache><c:formatCode>dd/mm/yyyy</c:formatCode>"
            f'<c:ptCount val="{count}"/>{points}</c:numCache></c:numRef></c:cat>'
        )
    points = "".join(
        f'<c:pt idx="{index}"><c:v>{markup.words(safe(str(word)))}</c:v></c:pt>'
        for index, word in enumerate(chart.categories)
    )
    return f'<c:cat><c:strRef><c:f>{cells}</c:f><c:strCache><c:ptCount val="{count}"/>{points}</c:strCache></c:strRef></c:cat>'


def _values(chart: Chart, rank: int) -> str:
    values = chart.series[rank].values
    cells = f"'{SHEET}'!${_column(rank)}$2:${_column(rank)}${len(values) + 1}"
    points = "".join(
        f'<c:pt idx="{index}"><c:v>{value:.15g}</c:v></c:pt>' for index, value in enumerate(values) if value is not None
    )
    return (
        f"<c:val><c:numRef><c:f>{cells}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points}</c:numCache></c:numRef></c:val>'
    )


def _serial(day: dt.date) -> int:
    return (day - _EXCEL_EPOCH).days
