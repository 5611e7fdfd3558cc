"""What makes a text the same text: how it is made safe for a document, and the mark it is known by."""

import hashlib
import re

from sources.french.typography import lowered

#: the partner and column under which a note of the DNS goes
NOTE_PARTNER, NOTE_COLUMN = "DNS", "note"
OBJECTIVE_COLUMN, PARAGRAPH_COLUMN = "objective", "paragraph"
OWN_COLUMNS = frozenset({NOTE_COLUMN, OBJECTIVE_COLUMN, PARAGRAPH_COLUMN})
#: how the column of a table or a picture the DNS inserted begins; the rest is the mark of what was inserted
ADDITION = "ajout-"
#: how the caption of a table the DNS inserted begins, by which a later draft knows it
ADDED_TABLE = "Jalon ajout"

_MARK_LENGTH = 12
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def safe(text: str) -> str:
    """The text with what XML cannot hold made visible: control characters as their pictures, nothing dropped."""
    return _FORBIDDEN.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def mark(text: str) -> str:
    """The mark of a text: the same whatever Word does to its spaces, runs, raised letters or empty lines."""
    lines = (" ".join(line.split()) for line in lowered(safe(text)).splitlines())
    plain = "\n".join(line for line in lines if line)
    return hashlib.sha256(plain.encode()).hexdigest()[:_MARK_LENGTH]


def text_key(action_code: str, partner_code: str, column: str) -> str:
    """The key of a partner's text on an action."""
    return f"{action_code}/{partner_code}/{column}"


def note_key(action_code: str) -> str:
    """The key of the DNS's note on an action."""
    return own_key(action_code, NOTE_COLUMN)


def own_key(subject: str, column: str) -> str:
    """The key of a text that is the DNS's own: a note, an objective, a priority's paragraph, an addition."""
    return text_key(subject, NOTE_PARTNER, column)


def is_own(key: str) -> bool:
    """Whether a text is the DNS's own, rather than a partner's rewritten (the DNS is a partner too)."""
    partner, _, column = key.partition("/")[2].rpartition("/")
    return partner == NOTE_PARTNER and (column in OWN_COLUMNS or column.startswith(ADDITION))
