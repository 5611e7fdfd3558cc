"""`jalon extract`: what is read in a published document, within a minute. Nothing is stored."""

import json
from pathlib import Path

import click

from orchestration.services.reception import documents_reader, parsing
from orchestration.services.reception.parsing import Parser
from orchestration.services.reception.reader import UnreadableFileError
from orchestration.services.runtime.paths import Paths
from sources.files.guarded import ChildDiedError, Limits

LIMITS = Limits(seconds=50.0, memory=parsing.LIMITS.memory, wait=55.0)


def extract(paths: Paths, file: Path, *, as_json: bool) -> int:
    """Print the facts of the document, as JSON or in short; 2 when it cannot be read."""
    try:
        with Parser(documents_reader.__name__, paths.seeds, limits=LIMITS, readings=1) as parser:
            extraction = parser.parsed(file)["shown"]
    except UnreadableFileError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except ChildDiedError as error:
        click.echo(f"error: {file.name}: not read, for no fault of the file ({error}); run it again", err=True)
        return 2
    if as_json:
        click.echo(json.dumps(extraction, ensure_ascii=False, indent=1))
        return 0
    document = extraction["document"]
    click.echo(f"{file.name}: {document['kind']}, « {document['title']} », {document['as_of'] or 'no date'}")
    counts = ", ".join(f"{len(extraction[part])} {part}" for part in ("priorities", "actions", "targets", "quantities"))
    click.echo(f"  {counts}")
    for quantity in extraction["quantities"]:
        link = quantity["kpi_id"] or "no KPI"
        click.echo(
            f"  {quantity['action'] or '-'}: {quantity['value']:g} {quantity['unit']} ({link}) « {quantity['quote']} »"
        )
    for warning in extraction["warnings"]:
        click.echo(f"  warning: {warning}")
    return 0
