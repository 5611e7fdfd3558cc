"""The width of words in Arial and its metric twins, without a font at hand: page and row heights are reckoned with it.

`metrics.json` holds, per weight, the characters of each width in thousandths of the size.
"""

import json
from functools import cache, lru_cache
from pathlib import Path

#: single spacing of Arial, as a share of its size
LINE = 1.15
#: a glyph the table does not hold (emoji, ideograms) is taken as wide
WIDE = 1000


class _Widths(dict[str, int]):
    """Of each character; WIDE of those that are not known."""

    def __missing__(self, character: str) -> int:
        return WIDE


@cache
def _widths(weight: str) -> _Widths:
    table = json.loads(Path(__file__).with_name("metrics.json").read_text(encoding="utf-8"))
    return _Widths((character, int(width)) for width, characters in table[weight].items() for character in characters)


@lru_cache(maxsize=1 << 16)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text on one line, in points."""
    widths = _widths("bold" if bold else "regular")
    return sum(map(widths.__getitem__, text)) * size / 1000


@lru_cache(maxsize=1 << 16)
def line_count(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """How many lines a text takes; words longer than the line are broken as Word breaks them."""
    space = text_width(" ", size, bold=bold)
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in paragraph.replace("-", "- ").split(" "):
            wide = text_width(word, size, bold=bold)
            if used and used + space + wide > width:
                lines += 1
                used = 0.0
            if wide > width:
                lines += int(wide // width)
                wide %= width
            used += wide + (space if used else 0)
    return lines
