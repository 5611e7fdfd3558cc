"""What rows are judged on beside what was typed: slips, jumps, texts given twice."""

import pytest

from quality.facts import jump, slip_factor


@pytest.mark.parametrize(
    ("value", "last", "factor"),
    [
        (4000, 40_000, 0.1),
        (40_000, 4000, 10),
        (44_000, 4000, 10),
        (400_000, 4000, 100),
        (3.9e6, 4000, 1000),
        (0.36, 36, 0.01),
        (4200, 4000, None),
        (60_000, 4000, None),  # fifteen times: a jump, no slip of a zero
        (0, 4000, None),
        (4000, 0, None),
        (-40_000, 4000, None),
    ],
)
def test_a_slip_of_zeros_is_recognised(value: float, last: float, factor: float | None) -> None:
    assert slip_factor(value, last) == factor


@pytest.mark.parametrize(
    ("value", "history", "is_jump"),
    [
        (500, [100, 120, 140], True),
        (180, [100, 120, 140], False),
        (80, [100, 120, 140], False),  # three usual steps back: not beyond
        (0, [100, 120, 140], True),
        (250, [100], False),
        (450, [100], True),
        (100, [100, 100], False),
        (5, [0.0], False),
    ],
)
def test_a_jump_is_held_against_the_history(value: float, history: list[float], is_jump: bool) -> None:
    assert (jump(value, history) is not None) is is_jump
