"""A document against the reference: what is missing, unknown, or promised otherwise. Told, never taken over."""

from collections.abc import Mapping, Sequence

from sources.documents.facts import Extraction, Target
from sources.documents.links import same_unit
from sources.documents.text import same_length_fold
from sources.reference import Commitment, Reference


def warnings_against(
    extraction: Extraction, reference: Reference, unknown_partners: Mapping[str, Sequence[str]]
) -> list[str]:
    """French warnings, in the order of the document; none for a document that is no progress report."""
    if extraction.kind != "progress_report":
        return []
    found = [
        f"Action {code} : partenaire inconnu « {name} »." for code, names in unknown_partners.items() for name in names
    ]
    read = {action.code: action for action in extraction.actions}
    found += [f"Action {code} absente du document." for code in reference.actions if code not in read]
    for code, action in read.items():
        known = reference.actions.get(code)
        if known is None:
            found.append(f"Action {code} inconnue de la référence : « {action.title} ».")
            continue
        if same_length_fold(known.action_title) != same_length_fold(action.title):
            found.append(f"Action {code} : intitulé « {action.title} », référence « {known.action_title} ».")
        if not action.partners:
            found.append(f"Action {code} : partenaires non trouvés.")
        elif tuple(name for name, _ in reference.action_partners[code]) != action.partners:
            found.append(f"Action {code} : partenaires {', '.join(action.partners)} ; la référence en nomme d’autres.")
        if not action.objective:
            found.append(f"Action {code} : objectif non trouvé.")
        found += _rebaselined(code, [item for item in extraction.targets if item.action == code], reference)
    return found


def _rebaselined(code: str, targets: Sequence[Target], reference: Reference) -> list[str]:
    """Targets of one action that differ from its commitments in value or deadline."""
    commitments = [item for item in reference.commitments_of(code) if item.kind == "target"]
    said = list(targets)
    found: list[str] = []
    for commitment in commitments:
        target = _same_promise(commitment, said, reference)
        if target is None:
            found.append(
                f"Action {code} : la cible {commitment.commitment_id} de la référence n’est pas dans le document."
            )
            continue
        said.remove(target)
        if target.value != commitment.target_value:
            found.append(
                f"Action {code} : cible {_number(target.value)} {target.unit} au lieu de "
                f"{_number(commitment.target_value or 0)} ({commitment.commitment_id}) ; révision à valider."
            )
        if (target.deadline, target.deadline_precision) != (commitment.deadline, commitment.deadline_precision):
            found.append(
                f"Action {code} : échéance {target.deadline} ({target.deadline_precision}) au lieu de "
                f"{commitment.deadline} ({commitment.deadline_precision}) pour {commitment.commitment_id} ; "
                "révision à valider."
            )
    return found


def _same_promise(commitment: Commitment, targets: Sequence[Target], reference: Reference) -> Target | None:
    """The target of the document that a commitment is: same value and unit, else same unit and date, else same unit."""
    unit = reference.kpis[commitment.kpi_id].unit if commitment.kpi_id else ""
    alike = [item for item in targets if same_unit(item.unit, unit)]
    for test in (
        lambda item: item.value == commitment.target_value,
        lambda item: item.deadline == commitment.deadline,
        lambda item: True,
    ):
        found = next((item for item in alike if test(item)), None)
        if found:
            return found
    return next((item for item in targets if item.value == commitment.target_value), None)


def _number(value: float) -> str:
    """A figure the French way, thousands apart."""
    whole = f"{value:,.10g}" if value != int(value) else f"{int(value):,}"
    return whole.replace(",", "\u202f").replace(".", ",")
