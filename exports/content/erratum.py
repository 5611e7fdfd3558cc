"""The page a corrected version opens with: why it replaces the published one, and everything that changed from it."""

from exports.content import changes
from exports.content.facts import words
from exports.content.release import Erratum
from exports.marts import SessionMarts
from exports.model import Block, Heading, Paragraph, Section, Text


def section(marts: SessionMarts, erratum: Erratum, version: int) -> Section:
    """The page."""
    opening = f"Cette version {version} remplace la version {erratum.replaces} publiée, qui reste archivée."
    blocks: list[Block] = [
        Heading(1, "Erratum", "erratum"),
        Paragraph((words(opening),), "lead"),
        Paragraph((words("Motif : "), Text(erratum.reason))),
    ]
    tables = changes.family_blocks(marts, erratum.changes, level=2, prefix="erratum")
    return Section((*blocks, *(tables or [Paragraph((words("Aucun fait n’a changé : seuls les textes diffèrent."),))])))
