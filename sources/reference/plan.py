"""The plan of the roadmap: axes, priorities, actions, partners, who works on what, and what leans on what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sources.reference.seed_rows import SeedFolder, SeedRow

ROLES = frozenset({"lead", "contributor"})
ACTION_PARTNER_COLUMNS = ("action_code", "partner_rank", "partner_code", "role")


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the four axes; the short label is the banner of the published report."""

    axis_number: int
    axis_label: str
    axis_short_label: str


@dataclass(frozen=True, slots=True)
class Priority:
    """One of the eighteen priorities, with its published title."""

    priority_number: int
    priority_title: str
    axis_number: int


@dataclass(frozen=True, slots=True)
class Action:
    """One of the sixty-five actions: published title, objective in the project's own words."""

    action_code: str
    priority_number: int
    action_rank: int
    action_title: str
    objective: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A public body that leads actions or contributes to them; the slug is safe in folder and file names."""

    partner_code: str
    partner_name: str
    partner_slug: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """An action that a published text makes wait for, or lean on, another one."""

    action_code: str
    depends_on_code: str
    dependency_label: str
    source_ref: str


def axis(row: SeedRow) -> Axis:
    """One row of `ref_axis`."""
    return Axis(row.integer("axis_number"), row.text("axis_label"), row.text("axis_short_label"))


def priority(row: SeedRow, axes: Collection[int]) -> Priority:
    """One row of `ref_priority`."""
    axis_number = row.integer("axis_number")
    if "ref_axis" not in row.folder.unreadable:
        row.check(axis_number in axes, "axis_number", "use an axis that ref_axis.csv defines")
    return Priority(row.integer("priority_number"), row.text("priority_title"), axis_number)


def action(row: SeedRow, priorities: Collection[int]) -> Action:
    """One row of `ref_action`."""
    code = row.matching("action_code", r"\d{1,2}-\d{1,2}", "priority-rank, such as 8-4")
    number, rank = row.integer("priority_number"), row.integer("action_rank")
    if "ref_priority" not in row.folder.unreadable:
        row.check(number in priorities, "priority_number", "use a priority that ref_priority.csv defines")
    wrong = f"its priority and rank make it {number}-{rank}; correct the one that is wrong"
    row.check(code == f"{number}-{rank}", "action_code", wrong, "priority_number", "action_rank")
    return Action(code, number, rank, row.text("action_title"), row.text("objective"))


def partner(row: SeedRow) -> Partner:
    """One row of `ref_partner`."""
    slug = row.matching("partner_slug", r"[A-Za-z0-9-]+", "letters, digits and hyphens only")
    return Partner(row.text("partner_code"), row.text("partner_name"), slug)


def dependency(row: SeedRow, actions: Collection[str]) -> Dependency:
    """One row of `ref_action_dependency`."""
    action_code = row.code_of("action_code", actions, "ref_action")
    depends_on_code = row.code_of("depends_on_code", actions, "ref_action")
    itself = "an action does not depend on itself; name the other action"
    row.check(depends_on_code != action_code, "depends_on_code", itself)
    return Dependency(action_code, depends_on_code, row.text("dependency_label"), row.text("source_ref"))


def action_partners(
    folder: SeedFolder, actions: Mapping[str, Action], partners: Collection[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Partners of each action in the report's order; the first leads, and only the first."""
    named: dict[str, list[tuple[str, str]]] = {code: [] for code in actions}
    for row in folder.rows("ref_action_partner", ACTION_PARTNER_COLUMNS):
        others = named.setdefault(row.code_of("action_code", actions, "ref_action"), [])
        code = row.code_of("partner_code", partners, "ref_partner")
        place = len(others) + 1
        in_order = f"number the partners of an action in order: {place} comes here"
        row.check(row.integer("partner_rank") == place, "partner_rank", in_order)
        once = "an action names a partner once; remove the repeat"
        row.check(code not in (other for other, _ in others), "partner_code", once)
        role = row.choice("role", ROLES)
        leads = "the first partner of an action is its lead, the others are contributors"
        row.check(role == ("contributor" if others else "lead"), "role", leads)
        others.append((code, role))
    if "ref_action_partner" not in folder.unreadable:
        for code, others in named.items():
            if not others:
                folder.refuse("ref_action_partner", "action_code", code, "name at least its lead")
    return {code: tuple(others) for code, others in named.items()}
