"""The progress report: which sections, in which order."""

from itertools import groupby

from exports.content import (
    ahead,
    annex,
    changes,
    erratum,
    gaps,
    method,
    page_one,
    panorama,
    priority,
    release,
    slips,
    texts,
)
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Document, Section

TITLE = "État d’avancement"


def build(marts: SessionMarts, stage: Release) -> Document:
    """The Word report of a session."""
    sections: list[Section] = [erratum.section(marts, stage.erratum, stage.version)] if stage.erratum else []
    sections += [page_one.section(marts), panorama.section(marts), *_since_and_ahead(marts, stage)]
    axes = groupby(marts.priorities, key=lambda row: row.axis_number)
    sections += [priority.section(marts, tuple(rows)) for _, rows in axes]
    sections.append(method.section(marts))
    sections.append(annex.sources(marts))
    if (whole := texts.full_texts(marts)) is not None:
        sections.append(whole)
    sections.append(annex.data(marts))
    return Document(release.properties(marts, TITLE), release.fields(marts, stage, TITLE), tuple(sections))


def _since_and_ahead(marts: SessionMarts, stage: Release) -> list[Section]:
    """What changed, where there is a session to compare with; what slipped, what comes; what is missing."""
    moved = Section((*changes.blocks(marts), *slips.blocks(marts), *ahead.blocks(marts)))
    return [moved, gaps.section(marts, stage)]
