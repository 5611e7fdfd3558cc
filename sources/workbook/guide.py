"""The sheet `Lisez-moi`: what to do, by when, and how to write each answer. Everything comes from the schema."""

from collections.abc import Mapping
from typing import Any

from sources.french.typography import date as long_date
from sources.french.typography import spaced
from sources.reference.roadmap import Reference
from sources.workbook.edition import Edition
from sources.workbook.look import Look, lines_of
from sources.workbook.prefill import Row
from sources.workbook.schema import WorkbookSchema

_WIDTHS = (28, 62, 36)
_STEPS = (
    "Remplissez les colonnes bleues des trois feuilles ; les colonnes grises sont déjà remplies.",
    "Donnez un statut à chaque action, même inchangé : une cellule vide n’efface rien, mais ne dit rien.",
    "Enregistrez au format Excel et déposez le fichier dans votre dossier, sans le renommer.",
    "Vous recevez aussitôt ce classeur annoté : corrigez ce qui est signalé et redéposez-le.",
)
_GOOD_TO_KNOW = (
    "Vous pouvez filtrer, trier et élargir les colonnes ; les codes ne se modifient pas.",
    "Pour coller, préférez « Collage spécial > Valeurs » : les listes restent en place.",
    "Une ligne fausse est mise de côté et expliquée ; les autres sont prises en compte.",
    "Un nouveau dépôt remplace le précédent pour les cellules remplies ; l’historique est gardé.",
)


def write_guide(book: Any, look: Look, edition: Edition, rows: Mapping[str, list[Row]]) -> None:
    """Add the guide as the first sheet of `book`."""
    schema, reference, banner = edition.schema, edition.reference, edition.banner
    session, partner = edition.session, edition.partner
    session_code = session.session_code
    page = book.add_worksheet(schema.guide_sheet)
    for number, width in enumerate(_WIDTHS):
        page.set_column(number, number, width)
    page.set_row(0, 30)
    page.write_string(0, 0, f"{partner.partner_code} – votre contribution à la session {session_code}", look.title)
    named = f"{partner.partner_name} · " if partner.partner_name != partner.partner_code else ""
    page.write_string(1, 0, f"{named}Feuille de route du numérique en santé 2023-2027", look.subtitle)
    at = 3
    if banner:
        page.write_string(2, 0, banner, look.banner)
    dates = (
        ("À renvoyer avant le", long_date(session.contributions_due_on)),
        ("Données arrêtées au", long_date(session.cut_off)),
        (f"Séance du {session.session_number}e CNS", long_date(session.held_on)),
    )
    for name, value in dates:
        page.write_string(at, 0, name, look.strong)
        page.write_string(at, 1, value, look.plain)
        at += 1
    at = _lines(page, look, at + 1, "En quatre étapes", [f"{n}. {spaced(s)}" for n, s in enumerate(_STEPS, 1)])
    at = _sheets(page, look, schema, rows, at + 1)
    at = _columns(page, look, schema, at + 1)
    at = _words(page, look, schema, reference, at + 1)
    at = _lines(page, look, at + 1, "Bon à savoir", [spaced(line) for line in _GOOD_TO_KNOW])
    page.hide_gridlines(2)
    page.set_portrait()
    page.set_paper(9)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.print_area(0, 0, at, 2)
    page.set_footer(f"&L&8{session_code} – {partner.partner_code.replace('&', '&&')}&R&8Page &P / &N")
    page.set_tab_color(look.INK)
    page.protect("", {"format_columns": True, "format_rows": True})


def _lines(page: Any, look: Look, at: int, heading: str, lines: list[str]) -> int:
    _heading(page, look, at, heading)
    for number, line in enumerate(lines, start=at + 1):
        page.write_string(number, 0, line, look.line)
    return at + len(lines) + 1


def _heading(page: Any, look: Look, at: int, text: str) -> None:
    page.write_string(at, 0, text, look.heading)
    for column in (1, 2):
        page.write_blank(at, column, None, look.heading)


def _sheets(page: Any, look: Look, schema: WorkbookSchema, rows: Mapping[str, list[Row]], at: int) -> int:
    _heading(page, look, at, "Ce que contient le classeur")
    for sheet in schema.sheets:
        at += 1
        count = len(rows[sheet.key])
        page.write_url(at, 0, f"internal:'{sheet.name}'!A1", look.link, sheet.name)
        text = f"{count} ligne{'s' if count > 1 else ''}. {sheet.intro}"
        page.write_string(at, 1, text, look.plain)
        page.set_row(at, 12.5 * lines_of(text, _WIDTHS[1]) + 3)
    return at + 1


def _columns(page: Any, look: Look, schema: WorkbookSchema, at: int) -> int:
    _heading(page, look, at, "Comment répondre")
    for number, text in enumerate(("Colonne", "Ce qui est attendu", "Exemple")):
        page.write_string(at + 1, number, text, look.table_header)
    at += 2
    for sheet in schema.sheets:
        for column in (column for column in sheet.printed if column.is_input):
            page.write_string(at, 0, f"{sheet.name} · {column.header}", look.table_cell)
            page.write_string(at, 1, column.note, look.table_cell)
            page.write_string(at, 2, spaced(column.example), look.table_cell)
            lines = max(lines_of(column.note, _WIDTHS[1]), lines_of(column.example, _WIDTHS[2]))
            page.set_row(at, 12.5 * lines + 3)
            at += 1
    return at


def _words(page: Any, look: Look, schema: WorkbookSchema, reference: Reference, at: int) -> int:
    _heading(page, look, at, "Les mots de la liste")
    for code, label in schema.lists["declared_status"].items():
        at += 1
        known = reference.labels.get(("status", code))
        page.write_string(at, 0, label, look.strong)
        page.write_string(at, 1, known.description if known else "", look.plain)
    for code, meaning in schema.absences.items():
        at += 1
        page.write_string(at, 0, code, look.strong)
        page.write_string(at, 1, meaning[0].upper() + meaning[1:], look.plain)
    return at + 1
