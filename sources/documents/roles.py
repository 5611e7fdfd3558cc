"""The words that name a piece of an action: a label on its line, or the head of a table's column."""

import re
from collections.abc import Sequence

from sources.french.folding import fold

#: the role of the lines of a table of figures: they open nothing, and are read by row and column
FIGURES = "figures"
_OURS = r"(?:l'|les? |la |notre |nos |vos )?"
#: what labels an objective, its partners and its progress text, without accents or case
OBJECTIVE = (
    rf"(?:(?:rappel (?:de |des |du )?)?{_OURS}(?:objectif|cible|engagement|ambition)s?(?:\s+de l'action)?"
    r"(?:\s+(?:vise|fixe|initial|initiaux|attendu|retenu|poursuivi|chiffre|operationnel|strategique|general|generaux|national|"
    r"nationaux|principal|principaux)(?:e|le)?s?)?|"
    r"ce (?:qui (?:est|etait) (?:vise|promis|attendu)|que nous (?:visons|voulons|promettons))|"
    r"resultats? (?:attendu|vise)s?)"
)
PARTNERS = (
    r"(?:(?:co-?)?(?:partenaire|pilote|porteur|acteur|responsable|contributeur|chef de file|organisme|appui|"
    r"en lien avec)s?(?:\s+(?:de l'action|associes?|concernes?|mobilises?|principal|principaux|secondaires?))?"
    r"(?:\s*(?:et|/)\s*(?:co-?)?(?:partenaire|pilote|porteur|contributeur)s?)?|en charge|"
    r"(?:co-?)?(?:porte|pilote|mene|conduit|suivi|anime|mis en oeuvre)(?:e|s|es)? (?:par|avec))"
)
NARRATIVE = (
    rf"(?:{_OURS}(?:(?:etat|point|niveau)\s+d'(?:avancement|etape)|avancement|avancees?|realisations?|bilan|progres|"
    r"progression|etat des lieux|point de situation|faits marquants)|"
    r"ou en (?:est|sont|sommes|etes)(?:-(?:on|il|elle|ils|elles|nous)|-vous| l'action| le projet)?|"
    r"ce qui (?:a ete (?:fait|realise)|est fait|avance|a avance))"
)

# What may follow the word that names a column: « Objectifs de l'action », « Avancement au 30 juin », « Bilan 2024 »;
# not the sentence it may begin (« Objectif atteint »).
_MORE = (
    r"(?: (?:(?:de|des|du|et|ou|au|aux|a|en|pour|sur|par|la|le|les)\b|[dl]'|[(/&-]|20\d\d\b|"
    r"(?:vise|associe|concerne|implique|mobilise|prevu|publie|realise|constate|franchi|fixe|attendu|initial|initiaux|"
    r"principal|principaux|operationnel|strategique|responsable|chiffre)(?:e|le)?s?\b).*)?"
)
_ROLES: tuple[tuple[str, str], ...] = (
    ("code", r"(?:n|no|num(?:ero)?|code|ref(?:erence)?)s?[ .°]*(?:de l'action|d'action|action)?"),
    ("objective", OBJECTIVE + _MORE),
    ("partners", PARTNERS + _MORE),
    (
        "narrative",
        (
            r"(?:etat d'|point d'|niveau d')?(?:avancement|avancee|realisation|progres|progression|bilan|situation|"
            r"etape|etat des lieux|commentaire)s?" + _MORE + "|" + NARRATIVE + _MORE
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
    folded = fold(cell).strip(" .:?")
    return next((role for role, pattern in _ROLES if re.fullmatch(pattern, folded)), None) if folded else None
