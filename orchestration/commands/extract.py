"""`jalon extract`: what is read in a published document. Nothing is stored."""

import json
from pathlib import Path

import click

from orchestration.services.runtime.paths import Paths
from sources.reference.roadmap import load_reference


def extract(paths: Paths, file: Path, *, as_json: bool) -> int:
    """Print what the document says, as JSON or in short; 2 when it cannot be read."""
    from sources.documents import NotReadableError
    from sources.documents import extract as read_document

    try:
        found = read_document(file, load_reference(paths.seeds))
    except NotReadableError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    told = found.as_json()
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    document = told["document"]
    click.echo(f"{file.name}: {document['kind']}, « {document['title']} », {document['as_of'] or 'no date'}")
    counts = ", ".join(f"{len(told[part])} {part}" for part in ("priorities", "actions", "targets", "quantities"))
    click.echo(f"  {counts}")
    for quantity in told["quantities"]:
        link = quantity["kpi_id"] or "no KPI"
        click.echo(
            f"  {quantity['action'] or '-'}: {quantity['value']:g} {quantity['unit']} ({link}) « {quantity['quote']} »"
        )
    for warning in told["warnings"]:
        click.echo(f"  warning: {warning}")
    return 0
