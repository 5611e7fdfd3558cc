"""Proves that the open data say what the marts say, both ways, by reading the package again as any reader would.

`disagreements(marts, content)` lists every row missing, added or given twice, and every cell that differs. Nothing of
the writer is used to read: types come from the package's own description.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from exports.defects import Defect
from exports.marts import SessionMarts
from exports.open_data.tables import Resource, resources, rows_of
from exports.packing import read_package

_READERS: Mapping[str, Callable[[str], object]] = {
    "string": lambda text: text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r" else text,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": dt.date.fromisoformat,
}

Key = tuple[object, ...]
Row = dict[str, object]


def disagreements(marts: SessionMarts, content: bytes) -> list[Defect]:
    """Everything the package and the marts do not say alike; empty when they agree."""
    parts = read_package(content)
    described = {item["name"]: item for item in json.loads(parts["datapackage.json"])["resources"]}
    found: list[Defect] = []
    for resource in resources():
        if resource.name not in described:
            found.append(Defect("RESOURCE_MISSING", resource.path, "not in the package"))
            continue
        found += _compared(marts, resource, described[resource.name], parts)
    found += [
        Defect("RESOURCE_ADDED", name, "declared nowhere")
        for name in sorted(described.keys() - {r.name for r in resources()})
    ]
    return found


def _compared(
    marts: SessionMarts, resource: Resource, described: Mapping[str, Any], parts: Mapping[str, bytes]
) -> Iterator[Defect]:
    columns = [column.name for column in resource.columns]
    expected = {
        tuple(getattr(row, name) for name in resource.key): {name: getattr(row, name) for name in columns}
        for row in rows_of(marts, resource)
    }
    written: dict[Key, Row] = {}
    try:
        for row in _rows(described, parts[described["path"]]):
            key = tuple(row[name] for name in resource.key)
            if key in written:
                yield Defect("ROW_TWICE", resource.path, f"{key}")
            written[key] = row
    except (KeyError, ValueError) as error:
        yield Defect("UNREADABLE", resource.path, str(error))
        return
    for key in sorted(expected.keys() | written.keys(), key=str):
        if key not in written or key not in expected:
            yield Defect("ROW_MISSING" if key not in written else "ROW_ADDED", resource.path, f"{key}")
            continue
        said, read = expected[key], written[key]
        for name in sorted(said.keys() | read.keys()):
            if said.get(name) != read.get(name):
                yield Defect(
                    "DISAGREEMENT",
                    resource.path,
                    f"{key} {name}: marts {said.get(name)!r}, file {read.get(name)!r}",
                )


def _rows(described: Mapping[str, Any], content: bytes) -> Iterator[Row]:
    types = {item["name"]: item["type"] for item in described["schema"]["fields"]}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
        yield {name: _READERS[types[name]](text) if text else None for name, text in row.items()}
