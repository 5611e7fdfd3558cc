"""Writes the dashboard: one HTML file, its style and its script inside, allowed by their hashes and nothing else.

Everything is in the HTML before any script runs; the script only hides what the filters leave out. The look is a
theme: `themes/<name>.css` gives the colours and fonts. `neutral` is nobody's; `etat` takes the colours and shapes of
the State's design system, which is reserved to the State: only who may use it asks for it. It brings neither the
State's mark nor its typeface, which is taken from the machine where it is installed.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from exports import palette
from exports.content.release import NEUTRAL_THEME
from exports.dashboard.view import Page
from exports.word.xml import safe

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
THEMES = Path(__file__).with_name("themes")


class ThemeError(ValueError):
    """There is no such theme; the message names those there are."""


def write(page: Page, theme: str = NEUTRAL_THEME) -> bytes:
    """The file's bytes; the same for the same page and theme. ThemeError when there is no such theme."""
    style = (
        _environment()
        .get_template("style.css.j2")
        .render(theme=theme_css(theme), tones=palette.STATUS_TONES, shades=palette.SHADES)
    )
    script = (TEMPLATES / "filter.js").read_text(encoding="utf-8")
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(page=page, style=style, script=script, style_hash=_hash(style), script_hash=_hash(script))
    )
    return html.encode()


def themes() -> tuple[str, ...]:
    """The themes there are."""
    return tuple(sorted(path.stem for path in THEMES.glob("*.css")))


def theme_css(name: str) -> str:
    """A theme's own style. ThemeError when there is no such theme."""
    if name not in themes():
        raise ThemeError(f"dashboard theme {name!r}: expected one of {', '.join(themes())}")
    return (THEMES / f"{name}.css").read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """What a content security policy names an inline block by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_visible,
    )
    environment.filters["kind"] = lambda inline: type(inline).__name__
    environment.filters["percent"] = lambda share: f"{share:.2f}%"
    environment.filters["machine"] = _machine
    return environment


def _visible(value: object) -> object:
    """A text with its control characters made visible; markup already judged safe is left as it is."""
    return safe(value) if type(value) is str else value


def _machine(value: object) -> str:
    """A figure's value as a program reads it."""
    return format(value, ".15g") if isinstance(value, float) else str(value)
