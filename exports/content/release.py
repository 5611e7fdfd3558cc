"""What a rendering is: its state and version, and the words that say so on every deliverable."""

import datetime as dt

from msgspec import Struct

from exports.marts import Change, SessionMarts
from exports.model import Properties
from sources.french import typography as typo

STATE_LABELS = {"draft": "BROUILLON", "final": "FINAL", "published": "PUBLIÉ"}

#: how the source of an invented session says that it is one (`dim_source.origin`), and what each page then says
FICTIONAL = "fictional"
FICTIONAL_BANNER = "SESSION FICTIVE – DONNÉES INVENTÉES"

NEUTRAL_THEME = "neutral"

PROGRAMME = "Feuille de route du numérique en santé 2023-2027"
AUTHOR = "Délégation au numérique en santé"


class Waiver(Struct, frozen=True):
    """A missing contribution the DNS accepts: on which action, why, who decided and when. All are required."""

    action_code: str
    reason: str
    author_role: str
    decided_on: dt.date

    def __post_init__(self) -> None:
        if not (self.reason.strip() and self.author_role.strip()):
            raise ValueError(f"waiver of {self.action_code}: reason and author role are required")


class Erratum(Struct, frozen=True):
    """Why a published version is replaced, which one, what it said, and what changed from it."""

    reason: str
    replaces: int
    replaced: SessionMarts
    changes: tuple[Change, ...]


class Exchange(Struct, frozen=True):
    """What passed between a partner and Jalon about the session, as it was when the files were made."""

    partner_code: str
    channels: str
    invited_on: dt.date | None = None
    reminders: int = 0
    answers: int = 0
    bounces: int = 0


class Release(Struct, frozen=True):
    """State (`draft`, `final`, `published`), version, banner (a fictional session says so), waivers, erratum.

    `theme` is the dashboard's: neutral unless the DNS chose the State's. `exchanges` are those of partners with whom
    something passed.
    """

    state: str = "draft"
    version: int = 1
    banner: str = ""
    waivers: tuple[Waiver, ...] = ()
    erratum: Erratum | None = None
    theme: str = NEUTRAL_THEME
    exchanges: tuple[Exchange, ...] = ()

    def __post_init__(self) -> None:
        if self.state not in STATE_LABELS:
            raise ValueError(f"state {self.state!r}: expected one of {', '.join(STATE_LABELS)}")

    @property
    def state_label(self) -> str:
        """The state as printed."""
        return STATE_LABELS[self.state]


def banner_of(marts: SessionMarts) -> str:
    """What every page says of a session some of whose facts are invented; empty for a real one."""
    invented = (
        row.origin == FICTIONAL and (row.as_of is None or row.as_of <= marts.session.cut_off) for row in marts.sources
    )
    return FICTIONAL_BANNER if any(invented) else ""


def session_name(marts: SessionMarts) -> str:
    """« 12ᵉ session du Conseil du numérique en santé »."""
    return f"{typo.ordinal(marts.session.session_number)} session du Conseil du numérique en santé"


def cut_off(marts: SessionMarts) -> str:
    """The day the figures stop at, and that nothing was received for the session where nothing was."""
    silence = "" if marts.anything_received else ", aucune contribution reçue"
    return f"{typo.date(marts.session.cut_off)}{silence}"


def properties(marts: SessionMarts, title: str) -> Properties:
    """The file's own properties; dates are the session's."""
    return Properties(
        title=f"{title} – {marts.session.session_code}",
        subject=f"{PROGRAMME}, {session_name(marts)}",
        author=AUTHOR,
        keywords=f"numérique en santé, feuille de route 2023-2027, {marts.session.session_code}",
        created=marts.session.held_on,
    )


def fields(marts: SessionMarts, release: Release, title: str) -> dict[str, str]:
    """The template's fields by name; `title` is what the document is."""
    session = marts.session
    return {
        "programme": PROGRAMME,
        "document": title,
        "session": session_name(marts),
        "session_code": session.session_code,
        "held_on": typo.date(session.held_on),
        "cut_off": cut_off(marts),
        "state": release.state_label,
        "version": str(release.version),
        "method": marts.method_version,
        "checksum": marts.digest,
        "banner": release.banner,
    }
