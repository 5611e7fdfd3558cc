"""Which workbook is being written: the schema, the reference, and one partner's part in one session."""

from dataclasses import dataclass

from sources.reference.roadmap import Partner, Reference, Session
from sources.workbook.schema import WorkbookSchema


@dataclass(frozen=True)
class Edition:
    """One partner's workbook of one session; `banner` is a line shown on every sheet, None for none."""

    schema: WorkbookSchema
    reference: Reference
    session: Session
    partner: Partner
    banner: str | None = None

    @property
    def owner(self) -> str:
        """« CNS-13 – ANS », as headings and footers name the workbook."""
        return f"{self.session.session_code} – {self.partner.partner_code}"
