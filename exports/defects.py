"""What a check of a written file answers: one defect, its rule, its place, what was found."""

from msgspec import Struct

#: WCAG AA for text of ordinary size
LEAST_CONTRAST = 4.5


class Defect(Struct, frozen=True):
    """One thing wrong in a written file: the rule's name, the part or sheet, and what is there."""

    rule: str
    where: str
    found: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.rule} ({self.where}): {self.found}"
