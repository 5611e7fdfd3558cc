"""A session's figures as the UI and the command line show them: statuses, the partner board, what was received.

Tables and the plot of the statuses are in Markdown. The plot is an SVG in a data address: no file to serve, no library
to draw with. The table beside it gives the same in words, so that nothing is stated by colour alone.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from exports.palette import INK, MUTED, tone
from orchestration.services.warehouse.database import markdown_table, open_marts

HEADERS = ("partenaire", "attendu", "reçu", "reconstitué", "à l’heure", "à corriger", "validé", "manquant")
BAR_WIDTH, ROW_HEIGHT, LABEL_WIDTH, COUNT_WIDTH = 360, 26, 130, 50


@dataclass(frozen=True)
class StatusCount:
    """How many actions are at one status at one session."""

    session_code: str
    status: str
    label: str
    actions: int


def status_counts(marts: Path, session_code: str | None = None) -> list[StatusCount]:
    """The actions of each status, 0 included, by session, in the order of the vocabulary; one session's or all.

    Nothing where some models alone were built, on demand, and the tables for it are not there.
    """
    with open_marts(marts) as connection:
        there = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not {"mart_session_overview", "dim_label"} <= there:
            return []
        rows = connection.execute(
            "select overview.session_code, overview.status, label.label, overview.action_count "
            "from marts.mart_session_overview overview "
            "join marts.dim_label label on label.domain = 'status' and label.code = overview.status "
            "where overview.axis_number is null and ($1 is null or overview.session_code = $1) "
            "order by overview.session_code, label.sort_order",
            [session_code],
        ).fetchall()
    return [StatusCount(*row) for row in rows]


def status_table(counts: Sequence[StatusCount]) -> str:
    """Statuses in rows, sessions in columns."""
    sessions = list(dict.fromkeys(count.session_code for count in counts))
    labels = list(dict.fromkeys(count.label for count in counts))
    found = {(count.label, count.session_code): count.actions for count in counts}
    return markdown_table(
        ["statut", *sessions], [(label, *(found.get((label, code), 0) for code in sessions)) for label in labels]
    )


def status_plot(counts: Sequence[StatusCount]) -> str:
    """One session's statuses as bars, in an image whose alternative text gives the counts."""
    if not counts:
        return ""
    counted = ", ".join(f"{count.label} {count.actions}" for count in counts)
    image = base64.b64encode(_svg(counts).encode()).decode()
    return f"![{counts[0].session_code} : {counted}](data:image/svg+xml;base64,{image})"


def plots(counts: Sequence[StatusCount]) -> dict[str, str]:
    """A plot for each session."""
    codes = dict.fromkeys(count.session_code for count in counts)
    return {code: status_plot([count for count in counts if count.session_code == code]) for code in codes}


def _svg(counts: Sequence[StatusCount]) -> str:
    most = max(count.actions for count in counts) or 1
    width, height = LABEL_WIDTH + BAR_WIDTH + COUNT_WIDTH, ROW_HEIGHT * len(counts) + 8
    rows = "".join(_bar(rank, count, most) for rank, count in enumerate(counts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#FFFFFF"/>{rows}</svg>'
    )


def _bar(rank: int, count: StatusCount, most: int) -> str:
    tones, top = tone(count.status), ROW_HEIGHT * rank + 6
    length = BAR_WIDTH * count.actions / most
    return (
        f'<text x="{LABEL_WIDTH - 8}" y="{top + 14}" text-anchor="end" fill="#{INK}">{escape(count.label)}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{top}" width="{length:.1f}" height="{ROW_HEIGHT - 8}" fill="#{tones.ground}" '
        f'stroke="#{tones.ink}"/>'
        f'<text x="{LABEL_WIDTH + length + 6:.1f}" y="{top + 14}" fill="#{MUTED}">{tones.symbol} {count.actions}</text>'
    )


@dataclass(frozen=True)
class PartnerLine:
    """One partner: items asked for, received, to correct, validated, missing; the mart defines each of them.

    `reconstituted` counts what was rebuilt from a published report: nobody sent it. `is_on_time` is None when nothing
    usable came.
    """

    partner: str
    expected: int
    received: int
    reconstituted: int
    is_on_time: bool | None
    to_correct: int
    validated: int
    missing: int


def board_of(marts: Path, session_code: str) -> list[PartnerLine]:
    """The lines of a session from the readers' copy, by partner."""
    with open_marts(marts) as connection:
        rows = connection.execute(
            "select partner_code, items_expected, items_received, items_reconstituted, is_on_time, items_to_correct, "
            "items_validated, items_missing from marts.mart_partner_completeness where session_code = ? "
            "order by partner_code",
            [session_code],
        ).fetchall()
    return [PartnerLine(*row) for row in rows]


def cells_of(line: PartnerLine) -> tuple[str, ...]:
    """A line as the texts that are under HEADERS."""
    on_time = {True: "oui", False: "non", None: "—"}[line.is_on_time]
    counts = (line.to_correct, line.validated, line.missing)
    sent = (line.expected, line.received, line.reconstituted)
    return (line.partner, *map(str, sent), on_time, *map(str, counts))


def rows_of_submissions(submissions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows read, accepted, rejected and left out, over the given rows of landing table `submission`."""
    return {
        name: sum(int(row[column] or 0) for row in submissions)
        for name, column in (
            ("rows_read", "rows_read"),
            ("rows_accepted", "rows_accepted"),
            ("rows_rejected", "rows_rejected"),
            ("rows_ignored", "rows_ignored"),
        )
    }


def submissions_table(submissions: Sequence[Mapping[str, Any]]) -> str:
    """Each submission in a line: whose it is, what became of its rows."""
    ordered = sorted(
        submissions, key=lambda row: (row["session_code"] or "", row["partner_code"] or "", str(row["received_at"]))
    )
    header = ["session", "partner", "file", "verdict", "read", "accepted", "rejected", "ignored"]
    columns = ("session_code", "partner_code", "file_name", "verdict", "rows_read", "rows_accepted", "rows_rejected")
    return markdown_table(header, [tuple(row[column] for column in (*columns, "rows_ignored")) for row in ordered])


def received_table(connection: Any) -> str:
    """All that was received so far, from `raw`: files and rows by session and verdict."""
    rows = connection.execute(
        "select session_code, verdict, count(*), sum(rows_read), sum(rows_accepted), sum(rows_rejected), "
        "sum(rows_ignored) from raw.submission group by all order by all"
    ).fetchall()
    return markdown_table(["session", "verdict", "files", "read", "accepted", "rejected", "ignored"], rows)
