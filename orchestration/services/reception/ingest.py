"""From the drop folder to the landing: archive what is new, have it read, and go on past a file that cannot be.

Plain functions; the assets of `orchestration.assets.landing` run them and report their figures. The caller holds the
writer's lock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from orchestration.services.reception.reader import Reader, UnreadableFileError
from orchestration.services.reception.round_order import in_round_order
from orchestration.services.runtime.narrator import Log
from sources.files.guarded import ChildDiedError
from sources.files.machine_errors import is_of_the_machine
from sources.landing.arrivals import forget as forget_arrival
from sources.landing.arrivals import noted_arrivals
from sources.landing.drops import Drop, former_receptions, list_drops, shown
from sources.landing.rows import rows_of
from sources.landing.store import (
    RECONSTITUTED,
    REFUSED_TABLE,
    Arrival,
    Channel,
    FileStillChangingError,
    Landing,
    LandingError,
    Reading,
    Reception,
    Rows,
)
from sources.landing.unfinished import Unfinished, forget, note
from sources.workbook.guard import MAX_BYTES

#: how many times a file whose reading did not end is read again by one run
READ_AGAIN = 3


@dataclass
class Received:
    """What one listing of the drop folder gave."""

    new: list[Reception] = field(default_factory=list)
    known: int = 0
    again: list[Reception] = field(default_factory=list)  # known contents found in a place not seen before
    left: list[str] = field(default_factory=list)  # one line a file that could not be taken this time


@dataclass
class ReadFiles:
    """What one round of reading gave."""

    read: list[Reception] = field(default_factory=list)
    known: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)  # place → reason
    waiting: list[Unfinished] = field(default_factory=list)  # their reading did not end

    def summary(self) -> str:
        """One line for the run's log."""
        line = f"{len(self.read)} read, {self.known} read before"
        line += f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        return f"{line}, {len(self.waiting)} waiting for another reading" if self.waiting else line


def receive_all(
    inbox: Path,
    landing: Landing,
    clock: Callable[[], datetime],
    log: Log,
    channel_of: Callable[[Drop], Channel] = attrgetter("channel"),
) -> Received:
    """Archive every file of the drop folder that the landing does not have yet.

    A file listed in `receptions.csv` has the time and origin given there; any other one arrives now, from a
    partner. Files are taken in the order in which they were sent (`in_round_order`), never in that of their names. A
    file still being written is left for the next round. `channel_of` may know a file better than the folder it lies in.
    """
    former, listed = former_receptions(inbox), list_drops(inbox)
    result = Received(left=[problem.text for problem in listed.problems])
    for line in result.left:
        log(line)
    notes = noted_arrivals(landing.root)
    with landing.together():
        for drop, sent in in_round_order(listed.drops, notes, landing, clock()):
            try:
                reception, is_new = landing.receive(
                    drop.path,
                    channel=channel_of(drop),
                    received_at=clock(),
                    folder=drop.folder,
                    former=former,
                    largest=MAX_BYTES if drop.channel == "submissions" else None,
                    arrived_at=sent.arrived_at,
                    unordered_with=sent.unordered_with,
                )
            except FileStillChangingError as error:
                result.left.append(shown(Path(str(error))))
                log(result.left[-1])
                continue
            if is_new:
                result.new.append(reception)
            else:
                result.known += 1
                found = _found_again(landing, reception, drop, sent.arrived_at, clock)
                if found is not None:
                    log(f"{drop.path.name}: the same content as {reception.file_name}, received before")
                    result.again.append(found)
    for arrival in notes.values():
        if landing.has(arrival.sha256):
            forget_arrival(landing.root, arrival)
    return result


def _found_again(
    landing: Landing,
    reception: Reception,
    drop: Drop,
    arrived_at: datetime | None,
    clock: Callable[[], datetime],
) -> Reception | None:
    """The reception of a workbook whose bytes came before, once its new place is noted; None when there is no news.

    A workbook of which nothing could be taken where it first lay (another partner's folder, a name that did not give
    whose it is) is taken from its new place. Until it was read nobody knows: it waits for the next round.
    """
    if drop.channel != "submissions" or reception.origin == RECONSTITUTED or drop.place in reception.places:
        return None
    readings = landing.readings(reception)
    if not readings:
        return None
    arrival = Arrival(*drop.place, clock(), arrived_at=arrived_at)
    return landing.receive_again(reception, arrival, takes_over=all(map(_was_refused, readings)))


def _was_refused(reading: Reading) -> bool:
    """Whether a submission was refused as a file, before any of its rows."""
    import pyarrow.parquet as pq

    path = reading.parquet("submission")
    rows = pq.read_table(path, columns=["verdict", "rows_read"]).to_pylist() if path else []
    return any(row["verdict"] == "rejected" and not row["rows_read"] for row in rows)


class Pool(Protocol):
    """Several processes that read the files of a channel."""

    def is_worth(self, files: int) -> bool:
        """True when so many files are read sooner there than here."""

    def read(self, receptions: Sequence[Reception]) -> Iterator[tuple[Reception, "Done"]]:
        """Each reception with what became of it, in any order."""


@dataclass(frozen=True)
class Done:
    """What became of one file: why it is unreadable, else what it held, in one line.

    `is_unfinished`: its reading did not end, for that reason, and nothing is known of the file.
    """

    reason: str = ""
    outcome: str = ""
    is_unfinished: bool = False


def read_all(
    landing: Landing,
    reader: Reader,
    log: Log,
    order: Callable[[Reception], tuple[Any, ...]] | None = None,
    pool: Pool | None = None,
) -> ReadFiles:
    """Have every received file of the reader's channel read, if this reader version did not do it yet.

    A file that makes the reader fail is logged and left unread, so that a fixed reader tries it again; the others
    go on. One whose reading did not end is read again alone, `READ_AGAIN` times, and then waits. What stops every file
    alike (a full disk, an altered archive) is raised: LandingError, OSError. When there are many files and a `pool` is
    given, its processes read them: those that `order` ranks alike (its first part) in any order, and before the next
    ones.
    """
    result, key = ReadFiles(), reader.key
    receptions = landing.current(reader.channel)
    unread = [item for item in receptions if not counting_reading(landing, reader, item).is_complete]
    unread = sorted(unread, key=order) if order else unread
    result.known = len(receptions) - len(unread)
    try:
        for _, group in groupby(unread, key=lambda reception: order(reception)[0] if order else None):
            alike, again = list(group), []
            if pool is not None and pool.is_worth(len(alike)):
                outcomes = pool.read(alike)
            else:
                outcomes = ((reception, read_one(landing, reader, key, reception)) for reception in alike)
            for reception, done in outcomes:
                if done.is_unfinished:
                    again.append(reception)
                else:
                    _note_done(landing, result, reception, done, log)
            for reception in again:
                _note_done(landing, result, reception, _read_again(landing, reader, key, reception), log)
    finally:
        reader.close()
    places = {item.sha256: place_of(item) for item in receptions}
    refused = refused_files(current_readings(landing, [reader]))
    result.unreadable |= {places[row["sha256"]]: row["message"] for row in refused if row["sha256"] in places}
    return result


def place_of(reception: Reception) -> str:
    """Folder and name, for a person."""
    return f"{reception.folder}/{reception.file_name}" if reception.folder else reception.file_name


def _note_done(landing: Landing, result: ReadFiles, reception: Reception, done: Done, log: Log) -> None:
    """Count one file, and log what became of it."""
    place = place_of(reception)
    if done.is_unfinished:
        noted = note(landing, reception, 1 + READ_AGAIN, done.reason)
        result.waiting.append(noted)
        log(f"{place}: waiting for another reading, {noted.readings} did not end ({done.reason})")
        return
    forget(landing, reception.sha256)
    if done.reason:
        result.unreadable[place] = done.reason
        log(f"{place}: refused ({done.reason})")
    else:
        result.read.append(reception)
        log(f"{reception.file_name}: {done.outcome}")


def _read_again(landing: Landing, reader: Reader, key: str, reception: Reception) -> Done:
    for _ in range(READ_AGAIN):
        done = read_one(landing, reader, key, reception)
        if not done.is_unfinished:
            break
    return done


def read_one(landing: Landing, reader: Reader, key: str, reception: Reception) -> Done:
    """Have one file read and write what was read; whatever the file does to its reader is a reason, not an error.

    What the machine does (OSError), and an altered archive (LandingError), are errors.
    """
    try:
        with landing.under_its_name(reception) as path:
            tables = reader.read(path, reception)
    except ChildDiedError as error:
        return Done(reason=str(error), is_unfinished=True)
    except UnreadableFileError as error:
        row = _refused(reception, None, {"rule": error.rule, "message": str(error), "fix": None})
        landing.write_reading(reception, key, {REFUSED_TABLE: [row]})
        return Done(reason=str(error))
    except LandingError:
        raise
    except Exception as error:  # whatever one file does to its reader, the others are read
        if isinstance(error, OSError) and is_of_the_machine(error):
            raise
        return Done(reason=f"{type(error).__name__}: {error}")
    refused = list(_refused_of(reception, tables))
    landing.write_reading(reception, key, {**tables, REFUSED_TABLE: refused})
    return Done(outcome=f"refused, {refused[0]['rule']}: {refused[0]['message']}" if refused else _counted(tables))


def _refused_of(reception: Reception, tables: Mapping[str, Rows]) -> Iterator[dict[str, Any]]:
    """The row of a submission of which nothing could be taken; none for any other file."""
    for submission in tables.get("submission", ()):
        errors = (issue for issue in tables.get("submission_issue", ()) if issue["severity"] == "error")
        if submission["verdict"] == "rejected" and not submission["rows_read"] and (first := next(errors, None)):
            yield _refused(reception, submission["session_code"], first)


def _refused(reception: Reception, session_code: str | None, issue: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sha256": reception.sha256,
        "channel": reception.channel,
        "folder": reception.folder or None,
        "session_code": session_code,
        "received_at": reception.received_at,
        **{name: issue[name] for name in ("rule", "message", "fix")},
    }


def refused_files(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """The files of which nothing could be taken, a row each: as `quarantine/` and the marts have them."""
    return rows_of(readings, REFUSED_TABLE)


def current_readings(landing: Landing, readers: list[Reader], received_by: datetime | None = None) -> list[Reading]:
    """The readings `raw` should hold: each received file that counts, in the reading that counts.

    `received_by` leaves out what was received later.
    """
    wanted = [
        counting_reading(landing, reader, reception)
        for reader in readers
        for reception in landing.current(reader.channel, received_by)
    ]
    return [reading for reading in wanted if reading.is_complete]


def counting_reading(landing: Landing, reader: Reader, reception: Reception) -> Reading:
    """The reading of a file that counts, written or not: that of today's reader.

    Of a file of a published session it is the last one that was written: what was published is not read again.
    """
    reading = landing.reading(reception, reader.key)
    before = landing.readings(reception) if reader.published else []
    if before and before[-1] != reading and session_of(before[-1]) in reader.published:
        return before[-1]
    return reading


@cache
def session_of(reading: Reading) -> str | None:
    """The session that a submission is for, as a complete reading has it; None when it names none."""
    import pyarrow.parquet as pq

    path = reading.parquet("submission")
    rows = pq.read_table(path, columns=["session_code"]).to_pylist() if path else []
    return rows[0]["session_code"] if rows else None


def _counted(tables: Mapping[str, Rows]) -> str:
    counts = [f"{len(rows)} {table}" for table, rows in tables.items() if rows]
    return ", ".join(counts) or "nothing to take"
