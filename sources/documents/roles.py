"""What the header of a table's column says its cells are."""

import re
from collections.abc import Sequence

from sources.reference import fold

_ROLES: tuple[tuple[str, str], ...] = (
    ("code", r"(?:n|no|num(?:ero)?|code|ref(?:erence)?)s?[ .°]*(?:de l'action|d'action|action)?"),
    ("objective", r"(?:rappel de l')?(?:objectif|cible|engagement|ambition)s?(?: .*)?"),
    ("partners", r"(?:partenaire|pilote|porteur|acteur|responsable|contributeur|organisme)s?(?: .*)?"),
    (
        "narrative",
        (
            r"(?:etat d'|point d'|niveau d')?(?:avancement|avancee|realisation|progres|progression|bilan|situation|"
            r"etape|etat des lieux|commentaire)s?(?: .*)?|ou en est-on.*"
        ),
    ),
    ("title", r"(?:intitule|titre|libelle|action|mesure|nom)s?(?: .*)?"),
)


def roles_of_header(cells: Sequence[str]) -> list[str | None]:
    """The role of each column when the row is a header that names at least two; otherwise an empty list."""
    roles = [role_of(cell) for cell in cells]
    return roles if len({role for role in roles if role}) >= 2 else []


def role_of(cell: str) -> str | None:
    """The role a header or label text names, if any."""
    folded = fold(cell).strip(" .:")
    return next((role for role, pattern in _ROLES if re.fullmatch(pattern, folded)), None) if folded else None
