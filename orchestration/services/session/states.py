"""Two states of the facts and what changed between them: files, published sessions, the marts as they are now.

The changes of actions are those of `mart_session_change`, by its own rule; every other row that differs is named by its
table and key.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.beside import row_keys
from orchestration.services.warehouse.comparison import differing_keys
from sources.errors import PlainError

if TYPE_CHECKING:
    from exports.marts import SessionMarts

NOW = "now"
PUBLISHED = re.compile(r"(?P<session>CNS-\d+)/v(?P<version>\d+)")
# what the changes of actions hold already
SAID = frozenset({"fct_action_status", "fct_commitment_progress", "mart_session_change", "mart_session_overview"})


class StateError(PlainError):
    """A state that cannot be read; the message names it and what is accepted."""

    fix = "Give `now`, a published version such as `CNS-12/v1`, or a file made by `jalon rebuild --to FILE`."


@dataclass(frozen=True)
class State:
    """One state: its marts as a file, or as the folder of a published version (then one session alone)."""

    name: str
    marts: Path
    session_code: str | None = None

    def facts(self, session_code: str) -> "SessionMarts":
        """The facts of a session. MartsError."""
        from exports.marts import read_marts
        from exports.snapshot import marts_of

        return marts_of(self.marts) if self.session_code else read_marts(self.marts, session_code)


def state_named(paths: Paths, name: str) -> State:
    """The state that a user names. StateError."""
    if name == NOW:
        if not paths.marts.is_file():
            raise StateError(f"{paths.marts}: nothing built yet.")
        return State(NOW, paths.marts)
    published = PUBLISHED.fullmatch(name)
    if published is not None:
        from exports import snapshot

        code, version = published["session"], int(published["version"])
        if version not in snapshot.versions(paths.snapshots, code):
            known = ", ".join(f"{code}/v{number}" for number in snapshot.versions(paths.snapshots, code)) or "none"
            raise StateError(f"{name}: no such published version; there is {known}.")
        return State(name, snapshot.folder_of(paths.snapshots, code, version), code)
    path = Path(name)
    if not path.is_file():
        raise StateError(f"{name}: neither a file nor a published version.")
    return State(name, path)


def changes_between(
    paths: Paths, first: State, second: State, session_codes: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Every change from the first state to the second, session by session: plain values, the keys of the mart.

    `table` and `key` are given for what is not a change of an action. StateError when a state lacks the session.
    """
    from exports.differences import since
    from exports.marts import MartsError

    for code in session_codes:
        try:
            found = since(first.facts(code), second.facts(code))
        except MartsError as error:
            raise StateError(f"{code}: {error}") from error
        for change in found:
            yield {field: getattr(change, field) for field in change.__struct_fields__}
        if first.session_code or second.session_code:
            continue
        for row in differing_keys(first.marts, second.marts, row_keys(paths), session_code=code):
            if row.table not in SAID:
                yield {"session_code": code, "change_kind": row.kind, "table": row.table, "key": row.key}


def sessions_of(paths: Paths, first: State, second: State, asked: str | None) -> list[str]:
    """The sessions to compare: the one asked for, that of a published version, else all of the reference."""
    from sources.reference.roadmap import load_reference

    named = {code for code in (first.session_code, second.session_code, asked) if code}
    if len(named) > 1:
        raise StateError(f"{', '.join(sorted(named))}: one session at a time is compared.")
    return sorted(named) or list(load_reference(paths.seeds).sessions)
