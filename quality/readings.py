# ruff: noqa: D102 — each property is the attribute of the same name of the real class
"""What this package asks of the values that it judges and does not know the makers of: a reading, the session before.

The reference and the workbook's schema are no part of it: they are imported as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sources.workbook.schema import Sheet


class Row(Protocol):
    """One row read from a workbook."""

    @property
    def sheet(self) -> str: ...
    @property
    def sheet_name(self) -> str: ...
    @property
    def row_number(self) -> int: ...
    @property
    def raw(self) -> Mapping[str, str]: ...
    @property
    def cells(self) -> Mapping[str, str]: ...


class SheetRows(Protocol):
    """The rows read in one sheet."""

    def __len__(self) -> int: ...
    @property
    def sheet(self) -> str: ...
    @property
    def sheet_name(self) -> str: ...
    @property
    def row_numbers(self) -> Sequence[int]: ...
    @property
    def layout(self) -> Sheet: ...
    @property
    def facts(self) -> Mapping[str, Sequence[Any]]: ...

    def texts(self, column: str) -> Sequence[str | None]: ...
    def cells(self, column: str) -> Sequence[str]: ...
    def row(self, place: int) -> Row: ...


class Reading(Protocol):
    """One read workbook."""

    file_name: str
    sha256: str
    template_version: str | None
    session_code: str | None
    partner_code: str | None
    refused: dict[str, Any] | None
    blocked: bool

    @property
    def sheets(self) -> Sequence[SheetRows]: ...
    @property
    def issues(self) -> Sequence[dict[str, Any]]: ...


class Previous(Protocol):
    """What the last session knew: see the template's own class for the keys."""

    @property
    def actions(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def milestones(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def kpis(self) -> Mapping[str, Sequence[Mapping[str, Any]]]: ...
