"""The styles of an OpenDocument spreadsheet: what they do to text and colours, and their number formats.

Number formats are written as Excel writes them, so that `number_formats` reads both.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

_DATE_PARTS = {"day": "dd", "month": "mm", "year": "yyyy"}
_NUMBER_STYLES = frozenset({"number_style", "currency_style", "percentage_style", "date_style", "text_style"})
_WORDS = frozenset({"text", "currency_symbol"})


@dataclass
class Style:
    """One style: what it says itself; what it leaves unsaid is its parent's."""

    parent: str = ""
    data_style: str = ""
    is_struck: bool | None = None
    is_raised: bool | None = None
    colour: str | None = None
    fill: str | None = None


@dataclass
class _NumberStyle:
    """A number format being read: what is before and after the number."""

    kind: str
    text: str = ""
    maps: list[tuple[str, str]] = field(default_factory=list)  # condition, style


class Styles:
    """Gathers the styles of `styles.xml` and `content.xml`, whose tags it receives one by one."""

    def __init__(self) -> None:
        self._styles: dict[str, Style] = {}
        self._numbers: dict[str, _NumberStyle] = {}
        self._hidden_tables: set[str] = set()
        self._style = Style()
        self._name = ""
        self._number: _NumberStyle | None = None
        self._is_word = False

    def start(self, tag: str, said: Mapping[str, str]) -> None:
        """A tag by its local name, with `_` for `-`."""
        if tag in _NUMBER_STYLES:
            self._number = self._numbers.setdefault(said.get("name", ""), _NumberStyle(tag))
        elif self._number is not None:
            self._number_part(tag, said)
        elif tag == "style":
            self._name = said.get("name", "")
            self._style = self._styles.setdefault(
                self._name, Style(said.get("parent-style-name", ""), said.get("data-style-name", ""))
            )
        elif tag == "text_properties":
            self._text_properties(said)
        elif tag == "table_cell_properties" and "background-color" in said:
            self._style.fill = _colour(said["background-color"])
        elif tag == "table_properties" and said.get("display") == "false":
            self._hidden_tables.add(self._name)

    def end(self, tag: str) -> None:
        """The end of a tag."""
        if tag in _NUMBER_STYLES:
            self._number = None
        self._is_word = False

    def text(self, data: str) -> None:
        """Words of a number format."""
        if self._number is not None and self._is_word:
            quoted = data.replace('"', "")
            is_sign = self._number.kind == "percentage_style" and quoted.strip() == "%"
            self._number.text += quoted if is_sign else f'"{quoted}"' if quoted else ""

    def hides_table(self, name: str) -> bool:
        """Whether a table of that style is not displayed."""
        return name in self._hidden_tables

    def style(self, name: str) -> Style:
        """A style with what it takes from its parents."""
        found, seen = Style(), set[str]()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            for part in ("data_style", "is_struck", "is_raised", "colour", "fill"):
                if getattr(found, part) in (None, ""):
                    setattr(found, part, getattr(style, part))
            name = style.parent
        return found

    def number_format(self, name: str) -> str:
        """The number format of a data style, in Excel's writing."""
        style = self._numbers.get(name)
        if style is None:
            return ""
        positive = next((target for condition, target in style.maps if condition.startswith("value()>")), "")
        others = self._numbers.get(positive)
        return f"{others.text};{style.text}" if others is not None else style.text

    def _number_part(self, tag: str, said: Mapping[str, str]) -> None:
        number = self._number
        if number is None:
            return
        if tag in {"number", "scientific_number", "fraction"}:
            factor = float(said.get("display-factor", "1") or 1)
            number.text += "0" + "," * (round(math.log(factor, 1000)) if factor > 1 else 0)
        elif tag in _DATE_PARTS:
            number.text += "mmm" if tag == "month" and said.get("textual") == "true" else _DATE_PARTS[tag]
        elif tag == "text_content":
            number.text += "@"
        elif tag == "map":
            number.maps.append((said.get("condition", ""), said.get("apply-style-name", "")))
        self._is_word = tag in _WORDS and number.kind != "date_style"

    def _text_properties(self, said: Mapping[str, str]) -> None:
        line = said.get("text-line-through-style", said.get("text-line-through-type"))
        if line is not None:
            self._style.is_struck = line != "none"
        if "text-position" in said:
            position = said["text-position"].split()[0]
            self._style.is_raised = position == "super" or (position.endswith("%") and position not in {"0%", "-0%"}
                                                            and not position.startswith("-"))  # fmt: skip
        if "color" in said:
            self._style.colour = _colour(said["color"])


def _colour(text: str) -> str:
    return text.lstrip("#").upper() if text.startswith("#") else ""
