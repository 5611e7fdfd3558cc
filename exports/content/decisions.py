"""What the DNS has to decide: each decision with its verb, what it is about, and what partners ask for themselves.

The note, the first page, the slides and each priority say the same decisions, at the length they have room for.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from exports.content import gaps
from exports.content.facts import words
from exports.content.texts import shortened
from exports.marts import ActionStatus, Priority, SessionMarts
from exports.model import Inlines, Text
from sources.french import typography as typo
from sources.french.articles import of


class Decision(Struct, frozen=True):
    """A decision: verb, what is decided, and what it bears on, each by its action (None: a partner) and its words."""

    verb: str
    what: str
    about: tuple[tuple[str | None, str], ...] = ()

    def told(self, most: int) -> str:
        """What is decided, and upon what, no more than `most` named; by their codes alone where they are more."""
        named = list(dict.fromkeys(said for _, said in self.about))
        if len(named) > most:
            named = list(dict.fromkeys(code or said for code, said in self.about))
        more = f" et {typo.counted(len(named) - most, 'autre')}" if len(named) > most else ""
        separator = " ; " if any(", " in said for said in named) else ", "
        listed = f" : {separator.join(named[:most])}{more}" if named else ""
        return f"{self.what}{listed}."


def printed(decision: Decision, most: int) -> Inlines:
    """A decision as one line: its verb in strong, then the rest."""
    return Text(decision.verb, "strong"), words(f" {decision.told(most)}")


def asked(marts: SessionMarts) -> tuple[Decision, ...]:
    """Every decision the facts call for, the most pressing first."""
    return tuple(decision for kind in _KINDS for decision in kind(marts))


def of_priority(marts: SessionMarts, priority: Priority) -> tuple[Decision, ...]:
    """Those that bear on one priority's actions."""
    codes = {row.action_code for row in marts.actions_of_priority(priority.priority_number)}
    kpis = {row.kpi_id for row in marts.kpis if row.action_code in codes}
    narrowed = replace(
        marts,
        statuses=tuple(row for row in marts.statuses if row.action_code in codes),
        commitments=tuple(row for row in marts.commitments if row.action_code in codes),
        contributions=tuple(row for row in marts.contributions if row.action_code in codes),
        conflicts=tuple(row for row in marts.conflicts if row.kpi_id in kpis),
        completeness=(),
        rejected_rows=(),
    )
    return asked(narrowed)


def _conflicts(marts: SessionMarts) -> Iterator[Decision]:
    rows = [row for row in marts.conflicts if row.is_blocking]
    if rows:
        named = tuple((None, f"{row.kpi_id} ({typo.date(row.period_end)})") for row in rows)
        yield Decision("Trancher", f"{typo.counted(len(rows), 'contradiction')} entre sources", named)


def _statuses(marts: SessionMarts) -> Iterator[Decision]:
    if again := [row for row in marts.statuses if row.is_asked_again]:
        yield Decision("Redire", "l’arbitrage des actions dont les faits ont changé depuis", _codes(again))
    if rows := [row for row in marts.statuses if row.has_disagreement and not row.arbitrated_status]:
        named = tuple((row.action_code, _disagreement(marts, row)) for row in rows)
        yield Decision("Arbitrer", "la situation où déclaré et calculé s’opposent", named)


def _disagreement(marts: SessionMarts, row: ActionStatus) -> str:
    computed, declared = (marts.label("status", code).lower() for code in (row.computed_status, row.declared_status))
    return f"{row.action_code} (calculé « {computed} », déclaré « {declared} »)"


def _support(marts: SessionMarts) -> Iterator[Decision]:
    """What partners ask for in « Appui demandé », in their words."""
    for row in marts.contributions:
        if text := " ".join((row.support_needed or "").split()):
            yield Decision(
                "Répondre",
                f"à la demande {of(row.partner_code)} sur l’action {row.action_code} : "
                f"« {shortened(text.rstrip('.'), SUPPORT_LENGTH)} »",
            )


#: characters of a partner's request
SUPPORT_LENGTH = 160


def _actions(marts: SessionMarts) -> Iterator[Decision]:
    late = [row for row in marts.statuses if row.final_status == "late"]
    dated = {row.action_code for row in marts.commitments if row.revised_deadline is not None}
    if rows := [row for row in late if row.action_code not in dated]:
        said = "avec les pilotes d’une nouvelle date, là où un retard n’en a pas"
        yield Decision("Convenir", said, _codes(rows))
    for code, verb, what in (
        ("at_risk", "Décider", "d’un appui pour les actions à risque"),
        ("stalled", "Relancer ou retirer", "les actions sans avancée"),
        ("not_started", "Cadrer ou reporter", "les actions qui restent à cadrer"),
    ):
        if rows := [row for row in marts.statuses if row.final_status == code]:
            yield Decision(verb, what, _codes(rows))


def _codes(rows: Iterable[ActionStatus]) -> tuple[tuple[str | None, str], ...]:
    return tuple((row.action_code, row.action_code) for row in rows)


def _answers(marts: SessionMarts) -> Iterator[Decision]:
    if rows := gaps.unanswered(marts):
        passed = "échéance passée" if len(rows) == 1 else "échéances passées"
        yield Decision("Obtenir", f"une réponse des pilotes sur {typo.number(len(rows), 0)}{typo.NBSP}{passed}")
    if rows := gaps.unproven(marts):
        named = tuple((row.action_code, row.commitment_id) for row in rows)
        yield Decision("Demander", "la date ou la preuve des jalons déclarés atteints sans elles", named)
    if partners := [row.partner_code for row in marts.completeness if row.missing]:
        waited = tuple((None, code) for code in partners)
        yield Decision("Attendre ou lever", "les contributions manquantes avant la version finale", waited)
    if rejected := len(marts.rejected_rows):
        lines = "ligne rejetée" if rejected == 1 else "lignes rejetées"
        yield Decision("Faire corriger", f"{typo.number(rejected, 0)}{typo.NBSP}{lines} à la réception")
    if stale := [row.action_code for row in marts.contributions if row.is_stale_text]:
        yield Decision("Demander", "un texte à jour pour les actions suivantes", tuple((code, code) for code in stale))


def _method(marts: SessionMarts) -> Iterator[Decision]:
    if rows := gaps.waiting(marts):
        named = tuple((row.action_code, row.commitment_id) for row in rows)
        yield Decision("Dire", "si les valeurs connues répondent à leur cible", named)
    if rows := gaps.incomparable(marts):
        named = tuple((row.action_code, row.commitment_id) for row in rows)
        yield Decision("Choisir", "la mesure qui répondrait à la cible, ou revoir la cible", named)
    if rows := [row for row in gaps.without_verdict(marts) if row.reason == "no_baseline"]:
        named = tuple((row.action_code, row.commitment_id) for row in rows)
        yield Decision("Donner", "un point de départ, avec sa source, aux cibles qui n’en ont pas", named)


_KINDS = (_conflicts, _statuses, _support, _actions, _method, _answers)
