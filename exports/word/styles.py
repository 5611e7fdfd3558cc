"""The template, and the names that writer and template share: styles by role, and the fields a template may hold.

Styles are found by name, not by identifier: Word in French renames the identifiers of its built-in styles when it
saves, never their names.
"""

from pathlib import Path

from exports.palette import STATUS_TONES

#: the shipped template: people edit it in Word, no program writes it
TEMPLATE = Path(__file__).with_name("template.docx")

#: the style of a paragraph the DNS adds in a draft and finds again in the next
NOTE_STYLE = "Jalon note"

#: the end of an ordinal, « 12ᵉ »
RAISED_STYLE = "Jalon exposant"

#: paragraph styles by the model's role
PARAGRAPH_STYLES = {
    "body": "Normal",
    "lead": "Jalon chapeau",
    "meta": "Jalon partenaires",
    "status": "Jalon situation",
    "small": "Jalon remarque",
    "caption": "caption",
    "label": "Jalon intertitre",
    "note": NOTE_STYLE,
    "cell": "Jalon cellule",
    "header_cell": "Jalon en-tête de colonne",
    "bullet": "List Bullet",
    "chart": "Jalon graphique",
    "heading 1": "heading 1",
    "heading 2": "heading 2",
    "heading 3": "heading 3",
    "toc 1": "toc 1",
    "toc 2": "toc 2",
    "toc 3": "toc 3",
}

CHARACTER_STYLES = {
    "strong": "Strong",
    "muted": "Jalon discret",
    "link": "Hyperlink",
    "raised": RAISED_STYLE,
    **{f"status {code}": f"Jalon situation {code}" for code in STATUS_TONES},
}

#: styles that came after the first templates, and the one that a template without them lends
YOUNGER_STYLES = {
    "Jalon situation in_progress": "Jalon situation not_reported",
    RAISED_STYLE: "Default Paragraph Font",
}

TABLE_STYLE = "Jalon tableau"

TAG_PREFIX = "jalon:"

#: tags of the partners' texts: `texte:<key>#<mark of the contribution>` (`exports.word.identity`)
EDITABLE_PREFIX = "texte:"

#: content controls every template must hold, by tag, with the words that name them in an error
REQUIRED_FIELDS = {
    "session": "nom de la session",
    "session_code": "code de la session",
    "held_on": "date de la session",
    "cut_off": "date d’arrêt des chiffres",
    "state": "état du document",
    "version": "version",
    "checksum": "empreinte des données",
    "contents": "sommaire",
    "body": "corps du rapport",
}

#: content controls a template may hold
OPTIONAL_FIELDS = {
    "programme": "nom du programme",
    "document": "titre du document",
    "method": "version de la méthode",
    "banner": "bandeau",
}
