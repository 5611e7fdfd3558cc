"""The review: what waits for a person goes out as a workbook; decisions and readings come back as rows of the landing.

What belongs here: the workbook's layout (`layout`), its writing (`exporter`) and its reading (`reader`). What does not:
what waits (the marts) and what a decision or a reading changes (the dbt models).
"""

from sources.review.exporter import export_review
from sources.review.layout import Vocabulary
from sources.review.model import (
    Candidates,
    CommitmentCase,
    Conflict,
    Decision,
    Fact,
    Reading,
    RefusedRow,
    ReviewReading,
    Subject,
)
from sources.review.reader import read_review
from sources.review.sheet_reader import ReviewError

__all__ = [
    "Candidates",
    "CommitmentCase",
    "Conflict",
    "Decision",
    "Fact",
    "Reading",
    "RefusedRow",
    "ReviewError",
    "ReviewReading",
    "Subject",
    "Vocabulary",
    "export_review",
    "read_review",
]
