"""Looking ahead: what is needed to reach each target from now, where its measures lead, what an action leans on.

The two dates of a projection are those of two straight lines; they are nobody's forecast and are printed as such.
"""

from exports.content import facts
from exports.content.facts import words
from exports.marts import Commitment, Dependency, SessionMarts
from exports.model import Block, Bullets, Heading, Inline, Inlines, Paragraph, Text
from sources.french import typography as typo

NOT_A_FORECAST = (
    "Dates où mènent la droite des deux dernières mesures et celle de la première à la dernière ; "
    "ce n’est une prévision de personne."
)


def blocks(marts: SessionMarts, action_code: str) -> list[Block]:
    """What each target of an action needs, and where its measures lead; nothing where nothing can be stated."""
    rows = [row for row in marts.commitments_of(action_code) if pace(row) or projection(row)]
    if not rows:
        return []
    items: tuple[Inlines, ...] = tuple((words(f"{row.commitment_id} : {sentence(row)}"),) for row in rows)
    written: list[Block] = [Heading(2, "Pour tenir la cible", "fiche-rythme"), Bullets(items)]
    if any(projection(row) for row in rows):
        written.append(Paragraph((words(NOT_A_FORECAST),), "small"))
    return written


def sentence(row: Commitment) -> str:
    """Both in one sentence."""
    return typo.sentence(" ; ".join(part for part in (pace(row), projection(row)) if part))


def pace(row: Commitment) -> str:
    """« il faut 143,5 établissements par mois d’ici l’échéance (12 par mois entre les deux dernières mesures) »."""
    if not row.pace_needed or row.status == "achieved" or row.deadline is None:
        return ""
    needed = typo.quantity(_rounded(row.pace_needed), row.unit)
    by = typo.date(row.deadline, row.deadline_precision)
    observed = ""
    if row.pace_observed is not None:
        observed = f", contre {typo.quantity(_rounded(row.pace_observed), row.unit)} entre les deux dernières mesures"
    return f"il faut {needed} par mois jusqu’à l’échéance ({by}){observed}"


def projection(row: Commitment) -> str:
    """« la cible serait atteinte entre mars et juin 2026 »; nothing where the measures do not lead there."""
    if row.projected_from is None or row.status == "achieved":
        return ""
    first = typo.date(row.projected_from, "month")
    if row.projected_to is None:
        return f"au rythme observé, la cible serait atteinte au plus tôt en {first}, ou jamais"
    last = typo.date(row.projected_to, "month")
    if first == last:
        return f"au rythme observé, la cible serait atteinte en {first}"
    return f"au rythme observé, la cible serait atteinte entre {first} et {last}"


def dependencies(marts: SessionMarts, action_code: str) -> list[Block]:
    """What the action leans on, and what leans on it, each with where it is."""
    leans = [_line(marts, row, row.depends_on_code) for row in marts.dependencies_of(action_code)]
    leaned = [_line(marts, row, row.action_code) for row in marts.dependencies if row.depends_on_code == action_code]
    written: list[Block] = []
    if leans:
        written += [Heading(2, "Ce dont elle dépend", "fiche-depend"), Bullets(tuple(leans))]
    if leaned:
        written += [Heading(2, "Ce qui dépend d’elle", "fiche-attendue"), Bullets(tuple(leaned))]
    return written


def leaning(marts: SessionMarts, action_code: str) -> Inlines:
    """The same on one line, for the action's block: « Dépend de : 15-1 (■ En retard). Attendue par : 8-5 (…). »."""
    leans = [row.depends_on_code for row in marts.dependencies_of(action_code)]
    leaned = [row.action_code for row in marts.dependencies if row.depends_on_code == action_code]
    line: list[Inline] = []
    for said, codes in (("Dépend de : ", leans), ("Attendue par : ", leaned)):
        if codes:
            named = facts.separated([_standing(marts, code) for code in dict.fromkeys(codes)])
            line += [words(f"{' ' if line else ''}{said}"), *named, Text(".")]
    return tuple(line)


def _standing(marts: SessionMarts, code: str) -> Inlines:
    action, row = marts.action_by_code.get(code), marts.status_by_action.get(code)
    named: Inlines = (facts.action_link(action, with_title=True),) if action else (Text(code),)
    return (*named, Text(" ("), facts.status(marts, row.final_status), Text(")")) if row else named


def _line(marts: SessionMarts, row: Dependency, code: str) -> Inlines:
    action = marts.action_by_code.get(code)
    named: Inlines = (Text(f"{code}{typo.NBSP}", "strong"), words(action.action_title)) if action else (Text(code),)
    status = marts.status_by_action.get(code)
    stands: Inlines = (Text(" ("), facts.status(marts, status.final_status), Text(")")) if status else ()
    return *named, *stands, words(f" : {row.dependency_label}. {row.source_ref}.")


def _rounded(value: float) -> float:
    return round(value) if abs(value) >= 10 else round(value, 1)
