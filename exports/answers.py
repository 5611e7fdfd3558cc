"""The answers of partners that no model names, as rows: written by `make columns`, not by hand."""

from msgspec import Struct


class ContributionAnswers(Struct, frozen=True):
    """The answers of the sheet « Avancement » that no model names."""

    next_steps: str | None
    risks: str | None
    support_needed: str | None
