"""One restrained palette for every deliverable, legible in grey and at 4.5:1, and the symbol of each status.

A status is always its word with its symbol; the tint only helps the eye. The symbols are all in the WGL4 set, which
every office font holds.
"""

from msgspec import Struct

INK = "1A1A1A"
MUTED = "55585F"
BLUE = "1F3864"
MID_BLUE = "5B7AA8"
LIGHT_BLUE = "C9D6EA"
PALE_BLUE = "E9EEF6"
RULE = "B8C1D1"
WHITE = "FFFFFF"
#: the ground of what nobody may overlook: invented facts
ALARM = "7A1420"


class Tone(Struct, frozen=True):
    """How one status looks: its symbol, and its ink on its ground (six hexadecimal digits each)."""

    symbol: str
    ink: str
    ground: str


STATUS_TONES: dict[str, Tone] = {
    "achieved": Tone("●", "0B4F3C", "D9EEE5"),
    "on_track": Tone("►", "1F3864", "DDE7F5"),
    "at_risk": Tone("▲", "6B4200", "FBEBCB"),
    "late": Tone("■", "7A1420", "F7DADA"),
    "unconfirmed": Tone("◊", "4B2E6B", "EAE2F3"),
    "stalled": Tone("▬", "3A3A3A", "E2E2E2"),
    "not_started": Tone("○", "3A3A3A", "EFEFEF"),
    "in_progress": Tone("≈", "3A3A3A", "EDEFF2"),
    "not_reported": Tone("□", "3A3A3A", "F6F6F6"),
}

#: from the least to the most of a map: ink on ground, apart in grey too
SHADES = (Tone("", INK, "E9EEF6"), Tone("", INK, "B9CAE4"), Tone("", WHITE, "4F6E9C"), Tone("", WHITE, "1F3864"))

#: a status code the vocabulary does not know yet: printed, never dropped
UNKNOWN_TONE = Tone("·", INK, WHITE)


def tone(status_code: str) -> Tone:
    """The look of a status."""
    return STATUS_TONES.get(status_code, UNKNOWN_TONE)


def contrast(ink: str, ground: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[position : position + 2], 16) / 255 for position in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
