"""The one schema of the partner workbook, as Python values.

`schema.yml` says what the sheets, columns, lists and rules are; this module only checks and serves it. The template,
the reader, the judge, the Great Expectations suites, the guide and the messages take everything from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from sources.french.typography import spaced

ColumnType = Literal["code", "label", "choice", "text", "number", "period", "date"]
LandedType = Literal["text", "float", "date"]
Severity = Literal["error", "warning", "correction"]
_TYPES = frozenset({"code", "label", "choice", "text", "number", "period", "date"})
_SEVERITIES = frozenset({"error", "warning", "correction"})
_LEVELS = frozenset({"file", "reading", "form", "existence", "right", "sense"})


class SchemaError(ValueError):
    """`schema.yml` contradicts itself; the message names the entry."""


@dataclass(frozen=True)
class Landed:
    """A column of the landing that holds a part of an answer: its name, its type, and the fact that it keeps.

    `says_absence`: a text, or the code by which the partner says that there is none.
    """

    name: str
    type: LandedType
    fact: str
    says_absence: bool = False


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a sheet. An input column is one the partner fills in; the others are locked.

    `landed_as` names its answer in the landing and in the marts, `says` describes it there, in English. A column that
    is `modelled` is named by the models that use it; the others go through them as they are, by the macros of
    `answers.sql`. `since` is the version of the template that brought it.
    """

    key: str
    header: str
    type: ColumnType
    width: float
    note: str
    locked: bool = False
    example: str = ""
    choices: str | None = None
    absences: bool = False
    max_length: int | None = None
    ahead: bool = False  # a date to come: « mars » without a year is the next one
    is_place: bool = False  # says where the row's answer holds and is none itself; the template does not print it
    aliases: tuple[str, ...] = ()
    landed_as: str = ""
    says: str = ""
    modelled: bool = False
    since: str = ""

    @property
    def is_input(self) -> bool:
        """Whether what is in the column is the partner's answer."""
        return not self.locked

    @cached_property
    def landed(self) -> tuple[Landed, ...]:
        """The landing's columns of the answer; none for a label, which is the workbook's own word."""
        name, key = self.landed_as or self.key, self.key
        absence = (Landed(f"{key}_absence", "text", f"{key}_absence"),) if self.absences else ()
        if self.type == "text":
            return (Landed(name, "text", name if self.is_place else key, says_absence=not self.is_place),)
        if self.type == "number":
            qualifier = () if self.modelled else (Landed(f"{name}_qualifier", "text", f"{key}_qualifier"),)
            return (Landed(name, "float", key), *qualifier, *absence)
        if self.type == "date":
            return (Landed(name, "date", key), Landed(f"{name}_precision", "text", f"{key}_precision"))
        if self.type == "period":
            ends = tuple(Landed(f"{name}_{end}", "date", f"{key}_{end}") for end in ("start", "end"))
            return (*ends, Landed(f"{name}_precision", "text", f"{key}_precision"))
        return () if self.type == "label" else (Landed(name, "text", key), *absence)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet with a table. `key` is the word for its rows, `table` the landing's table of them.

    `needs` must be found for it to be read; `said_first` is the column whose cell stands for the row's answer.
    """

    key: str
    table: str
    name: str
    title: str
    intro: str
    key_column: str
    needs: tuple[str, ...]
    said_first: str
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """The column of that key. KeyError when the sheet has none."""
        return next((c for c in self.columns if c.key == key), None) or _missing(f"{self.name} has no column {key}")

    @cached_property
    def inputs(self) -> tuple[Column, ...]:
        """The columns the partner fills in, in order."""
        return tuple(c for c in self.columns if c.is_input)

    @cached_property
    def landed(self) -> tuple[Landed, ...]:
        """The landing's columns of its rows, in order."""
        return tuple(landed for column in self.columns for landed in column.landed)

    @cached_property
    def passed_on(self) -> tuple[Column, ...]:
        """The input columns that no model names: they go from the landing to the marts as they are."""
        return tuple(column for column in self.inputs if not column.modelled)

    @cached_property
    def printed(self) -> tuple[Column, ...]:
        """The columns of the template, in order; the others are read where a partner adds them."""
        return tuple(c for c in self.columns if not c.is_place)


@dataclass(frozen=True)
class Rule:
    """One rule: where it applies, when a row breaks it, and the French words the partner gets.

    `sheet` None: any sheet. `at`: the column whose cell is named. `broken_when`: conditions that all hold on a broken
    row (grammar of `quality/conditions.py`); empty for rules found by the reader or before reading.
    """

    code: str
    level: str
    severity: Severity
    message: str
    fix: str
    sheet: str | None = None
    at: str | None = None
    each: str | None = None
    broken_when: tuple[Mapping[str, Any], ...] = ()
    spares_row: bool = False  # sets the cell aside and not its row

    def say(self, **words: object) -> tuple[str, str]:
        """The message and the fix with their blanks filled. KeyError when a blank has no word."""
        return spaced(self.message.format(**words)), spaced(self.fix.format(**words))


@dataclass(frozen=True, eq=False)
class WorkbookSchema:
    """Everything `schema.yml` says. One is loaded a process: it is known by which one it is, not by its content."""

    template_version: str
    versions_issued: tuple[str, ...]
    file_name: str
    header_row: int
    free_rows: int
    control_sheet: str
    guide_sheet: str
    receipt_sheet: str
    absences: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]]
    near_words: Mapping[str, Mapping[str, Sequence[str]]]
    sheets: tuple[Sheet, ...]
    rules: Mapping[str, Rule] = field(repr=False)

    def sheet(self, key: str) -> Sheet:
        """The sheet of that key. KeyError when there is none."""
        return next((s for s in self.sheets if s.key == key), None) or _missing(f"no sheet {key}")

    def labels(self, column: Column) -> tuple[str, ...]:
        """What the drop-down of a choice column offers, absence codes last."""
        words = tuple(self.lists[column.choices].values()) if column.choices else ()
        return words + (tuple(self.absences) if column.absences else ())

    def row_rules(self, sheet_key: str) -> Iterator[Rule]:
        """The rules that judge the rows of a sheet, in the order of the file."""
        for rule in self.rules.values():
            if rule.broken_when and rule.sheet in {None, sheet_key}:
                yield rule


@cache
def load_schema() -> WorkbookSchema:
    """The schema of the current template, checked once a process. SchemaError when the file contradicts itself."""
    import yaml

    text = (Path(__file__).parent / "schema.yml").read_text(encoding="utf-8")
    return parse_schema(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506


def parse_schema(raw: Mapping[str, Any]) -> WorkbookSchema:
    """A schema from the parsed YAML. SchemaError names the entry that is wrong."""
    sheets = tuple(_sheet(entry, raw["lists"], raw["versions_issued"]) for entry in raw["sheets"])
    rules: dict[str, Rule] = {}
    for entry in raw["rules"]:
        rule = _rule(entry, sheets)
        if rule.code in rules:
            raise SchemaError(f"rule {rule.code} is written twice")
        rules[rule.code] = rule
    return WorkbookSchema(
        template_version=raw["versions_issued"][-1],
        versions_issued=tuple(raw["versions_issued"]),
        file_name=raw["file_name"],
        header_row=raw["header_row"],
        free_rows=raw["free_rows"],
        control_sheet=raw["control_sheet"],
        guide_sheet=raw["guide_sheet"],
        receipt_sheet=raw["receipt_sheet"],
        absences=raw["absences"],
        lists=raw["lists"],
        near_words=raw["near_words"],
        sheets=sheets,
        rules=rules,
    )


def _sheet(entry: Mapping[str, Any], lists: Mapping[str, Any], versions: Sequence[str]) -> Sheet:
    columns = tuple(_column(column, entry["name"], lists, versions) for column in entry["columns"])
    keys = [column.key for column in columns]
    headers = [name for column in columns for name in (column.header, *column.aliases)]
    for names, what in ((keys, "key"), (headers, "header")):
        if len(set(names)) != len(names):
            raise SchemaError(f"sheet {entry['name']}: a column {what} is there twice")
    landed = [part.name for column in columns for part in column.landed]
    if len(set(landed)) != len(landed):
        raise SchemaError(f"sheet {entry['name']}: a column of the landing is there twice")
    if unknown := {entry["key_column"], entry["said_first"], *entry["needs"]} - set(keys):
        raise SchemaError(f"sheet {entry['name']}: no column {', '.join(sorted(unknown))}")
    return Sheet(
        entry["key"],
        entry["table"],
        entry["name"],
        entry["title"],
        spaced(entry["intro"]),
        entry["key_column"],
        tuple(entry["needs"]),
        entry["said_first"],
        columns,
    )


def _column(entry: Mapping[str, Any], sheet: str, lists: Mapping[str, Any], versions: Sequence[str]) -> Column:
    if entry["type"] not in _TYPES:
        raise SchemaError(f"sheet {sheet}, column {entry['key']}: unknown type {entry['type']}")
    if entry["type"] == "choice" and entry.get("list") not in lists:
        raise SchemaError(f"sheet {sheet}, column {entry['key']}: unknown list {entry.get('list')}")
    if not entry.get("locked") and not entry.get("says"):
        raise SchemaError(f"sheet {sheet}, column {entry['key']}: nothing says what it holds, in English (`says`)")
    if entry.get("since", versions[0]) not in versions:
        raise SchemaError(f"sheet {sheet}, column {entry['key']}: no version {entry['since']} was issued")
    return Column(
        key=entry["key"],
        header=entry["header"],
        type=entry["type"],
        width=entry["width"],
        note=spaced(entry["note"]),
        locked=entry.get("locked", False),
        example=entry.get("example", ""),
        choices=entry.get("list"),
        absences=entry.get("absences", False),
        max_length=entry.get("max_length"),
        ahead=entry.get("ahead", False),
        is_place=entry.get("place", False),
        aliases=tuple(entry.get("aliases", ())),
        landed_as=entry.get("landed", ""),
        says=entry.get("says", ""),
        modelled=entry.get("modelled", False),
        since=entry.get("since", versions[0]),
    )


def _rule(entry: Mapping[str, Any], sheets: tuple[Sheet, ...]) -> Rule:
    code = entry["rule"]
    if entry["severity"] not in _SEVERITIES or entry["level"] not in _LEVELS:
        raise SchemaError(f"rule {code}: unknown severity or level")
    sheet = entry.get("sheet")
    if sheet is not None and sheet not in {s.key for s in sheets}:
        raise SchemaError(f"rule {code}: unknown sheet {sheet}")
    if sheet is not None and entry.get("at") not in {c.key for s in sheets if s.key == sheet for c in s.columns}:
        raise SchemaError(f"rule {code}: {sheet} has no column {entry.get('at')}")
    return Rule(
        code,
        entry["level"],
        entry["severity"],
        entry["message"],
        entry["fix"],
        sheet,
        entry.get("at"),
        entry.get("each"),
        tuple(entry.get("broken_when", ())),
        entry.get("spares_row", False),
    )


def _missing(what: str) -> Any:
    raise KeyError(what)
