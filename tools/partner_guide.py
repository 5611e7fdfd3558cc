"""The tables of docs/guide-partenaire.md, from the workbook's schema.

    python -m tools.partner_guide docs/guide-partenaire.md

writes them again between their marks; a test fails when the page differs from the schema.
"""

import re
import sys
from pathlib import Path

from sources.french.typography import spaced
from sources.workbook.schema import WorkbookSchema, load_schema

_SEVERITIES = {
    "error": "La ligne est mise de côté : corrigez-la",
    "warning": "La ligne est prise : vérifiez-la",
    "correction": "Corrigé pour vous : rien à faire",
}


def tables(schema: WorkbookSchema) -> dict[str, str]:
    """The generated parts of the page by the name of their mark."""
    return {"colonnes": _columns(schema), "mots": _words(schema), "messages": _messages(schema)}


def updated(page: str, schema: WorkbookSchema) -> str:
    """The page with its tables by the schema. ValueError when a mark is missing."""
    for name, table in tables(schema).items():
        parts = re.split(rf"(?<=<!-- {name} -->\n)(?:.*?\n)?(?=<!-- /{name} -->)", page, flags=re.DOTALL)
        if len(parts) != 2:
            raise ValueError(f"the page has {len(parts) - 1} marks « {name} », one is wanted")
        page = f"{parts[0]}{table}\n{parts[1]}"
    return page


def _columns(schema: WorkbookSchema) -> str:
    lines = ["| Feuille | Colonne | Ce qui est attendu | Exemple |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {sheet.name} | **{column.header}** | {column.note} | {spaced(column.example)} |"
        for sheet in schema.sheets
        for column in sheet.printed
        if column.is_input
    ]
    return "\n".join(lines)


def _words(schema: WorkbookSchema) -> str:
    statuses = ", ".join(f"**{label}**" for label in schema.lists["declared_status"].values())
    absences = spaced(" ; ".join(f"**{code}** : {meaning}" for code, meaning in schema.absences.items()))
    return f"- Statuts et états{spaced(' :')} {statuses}.\n- Quand il n’y a rien à dire{spaced(' :')} {absences}."


def _messages(schema: WorkbookSchema) -> str:
    """How many rules there are of each kind, and what they mean for a row."""
    lines = ["| Couleur | Ce que cela veut dire | Contrôles |", "| --- | --- | --- |"]
    colours = {"error": "Rouge", "warning": "Jaune", "correction": "Bleu"}
    for severity, meaning in _SEVERITIES.items():
        count = sum(rule.severity == severity for rule in schema.rules.values())
        lines.append(f"| {colours[severity]} | {spaced(meaning)} | {count} |")
    return "\n".join(lines)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(updated(path.read_text(encoding="utf-8"), load_schema()), encoding="utf-8")
