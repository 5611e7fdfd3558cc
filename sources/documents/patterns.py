"""Regular expressions kept as data: one alternative a line, <names> standing for fragments."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_NAME = re.compile(r"<([a-z]\w*)>")


def load_patterns(name: str) -> dict[str, Any]:
    """The data of one file of this folder, the fragments in its texts replaced."""
    data: dict[str, Any] = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    fragments: Mapping[str, str] = data.pop("fragments", {})
    filled: dict[str, Any] = _filled(data, fragments)
    return filled


def alternatives(words: str) -> str:
    """The lines of a text as one pattern."""
    return "|".join(line for line in words.splitlines() if line)


def _filled(item: Any, fragments: Mapping[str, str]) -> Any:
    if isinstance(item, str):
        while (replaced := _NAME.sub(lambda found: fragments.get(found[1], found[0]), item)) != item:
            item = replaced
        return item
    if isinstance(item, list):
        return [_filled(part, fragments) for part in item]
    if isinstance(item, dict):
        return {key: _filled(part, fragments) for key, part in item.items()}
    return item
