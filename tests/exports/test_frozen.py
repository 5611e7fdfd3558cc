"""`frozen` classes keep what the deliverables rely on: values that stand, compared and copied by their fields."""

import copy
import dataclasses
import pickle

import pytest

from exports.marts import Priority
from exports.model import Figure, Key, Sheet, Text


def test_a_value_is_set_once_and_for_all() -> None:
    word = Text("mot")
    for change in (lambda: setattr(word, "text", "autre"), lambda: delattr(word, "text")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(AttributeError):
        object.__setattr__(word, "misspelt", "autre")
    assert word.text == "mot"


def test_values_are_equal_by_their_fields_within_one_class() -> None:
    figure = Figure("3", 3, Key("t", "r", "c"))
    assert figure == Figure("3", 3, Key("t", "r", "c"))
    assert hash(figure) == hash(Figure("3", 3, Key("t", "r", "c")))
    assert figure != Figure("3", 3, Key("t", "r", "other"))
    assert Key("t", "r", "c") != ("t", "r", "c")


def test_a_default_that_can_change_is_each_value_s_own() -> None:
    one, other = Sheet("a", "A", (), ()), Sheet("b", "B", (), ())
    one.anchors["8-4"] = 3
    assert other.anchors == {}


def test_copies_and_pickles_are_the_same_value() -> None:
    row = Priority(1, "Titre", 2, "Axe", "Court")
    assert pickle.loads(pickle.dumps(row)) == copy.deepcopy(row) == row  # noqa: S301 — its own
    assert dataclasses.replace(row, priority_number=4) == Priority(4, "Titre", 2, "Axe", "Court")
    assert repr(row).startswith("Priority(priority_number=1, priority_title='Titre'")


def test_a_missing_or_unknown_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="axis_label"):
        Priority(1, "Titre", 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="misspelt"):
        Text("mot", misspelt=1)  # type: ignore[call-arg]
