"""Writes the open data: one CSV file a resource, `datapackage.json` (Data Package v2), a word to the reader, one zip.

The bytes are the same for the same marts: sorted entries, fixed zip dates, `created` is the session's date.
"""

import csv
import datetime as dt
import hashlib
import io
import json
from decimal import Decimal
from typing import Any

from exports.content import facts, release
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.open_data.tables import Column, Resource, resources, rows_of
from exports.packing import write_package
from sources.french import typography as typo

DESCRIPTOR = "datapackage.json"
READ_ME = "LISEZ-MOI.txt"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE = {
    "name": "etalab-2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "title": "Licence Ouverte / Open Licence 2.0",
}
#: the licence is the DNS's to choose: until it has, the package says so
LICENCE_STATUS = "proposed"

#: a text that a spreadsheet would take for a formula is written behind an apostrophe
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write(marts: SessionMarts, stage: Release) -> bytes:
    """The package's bytes."""
    parts = {resource.path: _csv(marts, resource) for resource in resources()}
    descriptor = _descriptor(marts, stage, parts)
    parts[DESCRIPTOR] = (json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n").encode()
    parts[READ_ME] = _read_me(marts, stage).encode()
    return write_package(parts)


def _csv(marts: SessionMarts, resource: Resource) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in resource.columns])
    for row in rows_of(marts, resource):
        writer.writerow([cell(getattr(row, column.name)) for column in resource.columns])
    return buffer.getvalue().encode()


def cell(value: object) -> str:
    """A value as the files hold it: ISO dates, decimal point, no thousands mark, blank where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(repr(value)).normalize(), "f")
        case dt.date():
            return value.isoformat()
        case str():
            return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
        case _:
            return str(value)


def _descriptor(marts: SessionMarts, stage: Release, files: dict[str, bytes]) -> dict[str, Any]:
    session = marts.session
    return {
        "$schema": PROFILE,
        "name": f"feuille-de-route-numerique-en-sante-{session.session_code.lower()}",
        "title": f"{release.PROGRAMME} : état d’avancement, {release.session_name(marts)}",
        "description": _description(marts, stage),
        "description_en": (
            "Actions, commitments with progress and status, indicators, measures with their sources, partners and "
            "labels of France’s digital-health roadmap 2023-2027, as of the cut-off of the session."
        ),
        "version": f"{session.session_number}.{stage.version}.0",
        "state": stage.state,
        "created": f"{session.held_on.isoformat()}T00:00:00Z",
        "keywords": ["numérique en santé", "feuille de route 2023-2027", session.session_code],
        "contributors": [{"title": release.AUTHOR, "organization": release.AUTHOR, "roles": ["publisher"]}],
        "licenses": [LICENCE],
        "license_status": LICENCE_STATUS,
        "method_version": marts.method_version,
        "data_sha256": marts.digest,
        "sources": _sources(marts),
        "resources": [_resource(marts, resource, files[resource.path]) for resource in resources()],
    }


def _description(marts: SessionMarts, stage: Release) -> str:
    said = (
        f"Actions, engagements et leur avancement, indicateurs, mesures et leurs sources, au "
        f"{typo.date(marts.session.cut_off)}. État : {stage.state_label}. "
        f"Licence proposée : {LICENCE['title']}, à confirmer par la DNS. "
        "Aucune donnée personnelle ; aucun texte libre des partenaires."
    )
    return typo.spaced(f"{stage.banner} {said}".strip())


def _sources(marts: SessionMarts) -> list[dict[str, str]]:
    known = next(resource for resource in resources() if resource.rows == "sources")
    return [
        {"title": facts.source_title(row)} | ({"version": row.as_of.isoformat()} if row.as_of else {})
        for row in rows_of(marts, known)
    ]


def _resource(marts: SessionMarts, resource: Resource, content: bytes) -> dict[str, Any]:
    return {
        "name": resource.name,
        "type": "table",
        "path": resource.path,
        "title": typo.spaced(resource.title),
        "description": typo.spaced(resource.fr),
        "description_en": resource.en,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": {
            "fields": [_field(marts, column) for column in resource.columns],
            "missingValues": [""],
            "primaryKey": list(resource.key),
            "foreignKeys": [
                {"fields": [column], "reference": {"resource": target, "fields": [key]}}
                for column, (target, key) in resource.refers.items()
            ],
        },
    }


def _field(marts: SessionMarts, column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "title": column.title,
        "description": typo.spaced(column.fr),
        "description_en": column.en,
    }
    if column.unit:
        described["unit"] = column.unit
    constraints: dict[str, Any] = {"required": True} if column.is_required else {}
    if codes := [label.code for label in marts.labels_of(column.labels)]:
        described["vocabulary"] = column.labels
        constraints["enum"] = codes
    return described | ({"constraints": constraints} if constraints else {})


def _read_me(marts: SessionMarts, stage: Release) -> str:
    described = "\n\n".join(_table_words(resource) for resource in resources())
    return typo.spaced(
        f"{release.PROGRAMME}\nDonnées de la {release.session_name(marts)}\n\n"
        f"{_description(marts, stage)}\n\n"
        "Lecture : UTF-8, virgule entre les colonnes, dates ISO (AAAA-MM-JJ), point décimal, case vide où rien n’est "
        "connu. Une case vide n’est jamais un zéro. Un texte qu’un tableur prendrait pour une formule est précédé "
        "d’une apostrophe. « datapackage.json » décrit chaque colonne (type, unité, vocabulaire) en français et en "
        "anglais (Data Package v2).\n\n"
        f"Columns / Colonnes\n\n{described}\n"
    )


def _table_words(resource: Resource) -> str:
    lines = [f"{resource.path}\n  {resource.fr}\n  {resource.en}"]
    lines += [
        f"  - {column.name} ({column.type}{f', {column.unit}' if column.unit else ''}) : {column.fr} / {column.en}"
        for column in resource.columns
    ]
    return "\n".join(lines)
