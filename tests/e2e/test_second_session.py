"""Three sessions as they are given to the DNS: CNS-12, CNS-13 with nothing received, CNS-13 invented and full.

No text of theirs holds a forbidden turn, in Word, Excel, slides, dashboard or mail; their pages are full enough.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from msgspec.structs import astuple

from exports.content.release import FICTIONAL_BANNER, Release, banner_of
from exports.marts import SessionMarts, read_marts
from exports.rendering import render_bytes
from orchestration.services.reception.previous import previous_of
from sources.reference.roadmap import load_reference
from tests.exports.test_forbidden_turns import NO_PROSE, READERS, TURNS, rendered
from tests.exports.test_pages import blank_shares
from tests.second_session import write_second_session

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

#: pages the report of a session may have
MOST_PAGES = {"CNS-12": 37, "CNS-13": 62}


def given(marts: SessionMarts) -> str:
    """The words of partners, of published texts and of the reference, which are theirs and are printed as they are."""
    rows = (*marts.contributions, *marts.actions, *marts.commitments, *marts.kpis, *marts.observations, *marts.sources)
    return "\n".join(value for row in rows for value in astuple(row) if isinstance(value, str))


def turns(marts: SessionMarts) -> list[str]:
    texts, theirs = set(rendered(marts)), given(marts)
    assert len(texts) > 1000
    found: set[str] = set()
    for where, text in texts:
        plain = NO_PROSE.sub("x", text)
        hits = ((turn, re.search(turn["turn"], plain)) for turn in TURNS)
        found |= {f"{where}: {text[:160]!r}: {hit.group()!r}" for _, hit in hits if hit and hit.group() not in theirs}
    return sorted(found)


def assert_paged(marts: SessionMarts, folder: Path) -> None:
    """Few pages, none more than half empty but the last, as LibreOffice lays them out."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    code = marts.session.session_code
    name = f"{code}_etat-avancement.docx"
    (folder / name).write_bytes(render_bytes(marts, Release(banner=banner_of(marts))).contents[name])
    profile = f"-env:UserInstallation=file://{folder}/profile"
    convert = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(folder / name)]
    subprocess.run(convert, check=True, capture_output=True, timeout=300)
    pdf = (folder / name).with_suffix(".pdf")
    pages = len(pypdfium2.PdfDocument(pdf))
    assert pages <= MOST_PAGES[code]
    assert set(blank_shares(pdf, 0.5)) <= {pages}


@pytest.mark.parametrize("session", ["CNS-12", "CNS-13"])
def test_no_text_of_the_shipped_sessions_holds_a_forbidden_turn(shipped: "Line", session: str) -> None:
    assert turns(read_marts(shipped.paths.marts, session)) == []


@pytest.mark.long
@pytest.mark.parametrize("session", ["CNS-12", "CNS-13"])
def test_no_page_of_the_shipped_sessions_is_half_empty(shipped: "Line", session: str, tmp_path: Path) -> None:
    assert_paged(read_marts(shipped.paths.marts, session), tmp_path)


@pytest.fixture(scope="module")
def full(shipped: "Line", tmp_path_factory: pytest.TempPathFactory) -> "Line":
    """CNS-13 with the workbooks of all partners, received, built and rendered by the real command."""
    line = shipped.copied_to(tmp_path_factory.mktemp("full"))
    reference, previous = load_reference(line.paths.seeds), previous_of(line.paths, "CNS-13")
    assert previous is not None
    write_second_session(reference, previous, line.paths.inbox)
    done = line.jalon("report", "--session", "CNS-13")
    assert done.returncode == 0, done.stdout + done.stderr
    return line


@pytest.mark.long
def test_a_full_second_session_comes_from_every_partner_and_holds_no_forbidden_turn(full: "Line") -> None:
    marts = read_marts(full.paths.marts, "CNS-13")
    assert {row.partner_code for row in marts.completeness if row.submission_count} == {
        row.partner_code for row in marts.partners
    }
    assert marts.rejected_rows == ()
    assert {row.change_kind for row in marts.changes} >= {
        *("status_improved", "status_worsened", "commitment_achieved", "deadline_passed", "value_updated"),
    }
    assert turns(marts) == []


@pytest.mark.long
def test_a_full_second_session_says_everywhere_that_it_is_invented_and_fills_its_pages(
    full: "Line", tmp_path: Path
) -> None:
    marts = read_marts(full.paths.marts, "CNS-13")
    assert banner_of(marts) == FICTIONAL_BANNER
    for path in full.paths.deliverables("CNS-13").iterdir():
        if path.suffix in READERS:
            assert any(FICTIONAL_BANNER in text for text in READERS[path.suffix](path.read_bytes())), path.name
    assert_paged(marts, tmp_path)
