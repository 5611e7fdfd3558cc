"""What does not count when two French texts are compared."""

import pytest

from sources.french.folding import fold, fold_in_place, fold_pattern, fold_words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Le déploiement se poursuit.", "le deploiement  se poursuit", True),
        ("Le déploiement « se poursuit » !", "Le déploiement se poursuit", True),
        ("La mise en œuvre de l’accès", "LA MISE EN OEUVRE DE L'ACCES", True),
        ("12 % des sites", "13 % des sites", False),
        ("12 % des sites", "12 des sites", False),
        ("…", "", True),
    ],
)
def test_texts_are_compared_by_their_words(one: str, other: str, same: bool) -> None:
    assert (fold_words(one) == fold_words(other)) is same


def test_punctuation_stays_where_words_are_not_taken_apart() -> None:
    assert fold("Œuvre d’Été\u00a0!") == "oeuvre d'ete !"
    assert fold("non\u2011voyant") == "non-voyant"


@pytest.mark.parametrize("text", ["Cœur d’été\u202f: 1er août", "e\u0301te\u0301", "ﬁn ½ ß"])
def test_positions_hold_when_a_text_is_folded_in_place(text: str) -> None:
    assert len(fold_in_place(text)) == len(text)


def test_a_pattern_is_folded_like_the_text_it_looks_for() -> None:
    assert fold_pattern(r"\bÉtablissements?\S+") == r"\betablissements?\S+"
