"""The review: what waits for a person's decision goes out as a workbook, decisions come back as rows of the landing.

What belongs here: the workbook's layout (`layout`), its writing (`exporter`) and its reading (`reader`). What does not:
which facts wait (the mart `mart_fact_candidate`) and what a decision changes (the dbt models).
"""

from sources.review.exporter import export_review
from sources.review.model import ActionCase, Candidates, Conflict, Decision, Fact
from sources.review.reader import RefusedRow, ReviewError, ReviewReading, read_review

__all__ = [
    "ActionCase",
    "Candidates",
    "Conflict",
    "Decision",
    "Fact",
    "RefusedRow",
    "ReviewError",
    "ReviewReading",
    "export_review",
    "read_review",
]
