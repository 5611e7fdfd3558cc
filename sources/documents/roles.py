"""What the header of a table's column says its cells are."""

import re
from collections.abc import Sequence

from sources.french.folding import fold

# What may follow the word that names a column: « Objectifs de l'action », « Avancement au 30 juin », « Bilan 2024 »;
# not the sentence it may begin (« Objectif atteint »).
_MORE = (
    r"(?: (?:(?:de|des|du|et|ou|au|aux|a|en|pour|sur|par|la|le|les)\b|[dl]'|[(/&-]|20\d\d\b|"
    r"(?:vise|associe|concerne|implique|mobilise|prevu|publie|realise|constate|franchi|fixe|attendu|initial|initiaux|"
    r"principal|principaux|operationnel|strategique|responsable|chiffre)(?:e|le)?s?\b).*)?"
)
_ROLES: tuple[tuple[str, str], ...] = (
    ("code", r"(?:n|no|num(?:ero)?|code|ref(?:erence)?)s?[ .°]*(?:de l'action|d'action|action)?"),
    ("objective", r"(?:rappel de l')?(?:objectif|cible|engagement|ambition)s?" + _MORE),
    ("partners", r"(?:partenaire|pilote|porteur|acteur|responsable|contributeur|organisme)s?" + _MORE),
    (
        "narrative",
        (
            r"(?:etat d'|point d'|niveau d')?(?:avancement|avancee|realisation|progres|progression|bilan|situation|"
            r"etape|etat des lieux|commentaire)s?" + _MORE + r"|ou en est-on.*"
        ),
    ),
    ("title", r"(?:intitule|titre|libelle|action|mesure|nom)s?" + _MORE),
)


def roles_of_header(cells: Sequence[str]) -> list[str | None]:
    """The role of each column when the row is a header that names at least two; otherwise an empty list."""
    roles = [role_of(cell) for cell in cells]
    return roles if len({role for role in roles if role}) >= 2 else []


def role_of(cell: str) -> str | None:
    """The role a header or label text names, if any."""
    folded = fold(cell).strip(" .:")
    return next((role for role, pattern in _ROLES if re.fullmatch(pattern, folded)), None) if folded else None
