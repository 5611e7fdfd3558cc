"""The facts a session's deliverables state: the marts, seen from what was published before, in the DNS's words.

Drafts, final versions, publications and fiches all start here, so that what is read before a publication is what is
published.
"""

from collections.abc import Sequence
from pathlib import Path

from exports.differences import compared
from exports.edits import Edit, applied
from exports.marts import SessionMarts, read_marts


def stated(
    marts_path: Path, session_code: str, *, edits: Sequence[Edit] = (), previous: SessionMarts | None = None
) -> SessionMarts:
    """The facts of a session; `previous` is the session before as it was published, where it was.

    Without it the arrows and the changes are those the marts compute. MartsError when the marts cannot be read.
    """
    marts = read_marts(marts_path, session_code)
    if previous is not None:
        marts = compared(marts, previous)
    return applied(marts, edits)
