"""What the dbt project and the exports must write out of the workbook's schema: `make columns`.

Run as a module, it writes again, from `sources/workbook/schema.yml`:

- `dbt_project/macros/workbook_columns.sql`, by which models go through the columns that none of them names;
- in the models' .yml, the lines between « # columns: … » and « # end of columns »;
- `exports/answers.py`, the answers of `ANSWERED` as fields of the rows that exports read.

A test compares what is there with what this writes.
"""

import re
import sys
from pathlib import Path

from sources.landing.load import SQL_TYPES
from sources.workbook.schema import Column, Landed, Sheet, WorkbookSchema, load_schema

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "dbt_project" / "models"
MACRO = ROOT / "dbt_project" / "macros" / "workbook_columns.sql"
ROWS = ROOT / "exports" / "answers.py"
_BLOCK = re.compile(
    r"(?P<head>^(?P<indent> *)# columns: (?P<what>\w+) of (?P<sheet>\w+) \(make columns\)\n)"
    r"(?P<body>.*?)"
    r"(?P<foot>^ *# end of columns\n)",
    re.MULTILINE | re.DOTALL,
)
_DOC = re.compile(r"{% docs (\w+) %}")
#: the sheets whose answers are in the rows that exports read; those of the others go no further than the marts
ANSWERED = ("contribution",)
_PYTHON = {"text": "str", "float": "float", "date": "dt.date"}
_PARTS = {
    "_start": "First day: {}",
    "_end": "Last day: {}",
    "_precision": "How precisely it was given: {}",
    "_qualifier": "How exact it is: {}",
    "_absence": "Why nothing is given (NC, NA or SUPPR): {}",
}


def written(schema: WorkbookSchema) -> dict[Path, str]:
    """What each of the files must hold."""
    docs = set(_DOC.findall((MODELS / "columns.md").read_text(encoding="utf-8")))
    files = {MACRO: _macro(schema), ROWS: _rows(schema)}
    for path in sorted(MODELS.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if _BLOCK.search(text):
            files[path] = _BLOCK.sub(lambda found: _block(schema, docs, found), text)
    return files


def passed_on(sheet: Sheet) -> list[tuple[Column, Landed]]:
    """The columns that go from the landing to the marts as they are."""
    return [(column, landed) for column in sheet.passed_on for landed in column.landed]


def description(column: Column, landed: Landed) -> str:
    """What a landing column holds, in English."""
    name = column.landed_as or column.key
    part = _PARTS.get(landed.name.removeprefix(name)) or _PARTS.get(landed.name.removeprefix(column.key))
    return part.format(column.says[0].lower() + column.says[1:]) if part else column.says


def _block(schema: WorkbookSchema, docs: set[str], found: re.Match[str]) -> str:
    sheet = schema.sheet(found["sheet"])
    columns = passed_on(sheet) if found["what"] == "answers" else _landed(sheet)
    lines: list[str] = []
    for column, landed in columns:
        text = f"'{{{{ doc(\"{landed.name}\") }}}}'" if landed.name in docs else f'"{description(column, landed)}"'
        lines += [f"- name: {landed.name}", f"  description: {text}", f"  data_type: {SQL_TYPES[landed.type]}"]
    return found["head"] + "".join(f"{found['indent']}{line}\n" for line in lines) + found["foot"]


def _landed(sheet: Sheet) -> list[tuple[Column, Landed]]:
    return [(column, landed) for column in sheet.columns for landed in column.landed]


def _macro(schema: WorkbookSchema) -> str:
    lines = [
        "{#- The answers of partners that no model names, by table: written by `make columns`, not by hand. -#}",
        "{% macro workbook_columns(table) -%}",
        "    {%- set columns = {",
    ]
    for sheet in schema.sheets:
        lines.append(f'        "{sheet.table}": [')
        for _, landed in passed_on(sheet):
            lines.append(f'            {{"name": "{landed.name}", "type": "{SQL_TYPES[landed.type]}"}},')
        lines.append("        ],")
    return "\n".join([*lines, "    } -%}", "    {{- return(columns[table]) -}}", "{%- endmacro %}", ""])


def _rows(schema: WorkbookSchema) -> str:
    classes = [_row_class(schema.sheet(key)) for key in ANSWERED]
    has_dates = any("dt.date" in text for text in classes)
    head = '"""The answers of partners that no model names, as rows: written by `make columns`, not by hand."""\n\n'
    imports = ("import datetime as dt\n\n" if has_dates else "") + "from msgspec import Struct\n"
    return head + imports + "".join(f"\n\n{text}" for text in classes)


def _row_class(sheet: Sheet) -> str:
    fields = [f"    {landed.name}: {_PYTHON[landed.type]} | None" for _, landed in passed_on(sheet)]
    name = "".join(word.capitalize() for word in sheet.key.split("_"))
    doc = f'    """The answers of the sheet « {sheet.name} » that no model names."""'
    body = "\n".join(["", *fields])
    return f"class {name}Answers(Struct, frozen=True):\n{doc}\n{body}\n"


def main() -> None:
    """Write what differs, and print it."""
    for path, text in written(load_schema()).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}: written\n")


if __name__ == "__main__":
    main()
