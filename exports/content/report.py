"""The progress report: which sections, in which order."""

from itertools import groupby

from exports.content import annex, changes, erratum, gaps, glance, method, panorama, priority, release, texts
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Document, Section

TITLE = "État d’avancement"


def build(marts: SessionMarts, stage: Release) -> Document:
    """The Word report of a session."""
    sections: list[Section] = [erratum.section(marts, stage.erratum, stage.version)] if stage.erratum else []
    sections += [glance.section(marts), panorama.section(marts), *_changes_and_gaps(marts, stage)]
    axes = groupby(marts.priorities, key=lambda row: row.axis_number)
    sections += [priority.section(marts, tuple(rows)) for _, rows in axes]
    sections.append(method.section(marts))
    sections.append(annex.sources(marts))
    if (whole := texts.full_texts(marts)) is not None:
        sections.append(whole)
    sections.append(annex.data(marts))
    return Document(release.properties(marts, TITLE), release.fields(marts, stage, TITLE), tuple(sections))


def _changes_and_gaps(marts: SessionMarts, stage: Release) -> list[Section]:
    """Targets, changes, gaps: the last two share a page where the changes are only a sentence."""
    opening = (*panorama.rates(marts), *changes.blocks(marts))
    if marts.changes:
        return [Section(opening), gaps.section(marts, stage)]
    return [gaps.section(marts, stage, before=opening)]
