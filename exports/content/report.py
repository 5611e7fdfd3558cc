"""The progress report: which sections, in which order."""

from itertools import groupby

from exports.content import annex, changes, erratum, gaps, glance, method, priority, release, texts
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Document, Section

TITLE = "État d’avancement"


def build(marts: SessionMarts, stage: Release) -> Document:
    """The Word report of a session."""
    sections: list[Section] = [erratum.section(marts, stage.erratum, stage.version)] if stage.erratum else []
    sections += [glance.section(marts), *_changes_and_gaps(marts, stage)]
    axes = groupby(marts.priorities, key=lambda row: row.axis_number)
    sections += [priority.section(marts, tuple(rows)) for _, rows in axes]
    sections.append(method.section(marts))
    sections.append(annex.sources(marts))
    if (whole := texts.full_texts(marts)) is not None:
        sections.append(whole)
    sections.append(annex.data(marts))
    return Document(release.properties(marts, TITLE), release.fields(marts, stage), tuple(sections))


def _changes_and_gaps(marts: SessionMarts, stage: Release) -> list[Section]:
    """Two chapters, on one page where the first has only a sentence to say."""
    changed = changes.blocks(marts)
    if marts.changes:
        return [Section(changed), gaps.section(marts, stage)]
    return [gaps.section(marts, stage, before=changed)]
