"""The lists that are on their own: sessions, territories, French labels of codes."""

from dataclasses import dataclass
from datetime import date

from sources.reference.seed_rows import SeedRow

TERRITORY_LEVELS = frozenset({"country", "region", "department"})
SESSION_STATES = frozenset({"open", "closed", "draft", "final", "published"})


@dataclass(frozen=True, slots=True)
class Session:
    """One CNS session; `cut_off` is the date its figures are stopped at and the only « now » of the method."""

    session_code: str
    session_number: int
    held_on: date
    cut_off: date
    contributions_due_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Territory:
    """The country, a region or a department; establishments are not listed, their FINESS number is their code."""

    territory_code: str
    territory_level: str
    insee_code: str | None
    territory_label: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class Label:
    """The French word for one code of one vocabulary."""

    domain: str
    code: str
    label: str
    description: str
    sort_order: int


def session(row: SeedRow) -> Session:
    """One row of `ref_cns_session`."""
    return Session(
        session_code=row.matching("session_code", r"CNS-\d+", "CNS-number, such as CNS-12"),
        session_number=row.integer("session_number"),
        held_on=row.day("held_on"),
        cut_off=row.day("cut_off"),
        contributions_due_on=row.day("contributions_due_on"),
        state=row.choice("state", SESSION_STATES),
    )


def territory(row: SeedRow) -> Territory:
    """One row of `ref_territory`."""
    return Territory(
        territory_code=row.text("territory_code"),
        territory_level=row.choice("territory_level", TERRITORY_LEVELS),
        insee_code=row.text_or_none("insee_code"),
        territory_label=row.text("territory_label"),
        parent_code=row.text_or_none("parent_code"),
    )


def label(row: SeedRow) -> Label:
    """One row of `ref_label`."""
    return Label(
        domain=row.text("domain"),
        code=row.text("code"),
        label=row.text("label"),
        description=row.text("description"),
        sort_order=row.integer("sort_order"),
    )
