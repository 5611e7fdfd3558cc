"""Every quote is found again in the stored bytes and yields its value, or its fact is not published."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sources.documents import Extraction, extract
from sources.documents.provenance import UnverifiedQuote, verify_rows
from sources.reference.roadmap import Reference

REPORT = """Au 24 juin 2025

PRIORITÉ 8

Titre de la priorité

8-4. Ordonnance numérique

→ Équiper 40 000 médecins d’ici fin 2025

CNAM - DNS

En mai 2025, 31 250 médecins s’en servent, soit 62,5 % des cabinets.
"""


def verify_quotes(extraction: Extraction, content: bytes) -> list[UnverifiedQuote]:
    """The quotes of an extraction, once its rows are in the landing."""
    return verify_rows(extraction.tables(), extraction.file_name, content)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "rapport.md"
    path.write_text(REPORT, encoding="utf-8")
    return path


def test_true_quotes_pass(report: Path, reference: Reference) -> None:
    """A check that refuses what the document says."""
    extraction = extract(report, reference)
    assert (len(extraction.targets), len(extraction.quantities)) == (1, 2)
    assert verify_quotes(extraction, report.read_bytes()) == []


def test_odd_writings_are_found_again(tmp_path: Path, reference: Reference) -> None:
    """A figure read one way while extracting and another while checking: it would block everything."""
    path = tmp_path / "rapport.md"
    told = (
        "Plus de 400 000 avis, contre 200 000 un an plus tôt. Le million de comptes est passé. 98 GHT sur 135 suivent."
    )
    promised = "Réduire d’un tiers les délais d’ici fin 2026 et former 900 agents sur la période 2024-2026"
    written = REPORT.replace("Équiper 40 000 médecins d’ici fin 2025", promised).replace("En mai", f"{told} En mai")
    path.write_text(written, encoding="utf-8")
    extraction = extract(path, reference)
    assert (len(extraction.targets), len(extraction.quantities)) == (2, 7)
    assert verify_quotes(extraction, path.read_bytes()) == []


def test_a_quote_the_bytes_do_not_say_is_refused(report: Path, reference: Reference) -> None:
    """A document swapped or fixed after it was read."""
    extraction = extract(report, reference)
    changed = report.read_bytes().replace(b"31 250", b"31 520")
    assert [(item.quote, item.reason) for item in verify_quotes(extraction, changed)] == [
        ("31 250 médecins", "not_found")
    ]


def test_a_value_its_quote_does_not_yield_is_refused(report: Path, reference: Reference) -> None:
    """A value changed on its way, its quote left as it was."""
    extraction = extract(report, reference)
    first, *others = extraction.quantities
    forged = replace(extraction, quantities=(replace(first, value=41250.0), *others))
    assert [item.reason for item in verify_quotes(forged, report.read_bytes())] == ["other_value"]


def test_a_deadline_its_quote_does_not_yield_is_refused(report: Path, reference: Reference) -> None:
    """A target re-dated without a word of the document saying so."""
    extraction = extract(report, reference)
    target = extraction.targets[0]
    assert target.deadline is not None
    forged = replace(extraction, targets=(replace(target, deadline=target.deadline.replace(year=2026)),))
    assert [item.reason for item in verify_quotes(forged, report.read_bytes())] == ["other_value"]


def test_a_wrong_place_is_refused(report: Path, reference: Reference) -> None:
    """A locator that sends the reader to another line."""
    tables = extract(report, reference).tables()
    tables["document_quantity"][0]["locator"] = "p. 1, l. 3"
    assert [item.reason for item in verify_rows(tables, report.name, report.read_bytes())] == ["not_where_said"]


def test_real_documents_bear_out_every_quote(seeds_dir: Path, reference: Reference) -> None:
    """A published figure whose words the archived file does not hold."""
    for path in sorted(seeds_dir.glob("0*.txt")):
        extraction = extract(path, reference)
        assert extraction.quantities
        assert verify_quotes(extraction, path.read_bytes()) == []


@pytest.mark.parametrize(
    "layout", ["text with pages", "text in two columns", "markdown table", "word with named columns"]
)
def test_other_layouts_bear_out_every_quote(
    layout: str, renderings: ModuleType, invented: dict[str, Any], reference: Reference, tmp_path: Path
) -> None:
    """Words that a column, a cell or a page's foot parts."""
    suffix, write = renderings.TEXTS[layout]
    path = tmp_path / f"rapport{suffix}"
    write(invented, path)
    assert verify_quotes(extract(path, reference), path.read_bytes()) == []


def test_pdf_quotes_are_found_by_the_other_reader(
    renderings: ModuleType, invented: dict[str, Any], reference: Reference, tmp_path: Path
) -> None:
    """A figure only one of two readers sees."""
    if not renderings.has_libreoffice():
        pytest.skip("LibreOffice (soffice) is not on this machine: no PDF can be made")
    path = tmp_path / "rapport.docx"
    renderings.word_columns_named(invented, path)
    [pdf] = renderings.as_pdf(path)
    assert verify_quotes(extract(pdf, reference), pdf.read_bytes()) == []
