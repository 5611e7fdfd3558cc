"""What is rendered is read again as any reader would: sound files, with the facts of the marts.

A file that fails must not leave the house: these checks are of severity ERROR, and a session whose last rendering
failed one is not published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey, MetadataValue

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.rendering import Rendered, facts_of
from orchestration.services.session.state import PUBLISHED, published_versions, render_inputs_of
from sources.reference.roadmap import load_reference


@dataclass(frozen=True)
class Check:
    """One check of one deliverable."""

    name: str
    asset: str
    ending: str
    description: str

    @property
    def spec(self) -> AssetCheckSpec:
        """Its declaration."""
        return AssetCheckSpec(self.name, asset=_key(self.asset), description=self.description)


WORD = Check(
    "word_is_sound",
    "word_report",
    "_etat-avancement.docx",
    "Unique ids, heading order, alternative texts, language, header rows, contrast, no merged cell.",
)
EXCEL = Check(
    "excel_is_sound",
    "excel_dashboard",
    "_tableau-de-bord.xlsx",
    "Tables described, typed cells, header rows, no formula nobody meant, links that lead somewhere.",
)
AGREEMENT = Check(
    "word_and_excel_say_what_the_marts_say",
    "word_report",
    "_etat-avancement.docx",
    "Every action, status, partner, target, value, deadline and rate, read again in both files, both ways.",
)
PAGE = Check(
    "the_page_says_what_the_marts_say",
    "html_dashboard",
    "_tableau-de-bord.html",
    "The same facts, read again in the HTML page.",
)
CHECKS = (WORD, EXCEL, AGREEMENT, PAGE)

Found = Mapping[str, list[str]]  # check → defects, one line each


def check_results(paths: Paths, session_code: str, rendered: Rendered) -> Iterator[AssetCheckResult]:
    """The verdict on the files of a session; remembered, so that files left as they are cost nothing."""
    name, key = f"deliverables-{session_code}", paths.memo.key(__name__, data=[rendered.sha256])
    found = paths.memo.recall(name, key)
    if found is None:
        found = _examined(paths, session_code, rendered)
        paths.memo.remember(name, key, found)
    for check in CHECKS:
        defects = found[check.name]
        yield AssetCheckResult(
            asset_key=_key(check.asset),
            check_name=check.name,
            passed=not defects,
            severity=AssetCheckSeverity.ERROR,
            metadata={
                "session": session_code,
                "defects": len(defects),
                "found": MetadataValue.md("\n".join(f"- {line}" for line in defects[:50])),
                "fix": "The writer and the marts disagree: fix exports/, a published file is never fixed by hand.",
            },
        )


def _examined(paths: Paths, session_code: str, rendered: Rendered) -> Found:
    from exports import agreement, snapshot
    from exports.dashboard import agreement as page
    from exports.excel import checks as excel
    from exports.word import checks as word

    if rendered.state == PUBLISHED:
        version = published_versions(paths, session_code)[-1]
        marts = snapshot.marts_of(snapshot.folder_of(paths.snapshots, session_code, version))
    else:
        marts = facts_of(paths, render_inputs_of(paths, session_code, load_reference(paths.seeds)))
    docx, xlsx, html = (_bytes(rendered, check) for check in (WORD, EXCEL, PAGE))
    return {
        WORD.name: [str(defect) for defect in word.defects(docx)],
        EXCEL.name: [str(defect) for defect in excel.defects(xlsx)],
        AGREEMENT.name: [str(defect) for defect in agreement.disagreements(marts, docx, xlsx)],
        PAGE.name: [str(defect) for defect in page.disagreements(marts, html)],
    }


def _bytes(rendered: Rendered, check: Check) -> bytes:
    return next(path for path in rendered.files if path.name.endswith(check.ending)).read_bytes()


def _key(asset: str) -> AssetKey:
    return AssetKey(["deliverables", asset])
