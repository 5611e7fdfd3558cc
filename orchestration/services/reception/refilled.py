"""A partner's answers in a workbook of ours, where the very file cannot be given back with its faults in place.

So are answered an `.ods`, an `.xls`, a `.csv`, and a workbook too large to be annotated. The receipt's content is not
for this module.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from quality.territories import COUNTRY, territory_of
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Filled, Previous, prefill
from sources.workbook.reading import ReadRow
from sources.workbook.schema import load_schema
from sources.workbook.template import write_template

Owner = tuple[str, str]  # session, partner
Answers = dict[str, list[tuple[str, dict[str, str], ReadRow]]]  # by sheet key: code, answers as received, row


def refilled(
    reference: Reference, owner: Owner, rows: Sequence[ReadRow], previous: Previous | None, folder: Path
) -> tuple[Path, Mapping[tuple[str, str], str]] | None:
    """The partner's answers in a workbook of ours, and where each received cell is in it.

    None when a row holds for a part of the country: a workbook of ours has no room for territories, and the figure
    would be read as the country's. Rows that are not the partner's have no place there either: the first sheet of the
    receipt names them.
    """
    if any(territory_of(row.raw.get("territory"), reference) != COUNTRY for row in rows):
        return None
    schema, (session, partner) = load_schema(), owner
    mine = prefill(schema, reference, session, partner, Previous())
    codes = {sheet.key: {row[sheet.key_column] for row in mine[sheet.key]} for sheet in schema.sheets}
    answers: Answers = {sheet.key: [] for sheet in schema.sheets}
    room = schema.free_rows
    for row in rows:
        sheet = schema.sheet(row.sheet)
        code = str(row.values.get(sheet.key_column) or "")
        given = {column.key: row.raw[column.key] for column in sheet.inputs if row.raw.get(column.key, "").strip()}
        is_second = any(code == other for other, _, _ in answers[sheet.key])
        if not given or code not in codes[sheet.key] or (is_second and (sheet.key != "measurement" or not room)):
            continue
        room -= is_second
        answers[sheet.key].append((code, given, row))
    filled = Filled(
        contributions={code: given for code, given, _ in answers["contribution"]},
        milestones={code: given for code, given, _ in answers["milestone"]},
        measurements=[{"kpi_id": code, **given} for code, given, _ in answers["measurement"]],
    )
    path = folder / "classeur.xlsx"
    write_template(path, reference, session, partner, previous=previous, filled=filled)
    return path, _places(path, answers)


def _places(path: Path, answers: Answers) -> dict[tuple[str, str], str]:
    """Received cell → cell of the refilled workbook, by reading that workbook."""
    from sources.workbook.reader import read_workbook

    schema = load_schema()
    rows: dict[tuple[str, str], list[ReadRow]] = {}
    for row in read_workbook(path).rows:
        code = str(row.values.get(schema.sheet(row.sheet).key_column) or "")
        rows.setdefault((row.sheet, code), []).append(row)
    places: dict[tuple[str, str], str] = {}
    for sheet_key, given in answers.items():
        used: dict[str, int] = {}
        for code, _, received in given:
            rank = used.get(code, 0)
            used[code] = rank + 1
            refilled_rows = rows.get((sheet_key, code), [])
            if rank < len(refilled_rows):
                found = refilled_rows[rank].cells
                places |= {
                    (received.sheet_name, cell): found[key] for key, cell in received.cells.items() if key in found
                }
    return places
