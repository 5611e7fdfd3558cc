"""The words of the mailroom's mails: `texts.yml`, filled in and typeset."""

import re
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from sources.french.typography import spaced

TEXTS = Path(__file__).with_name("texts.yml")
_BLANKS = re.compile(r"\n{3,}")


@cache
def texts() -> dict[str, Any]:
    """All of them."""
    import yaml

    found: dict[str, Any] = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return found


def filled(text: str, **fields: str) -> str:
    """A text with its words filled in, its spaces as French typography has them."""
    return Template(spaced(text)).substitute(fields)


def paragraphs(text: str) -> str:
    """A body without the blank lines that parts with nothing to say leave behind."""
    return _BLANKS.sub("\n\n", text).strip("\n") + "\n"
