"""The appearance that the DNS chose: its own Word template, left in the home, and the dashboard's theme.

Both are settings of the installation, not of a session: every draft takes them, a published version has those it was
published with.
"""

import os
from pathlib import Path

from orchestration.services.runtime.paths import Paths

TEMPLATE = "modele-rapport.docx"
THEME_VARIABLE = "JALON_DASHBOARD_THEME"
NEUTRAL_THEME = "neutral"


def template_of(paths: Paths) -> Path | None:
    """The DNS's template, None where the shipped one is used."""
    path = paths.home / TEMPLATE
    return path if path.is_file() else None


def dashboard_theme() -> str:
    """The dashboard's theme: JALON_DASHBOARD_THEME, else the neutral one."""
    return os.environ.get(THEME_VARIABLE, "").strip() or NEUTRAL_THEME
