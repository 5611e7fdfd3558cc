"""A document against the reference: what is missing, unknown, or promised otherwise. Told, never taken over."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sources.documents.facts import Extraction, Milestone, Target
from sources.documents.links import same_unit
from sources.french.folding import fold, fold_in_place
from sources.french.typography import figure
from sources.reference.roadmap import Commitment, Reference


def warnings_against(
    extraction: Extraction, reference: Reference, unknown_partners: Mapping[str, Sequence[str]]
) -> list[str]:
    """French warnings, in the order of the document; none for a document without actions. Of one that is no whole
    progress report, the actions it lacks are not listed."""
    if not extraction.actions:
        return []
    is_whole = extraction.kind == "progress_report"
    found = [
        f"Action {code} : partenaire inconnu « {name} »." for code, names in unknown_partners.items() for name in names
    ]
    read = {action.code: action for action in extraction.actions}
    if is_whole:
        found += [f"Action {code} absente du document." for code in reference.actions if code not in read]
    else:
        found.append(
            f"Ce document n’est pas l’état d’avancement complet d’une session ({len(read)} actions lues sur "
            f"{len(reference.actions)}) : chacun de ses chiffres attend une validation."
        )
    for code, action in read.items():
        known = reference.actions.get(code)
        if known is None:
            found.append(f"Action {code} inconnue de la référence : « {action.title} ».")
            continue
        if fold_in_place(known.action_title) != fold_in_place(action.title):
            found.append(f"Action {code} : intitulé « {action.title} », référence « {known.action_title} ».")
        if not action.partners:
            found.append(f"Action {code} : partenaires non trouvés.")
        elif tuple(name for name, _ in reference.action_partners[code]) != action.partners:
            found.append(f"Action {code} : partenaires {', '.join(action.partners)} ; la référence en nomme d’autres.")
        if not action.objective:
            found.append(f"Action {code} : objectif non trouvé.")
        if not action.narrative:
            found.append(f"Action {code} : aucun texte d’avancement.")
        targets = [item for item in extraction.targets if item.action == code]
        moments = [item for item in extraction.milestones if item.action == code]
        found += _rebaselined(code, targets, moments, action.objective, reference)
    return found


def _rebaselined(
    code: str, targets: Sequence[Target], moments: Sequence[Milestone], objective: str, reference: Reference
) -> list[str]:
    """What one action promises otherwise than the reference: values, deadlines of values, dates of milestones."""
    commitments = reference.commitments_of(code)
    found: list[str] = []
    for commitment, target in _paired([item for item in commitments if item.kind == "target"], targets, reference):
        if target is None:
            if commitment.target_value == 100 and re.search(r"\btou(?:s|te|tes)\b|l'ensemble", fold(objective)):
                continue  # « tous les établissements » says 100 % without a figure
            found.append(f"Action {code} : la cible {commitment.commitment_id} n’est pas dans le document.")
            continue
        if target.value != commitment.target_value:
            found.append(
                f"Action {code} : cible {figure(target.value)} {target.unit} au lieu de "
                f"{figure(commitment.target_value or 0)} ({commitment.commitment_id}) ; révision à valider."
            )
        if (target.deadline, target.deadline_precision) != (commitment.deadline, commitment.deadline_precision):
            found.append(_redated(code, target.deadline, target.deadline_precision, commitment))
    return found + _redated_milestones(code, targets, moments, commitments)


def _paired(
    commitments: Sequence[Commitment], targets: Sequence[Target], reference: Reference
) -> list[tuple[Commitment, Target | None]]:
    """Each commitment with the target it is: the one of same value, else of same unit and date, else of same unit."""
    left = list(targets)
    paired: dict[str, Target] = {}
    tests: tuple[Callable[[Commitment, Target], bool], ...] = (
        lambda commitment, target: target.value == commitment.target_value and _alike(commitment, target, reference),
        lambda commitment, target: target.value == commitment.target_value,
        lambda commitment, target: target.deadline == commitment.deadline and _alike(commitment, target, reference),
        lambda commitment, target: _alike(commitment, target, reference),
        lambda commitment, target: len(left) == len(commitments) == 1 and target.deadline == commitment.deadline,
    )
    for test in tests:
        for commitment in commitments:
            found = next((target for target in left if test(commitment, target)), None)
            if found and commitment.commitment_id not in paired:
                paired[commitment.commitment_id] = found
                left.remove(found)
    return [(commitment, paired.get(commitment.commitment_id)) for commitment in commitments]


def _alike(commitment: Commitment, target: Target, reference: Reference) -> bool:
    """Whether a target counts what the KPI of a commitment does; « médiateurs » are « personnes »."""
    unit = reference.kpis[commitment.kpi_id].unit if commitment.kpi_id else ""
    return same_unit(target.unit, unit) or (unit != "%" and target.unit != "%" and unit in {"personne", target.unit})


def _redated_milestones(
    code: str, targets: Sequence[Target], moments: Sequence[Milestone], commitments: Sequence[Commitment]
) -> list[str]:
    """Milestones whose date the objective no longer says, beside the dates it says instead."""
    said = [(item.deadline, item.deadline_precision) for item in targets]
    said += [(item.deadline, item.deadline_precision) for item in moments]
    dated = [item for item in commitments if item.kind == "milestone" and item.deadline is not None]
    gone = [item for item in dated if (item.deadline, item.deadline_precision) not in said]
    known = {(item.deadline, item.deadline_precision) for item in commitments}
    new = [item for item in moments if (item.deadline, item.deadline_precision) not in known]
    return [
        _redated(code, moment.deadline, moment.deadline_precision, commitment)
        for commitment, moment in zip(gone, new, strict=False)
    ]


def _redated(code: str, deadline: date | None, precision: str | None, commitment: Commitment) -> str:
    return (
        f"Action {code} : échéance {deadline or 'non dite'} ({precision or '–'}) au lieu de "
        f"{commitment.deadline or 'non dite'} ({commitment.deadline_precision or '–'}) pour "
        f"{commitment.commitment_id} ; révision à valider."
    )
