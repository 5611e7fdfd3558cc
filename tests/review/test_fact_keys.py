"""A decision holds for a fact as long as it says the same, whatever the document's layout or version."""

from pathlib import Path

import pytest

from sources.documents import extract
from sources.documents.facts import fact_keys
from sources.reference.roadmap import Reference, load_reference

HEAD = "# Article\n\nAu 17 décembre 2024\n\n"
FIGURES = {
    "médecins": "- Près de 30 000 médecins ont déjà créé une ordonnance numérique (action 8-4).",
    "officines": "- Près de 10 000 officines ont exécuté une ordonnance numérique (action 8-4).",
}


@pytest.fixture(scope="module")
def reference(project_root: Path) -> Reference:
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.fixture
def keys(reference: Reference, tmp_path: Path):
    def read(text: str) -> list[str]:
        path = tmp_path / "article.md"
        path.write_text(HEAD + text, encoding="utf-8")
        return [row["fact_key"] for row in extract(path, reference).tables()["document_quantity"]]

    return read


def test_a_new_version_reopens_only_what_changed(keys) -> None:
    first, second = keys("\n".join(FIGURES.values()))
    changed = keys(
        f"## Un titre de plus\n\n{FIGURES['officines'].replace('10 000', '11 000')}\n\n{FIGURES['médecins']}"
    )
    assert first in changed  # moved to another line, below a new heading
    assert second not in changed


@pytest.mark.parametrize("typed", ["30\u202f000", "30\u00a0000", "30\u2009000"])
def test_spaces_of_another_typography_change_nothing(keys, typed: str) -> None:
    assert keys(FIGURES["médecins"].replace("30 000", typed)) == keys(FIGURES["médecins"])


@pytest.mark.parametrize(
    "changed",
    [
        ("30 000", "31 000"),
        ("Près de", "Plus de"),
        ("ont déjà créé", "de ville ont créé"),
        ("Près de 30 000", "En novembre 2024, près de 30 000"),
    ],
)
def test_another_value_qualifier_sentence_or_period_is_another_fact(keys, changed: tuple[str, str]) -> None:
    assert set(keys(FIGURES["médecins"].replace(*changed))).isdisjoint(keys(FIGURES["médecins"]))


def test_the_same_words_twice_have_a_key_each(reference: Reference, tmp_path: Path) -> None:
    path = tmp_path / "article.md"
    path.write_text(HEAD + FIGURES["médecins"], encoding="utf-8")
    (quantity,) = extract(path, reference).quantities
    first, second = fact_keys([quantity, quantity])
    assert first != second
    assert fact_keys([quantity]) == [first]


def test_keys_are_unique_in_every_shipped_document(project_root: Path, reference: Reference) -> None:
    for path in sorted((project_root / "sources" / "inbox" / "reports").glob("*.md")):
        rows = extract(path, reference).tables()["document_quantity"]
        assert len({row["fact_key"] for row in rows}) == len(rows), path.name
