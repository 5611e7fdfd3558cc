"""What the open data hold, as `tables.json` declares it, and the marts' rows each file publishes.

The declaration has one entry a CSV file, in the order of the package:

- `rows`: the marts' rows, a field of SessionMarts; `key`: its primary key; `refers`: column to [resource, column];
- `columns`: by the name they bear in the marts, `title`, `fr`, `en` and, where there is one, `unit`, and `labels` (a
  domain of « libelles »). A column that is not listed is not published.

Never published: words a partner wrote freely (progress texts, next steps, risks, support asked for, comments, proofs,
quotes as received), the names of files, and the reasons of an arbitration. They are in the report, where the DNS
proof-reads them; here, only codes, figures, dates, names of bodies, and words of the reference.

A column's type is its type in `exports.marts`, so that neither can drift from the other. What belongs here: which
rows and columns are public. What does not: how they are written (`writer`) or read again (`agreement`).
"""

import datetime as dt
import json
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from msgspec import Struct, field
from msgspec.structs import fields, replace

from exports import marts as m
from exports.marts import SessionMarts

DECLARATION = Path(__file__).with_name("tables.json")

#: the columns that name a file
_REFERENCES = ("source_ref", "actual_source_ref")

#: the marts' rows by the field of SessionMarts that holds them
_ROW_KINDS: Mapping[str, type[Any]] = {
    "sessions": m.Session,
    "priorities": m.Priority,
    "actions": m.Action,
    "partners": m.Partner,
    "action_partners": m.ActionPartner,
    "kpis": m.Kpi,
    "commitments": m.Commitment,
    "statuses": m.ActionStatus,
    "observations": m.Observation,
    "sources": m.Source,
    "completeness": m.Completeness,
    "dependencies": m.Dependency,
    "parameters": m.Parameter,
    "labels": m.Label,
}
_FIELD_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", dt.date: "date"}


class Column(Struct, frozen=True):
    """One published column: its name in the marts, its type in Table Schema, and what it is in both languages."""

    name: str
    type: str
    is_required: bool
    title: str
    fr: str
    en: str
    unit: str = ""
    labels: str = ""


class Resource(Struct, frozen=True):
    """One published file; `refers` leads from a column to a resource and its column."""

    name: str
    rows: str
    title: str
    fr: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    refers: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file's name in the package."""
        return f"{self.name}.csv"


@cache
def resources() -> tuple[Resource, ...]:
    """Every published file, in the package's order. KeyError or ValueError where the declaration and the marts part."""
    declared = json.loads(DECLARATION.read_text(encoding="utf-8"))
    return tuple(_resource(name, content) for name, content in declared.items())


def _resource(name: str, content: Mapping[str, Any]) -> Resource:
    hints = {column.name: column.type for column in fields(_ROW_KINDS[content["rows"]])}
    return Resource(
        name=name,
        rows=content["rows"],
        title=content["title"],
        fr=content["fr"],
        en=content["en"],
        key=tuple(content["key"]),
        columns=tuple(_column(column, said, hints[column]) for column, said in content["columns"].items()),
        refers={column: (target, key) for column, (target, key) in content.get("refers", {}).items()},
    )


def _column(name: str, said: Mapping[str, str], hint: Any) -> Column:
    is_optional = get_origin(hint) in {Union, types.UnionType}
    plain = next(item for item in get_args(hint) if item is not type(None)) if is_optional else hint
    if plain not in _FIELD_TYPES:
        raise ValueError(f"{DECLARATION.name}: column {name} is {plain}, which no field of Table Schema holds")
    return Column(name=name, type=_FIELD_TYPES[plain], is_required=not is_optional, **said)


def rows_of(marts: SessionMarts, resource: Resource) -> tuple[Any, ...]:
    """The rows a file publishes: those of the marts, less the sessions to come and the sources not yet known.

    Files are named by a reference of ours: a sender's name or anything else may be in the name they came under, or in
    the title of a document. A published progress report alone is named by its title.
    """
    rows = getattr(marts, resource.rows)
    if resource.rows == "sessions":
        rows = [row for row in rows if row.session_number <= marts.session.session_number]
    if resource.rows == "sources":
        cut_off = marts.session.cut_off
        rows = [row for row in rows if row.as_of is None or row.as_of <= cut_off]
    references = {source.source_ref: reference_of(source) for source in marts.sources}
    return tuple(_with_references(row, references) for row in rows)


def reference_of(source: m.Source) -> str:
    """How the open data name a file."""
    return reference_to(source.sha256, source.partner_code)


def reference_to(sha256: str, partner_code: str | None) -> str:
    """How a file is named to the public, to whom its name is not shown; the manifest names it so too."""
    return f"{'DEP' if partner_code else 'DOC'}-{sha256[:8]}"


def _with_references(row: Any, references: Mapping[str, str]) -> Any:
    names = {name: str(getattr(row, name, None)) for name in _REFERENCES}
    known = {name: references[said] for name, said in names.items() if said in references}
    if isinstance(row, m.Source):
        reference = reference_of(row)
        is_public = row.source_type == "progress_report" and row.title != row.file_name
        title = str(row.title) if is_public and row.title else reference
        known = {"source_ref": reference, "file_name": reference, "title": title}
    return replace(row, **known) if known else row
