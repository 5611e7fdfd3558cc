"""In which order the files of one round are taken: by the time they were sent, never by their names.

A file that a channel handed over was sent when the channel's server got it; any other one when it was last changed.
Where two new files of one partner have the same time, or one has none that can be right, nothing shows which one was
sent last: each receipt names the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sources.landing.arrivals import NotedArrival
from sources.landing.drops import Drop
from sources.landing.store import CHANNELS, Landing, hash_file

# Before that no file of ours was written: what unpacks archives writes 1970 or 1980.
_FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class Sent:
    """When a channel got a file, None without one; and the names of the files that may have been sent after it."""

    arrived_at: datetime | None
    unordered_with: tuple[str, ...] = ()


def in_round_order(
    found: Sequence[Drop], notes: Mapping[tuple[str, str], NotedArrival], landing: Landing, now: datetime
) -> Iterator[tuple[Drop, Sent]]:
    """The files as they are to be taken, channel by channel, oldest first."""
    arrivals = {drop: note.arrived_at for drop in found if (note := _note_of(drop, notes)) is not None}
    times = {drop: arrivals.get(drop) or _changed_at(drop, now) for drop in found}
    unordered = _unordered(times, landing)
    for drop in sorted(found, key=lambda drop: (CHANNELS.index(drop.channel), times[drop] or _FIRST_TIME, drop.path)):
        yield drop, Sent(arrivals.get(drop), unordered.get(drop, ()))


def _note_of(drop: Drop, notes: Mapping[tuple[str, str], NotedArrival]) -> NotedArrival | None:
    """What a channel noted of this file; nothing when its bytes are not those that the channel handed over."""
    note = notes.get(drop.place) if drop.channel == "submissions" else None
    with suppress(OSError):
        return note if note is not None and hash_file(drop.path) == note.sha256 else None
    return None


def _changed_at(drop: Drop, now: datetime) -> datetime | None:
    """When a file was last changed; None for a time that cannot be right."""
    try:
        changed = datetime.fromtimestamp(drop.path.stat().st_mtime_ns // 1000 / 1e6, UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return changed if _FIRST_TIME <= changed <= now + _CLOCKS_DIFFER else None


def _unordered(times: Mapping[Drop, datetime | None], landing: Landing) -> dict[Drop, tuple[str, ...]]:
    """The new files of which nothing shows which is the last, each with the names of the others."""
    folders: dict[str, list[Drop]] = defaultdict(list)
    for drop in times:
        if drop.channel == "submissions":
            folders[drop.folder].append(drop)
    found = {}
    for drops in folders.values():
        moments = [times[drop] for drop in drops]
        if None not in moments and len(set(moments)) == len(moments):
            continue
        new = _new_contents(drops, landing)
        for drop in new:
            others = [other for other in new if other != drop and _is_tie(times[drop], times[other])]
            if others:
                found[drop] = tuple(other.place[1] for other in others)
    return found


def _is_tie(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or one == other


def _new_contents(drops: Sequence[Drop], landing: Landing) -> list[Drop]:
    """One file for each content that the landing has not."""
    contents: dict[str, Drop] = {}
    for drop in drops:
        with suppress(OSError):
            sha256 = hash_file(drop.path)
            if not landing.has(sha256):
                contents.setdefault(sha256, drop)
    return list(contents.values())
