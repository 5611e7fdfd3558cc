"""The reference of the roadmap, whole: every fact of the seeds, and the questions the code asks it.

The reviewed rows are the dbt seeds (`dbt_project/seeds/ref_*.csv`); the same files are read here for the code that runs
before the warehouse exists: the templates, the readers, the documents' matchers. What comes out is immutable, and every
field bears the name of its column. Seeds that cannot be trusted are refused whole, with every wrong cell. Invariants
that are no concern of a reader stay with dbt's tests.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from sources.reference.commitments import (
    Commitment,
    RetiredCommitment,
    Revision,
    commitment,
    retired_commitment,
    revision,
)
from sources.reference.indicators import (
    Baseline,
    Comparability,
    Kpi,
    Matcher,
    baseline,
    comparability,
    kpi,
    matcher,
)
from sources.reference.lists import Label, Session, Territory, label, session, territory
from sources.reference.plan import (
    ACTION_PARTNER_COLUMNS,
    Action,
    Axis,
    Dependency,
    Partner,
    Priority,
    action,
    action_partners,
    axis,
    dependency,
    partner,
    priority,
)
from sources.reference.seed_rows import ReferenceError, SeedFolder, SeedRow  # noqa: A004 — the name the interfaces give it

__all__ = [
    "COLUMNS",
    "Action",
    "Axis",
    "Baseline",
    "Commitment",
    "Comparability",
    "Dependency",
    "Kpi",
    "Label",
    "Matcher",
    "Partner",
    "Priority",
    "Reference",
    "ReferenceError",
    "RetiredCommitment",
    "Revision",
    "Session",
    "Territory",
    "load_reference",
    "load_sessions",
]

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Reference:
    """Every fact of the seeds, keyed by code in the order of the files."""

    axes: Mapping[int, Axis]
    priorities: Mapping[int, Priority]
    actions: Mapping[str, Action]
    partners: Mapping[str, Partner]
    action_partners: Mapping[str, tuple[tuple[str, str], ...]]
    dependencies: Mapping[tuple[str, str], Dependency]
    commitments: Mapping[str, Commitment]
    retired_commitments: Mapping[str, RetiredCommitment]
    revisions: Mapping[tuple[str, str], Revision]
    kpis: Mapping[str, Kpi]
    baselines: Mapping[str, Baseline]
    comparability: Mapping[tuple[str, str], Comparability]
    matchers: Mapping[str, Matcher]
    sessions: Mapping[str, Session]
    territories: Mapping[str, Territory]
    labels: Mapping[tuple[str, str], Label]

    def lead_of(self, action_code: str) -> str:
        """The code of the partner that leads an action: the first one the report names. KeyError if unknown."""
        return self.action_partners[action_code][0][0]

    def actions_of(self, partner_code: str) -> tuple[str, ...]:
        """The codes of the actions a partner leads or contributes to, in the roadmap's order."""
        return tuple(
            code for code, named in self.action_partners.items() if any(other == partner_code for other, _ in named)
        )

    def commitments_of(self, action_code: str) -> tuple[Commitment, ...]:
        """The commitments of an action, by rank; none for an action nobody knows."""
        return self._commitments_by_action.get(action_code, ())

    @cached_property
    def _commitments_by_action(self) -> Mapping[str, tuple[Commitment, ...]]:
        found: dict[str, tuple[Commitment, ...]] = {}
        for item in self.commitments.values():
            found[item.action_code] = (*found.get(item.action_code, ()), item)
        return found

    def kpis_of(self, partner_code: str) -> tuple[Kpi, ...]:
        """The KPIs a partner owns, whichever action they belong to."""
        return tuple(item for item in self.kpis.values() if item.owner_partner == partner_code)


COLUMNS: dict[str, tuple[str, ...]] = {
    "ref_action_partner": ACTION_PARTNER_COLUMNS,
    **{
        seed: tuple(field.name for field in fields(row_type))
        for seed, row_type in {
            "ref_axis": Axis,
            "ref_priority": Priority,
            "ref_action": Action,
            "ref_action_dependency": Dependency,
            "ref_partner": Partner,
            "ref_commitment": Commitment,
            "ref_commitment_retired": RetiredCommitment,
            "ref_commitment_revision": Revision,
            "ref_kpi": Kpi,
            "ref_kpi_baseline": Baseline,
            "ref_kpi_comparability": Comparability,
            "ref_kpi_matcher": Matcher,
            "ref_cns_session": Session,
            "ref_territory": Territory,
            "ref_label": Label,
        }.items()
    },
}


def load_reference(seeds_dir: Path) -> Reference:
    """Read the seeds of a folder into one `Reference`.

    Raises `ReferenceError` with every cell that cannot be used: a missing file or column, a blank where a value is
    required, a value of the wrong type or outside its vocabulary, a key used twice, a code nobody defines.
    """
    folder = SeedFolder(seeds_dir)
    axes = _load(folder, "ref_axis", axis, lambda item: item.axis_number)
    priorities = _load(folder, "ref_priority", partial(priority, axes=axes), lambda item: item.priority_number)
    actions = _load(folder, "ref_action", partial(action, priorities=priorities), lambda item: item.action_code)
    partners = _load(folder, "ref_partner", partner, lambda item: item.partner_code)
    named = action_partners(folder, actions, partners)
    sessions = _sessions(folder)
    kpis = _load(folder, "ref_kpi", partial(kpi, actions=actions, partners=partners), lambda item: item.kpi_id)
    kpi_actions = {code: item.action_code for code, item in kpis.items()}
    commitments = _load(
        folder,
        "ref_commitment",
        partial(commitment, actions=actions, kpi_actions=kpi_actions),
        lambda item: item.commitment_id,
    )
    reference = Reference(
        axes=axes,
        priorities=priorities,
        actions=actions,
        partners=partners,
        action_partners=named,
        dependencies=_load(
            folder,
            "ref_action_dependency",
            partial(dependency, actions=actions),
            lambda item: (item.action_code, item.depends_on_code),
        ),
        commitments=commitments,
        retired_commitments=_load(
            folder,
            "ref_commitment_retired",
            partial(retired_commitment, actions=actions, commitments=commitments),
            lambda item: item.commitment_id,
        ),
        revisions=_load(
            folder,
            "ref_commitment_revision",
            partial(revision, commitments=commitments, sessions=sessions),
            lambda item: (item.commitment_id, item.said_in_session),
        ),
        kpis=kpis,
        baselines=_load(folder, "ref_kpi_baseline", partial(baseline, kpis=kpis), lambda item: item.kpi_id),
        comparability=_load(
            folder,
            "ref_kpi_comparability",
            partial(comparability, commitments=commitments, kpis=kpis),
            lambda item: (item.commitment_id, item.context_kpi_id),
        ),
        matchers=_load(
            folder, "ref_kpi_matcher", partial(matcher, actions=actions, kpis=kpis), lambda item: item.matcher_id
        ),
        sessions=sessions,
        territories=_load(folder, "ref_territory", territory, lambda item: item.territory_code),
        labels=_load(folder, "ref_label", label, lambda item: (item.domain, item.code)),
    )
    folder.raise_problems()
    return reference


def load_sessions(seeds_dir: Path) -> dict[str, Session]:
    """The session table alone, for who reads it every morning; refused like `load_reference` does."""
    folder = SeedFolder(seeds_dir)
    sessions = _sessions(folder)
    folder.raise_problems()
    return sessions


def _sessions(folder: SeedFolder) -> dict[str, Session]:
    return _load(folder, "ref_cns_session", session, lambda item: item.session_code)


def _load(folder: SeedFolder, seed: str, build: Callable[[SeedRow], _T], key: Callable[[_T], _K]) -> dict[_K, _T]:
    return folder.load(seed, COLUMNS[seed], build, key)
