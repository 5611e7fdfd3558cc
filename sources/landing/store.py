"""The landing on disk: originals by SHA-256, receptions, and what was read from each file, written once.

    landing/VERSION                                        layout version, refused when newer than this code
    landing/files/<sha256><ext>                            the file as it came
    landing/receptions/<sha256>.json                       when, by which channel and under which name it came
    landing/arrivals/<mark>.json                           when a channel's server got a file (`arrivals`)
    landing/readings/<channel>/<sha256>.<key>/<table>.parquet   what one version of a reader read in it
    quarantine/<sha256>.<key>/rejected_row.parquet         the rows set aside, with their reasons
    quarantine/<sha256>.<key>/refused_file.parquet         why nothing could be taken of a file

Everything is written beside its place, flushed to disk, then renamed (`sealing`): a name that exists is complete,
whenever the process dies. Writing again what is there changes nothing. One writer at a time is the caller's duty (a
file lock).
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import uuid4

import orjson

from sources.errors import PlainError
from sources.files.names import noted_name
from sources.landing.sealing import FOLDER_MODE, Sealing, create
from sources.landing.tables import arrow_schema, columns_of

if TYPE_CHECKING:
    import pyarrow as pa

Channel = Literal["submissions", "documents", "decisions", "drafts", "waivers"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
LAYOUT_VERSION = 1
QUARANTINED_TABLE = "rejected_row"
REFUSED_TABLE = "refused_file"
_IN_QUARANTINE = frozenset({QUARANTINED_TABLE, REFUSED_TABLE})
# among what is noted of a reading: how many readings of the file there were before it
RANK = "rank"
TIMES = ("received_at", "archived_at")
ARRIVAL_TIMES = ("received_at", "arrived_at")
TICK = timedelta(microseconds=1)
RECONSTITUTED = "reconstituted"
# A clock set right by the network may step back a little: arrivals are in order all the same.
CLOCK_STEP = timedelta(minutes=1)
# What is received or written together is sealed at the latest after so many entries, or so many bytes.
MOST_ENTRIES = 256
MOST_BYTES = 64 * 1024 * 1024
# From how many rows on a table is worth being compressed well.
LONG_TABLE = 2000

Rows = Sequence[Mapping[str, Any]]


class LandingError(PlainError):
    """The landing cannot be read or written; the message names what, where and the fix."""

    fix = "`jalon doctor` names each archived file that is not as it was: put it back from the backup."


@dataclass(frozen=True)
class FormerReception:
    """When and how a content came that was received before Jalon was there."""

    received_at: datetime
    origin: str


class ClockError(LandingError):
    """The machine's clock is behind the last arrival: what came later would count as earlier."""


class AlteredOriginalError(LandingError):
    """An archived file is not the one its name promises."""


class FileStillChangingError(LandingError):
    """A dropped file was being written or moved while it was copied: it is taken at the next round."""


@dataclass(frozen=True)
class Arrival:
    """The same content found in another place than its reception's: where, under which name, when.

    `was_replaced` is stated about the first place of a file that was refused there and taken from another one since.
    `arrived_at` is when a channel's server got it.
    """

    folder: str
    file_name: str
    received_at: datetime
    was_replaced: bool = False
    arrived_at: datetime | None = None


@dataclass(frozen=True)
class Reception:
    """One received file: its content, and the facts of the arrival that counts, the first one.

    `received_at` is when its sender gave it, `archived_at` when it came here: they differ for a file that was
    received before Jalon was there. No two files are archived at the same time. `arrived_at` is when the server of a
    channel (mail, remote folder) got it, never after `received_at`; None for a file dropped by hand.
    `unordered_with` are the names of files of the same partner that came in the same round, where nothing shows which
    was sent last. `is_archived` is False for a file too large to be stored: its hash and its size are. `again` are the
    other places where the same content was found.
    """

    sha256: str
    file_name: str
    channel: Channel
    received_at: datetime
    archived_at: datetime
    origin: str
    folder: str
    size: int
    is_archived: bool = True
    again: tuple[Arrival, ...] = ()
    arrived_at: datetime | None = None
    unordered_with: tuple[str, ...] = ()

    @property
    def places(self) -> set[tuple[str, str]]:
        """Every folder and name this content was found under."""
        return {(self.folder, self.file_name), *((item.folder, item.file_name) for item in self.again)}

    @property
    def renewals(self) -> int:
        """How many times another place took over from one where the content was refused."""
        return sum(item.was_replaced for item in self.again)

    @property
    def extension(self) -> str:
        """The file's extension in lower case, dot included."""
        return Path(self.file_name).suffix.lower()


@dataclass(frozen=True)
class Reading:
    """What one reader version read in one received file."""

    channel: Channel
    sha256: str
    key: str
    folder: Path
    quarantine: Path

    @property
    def is_complete(self) -> bool:
        """True once the whole reading is under its final name."""
        return self.folder.is_dir()

    def parquet(self, table: str) -> Path | None:
        """The Parquet file of a table, None when the reading has no row for it."""
        parent = self.quarantine if table in _IN_QUARANTINE else self.folder
        path = parent / f"{table}.parquet"
        return path if path.is_file() else None


@dataclass(frozen=True)
class Damage:
    """One thing of the archive that is not as it was written."""

    path: Path
    problem: str


class Landing:
    """The landing and the quarantine under one home folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / "landing"
        self.files = self.root / "files"
        self.receptions_folder = self.root / "receptions"
        self.readings_folder = self.root / "readings"
        self.quarantine = home / "quarantine"
        self._aside = self.root / ".aside"
        self._latest: datetime | None = None
        self._sealing = Sealing(self._aside)
        self._is_together = False
        self._unsealed: dict[str, Reception] = {}
        self._unsealed_bytes = 0
        self._read: dict[Channel, dict[str, list[str]]] = {}
        self._naming: Path | None = None  # where files are under their names, one after the other, while together

    def open(self) -> "Landing":
        """Make the folders, clear what a killed writer left aside, check the layout version.

        Raises LandingError for a landing written by a newer version, before anything in it is touched, or for a
        folder that cannot be written.
        """
        self.check_version()
        version = self.root / "VERSION"
        try:
            for folder in (self.files, self.receptions_folder, self.quarantine, self._aside):
                folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            for channel in CHANNELS:
                (self.readings_folder / channel).mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            for leftover in self._aside.iterdir():
                _remove(leftover)
            if not version.exists():
                self._write_file(version, f"{LAYOUT_VERSION}\n".encode())
                self._seal()
        except OSError as error:
            message = (
                f"{self.root}: cannot be written ({error.strerror}). "
                "Give this user the right and the room to write there, or choose another --home."
            )
            raise LandingError(message) from error
        return self

    def check_version(self) -> None:
        """Raise LandingError when the landing's layout is not one this code knows."""
        version = self.root / "VERSION"
        if not version.exists():
            return
        found = version.read_text().strip()
        if not found.isdigit() or int(found) > LAYOUT_VERSION:
            message = (
                f"{version}: layout {found!r}, this version of jalon knows {LAYOUT_VERSION}. "
                "Install the version which wrote it, or restore the backup made before the upgrade."
            )
            raise LandingError(message)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is received and written inside gets its names in groups, at the latest at the end.

        Killed in between, the next run takes again what had no name yet. After an error what was complete is sealed.
        """
        self._is_together = True
        try:
            yield
        except Exception:
            with suppress(OSError):
                self._seal()
            raise
        finally:
            self._is_together = False
            naming, self._naming = self._naming, None
            if naming is not None:
                _remove(naming)
        self._seal()

    def _seal(self) -> None:
        self._unsealed, self._unsealed_bytes = {}, 0
        self._sealing.seal()

    def _seal_if_due(self, size: int) -> None:
        self._unsealed_bytes += size
        if not self._is_together or len(self._sealing) >= MOST_ENTRIES or self._unsealed_bytes >= MOST_BYTES:
            self._seal()

    # --- originals and receptions -------------------------------------------------------------------------------

    def receive(
        self,
        path: Path,
        *,
        channel: Channel,
        received_at: datetime,
        folder: str = "",
        former: Mapping[str, FormerReception] | None = None,
        largest: int | None = None,
        arrived_at: datetime | None = None,
        unordered_with: Sequence[str] = (),
    ) -> tuple[Reception, bool]:
        """Archive a file and note its reception; the second value is False when this content was there already.

        The first arrival wins: the same content dropped again has its first reception. A content that `former`
        knows came when and how it records. `arrived_at` is the time of a channel's server. Of a file of more than
        `largest` bytes the hash and the size are stored, not the content. Raises FileStillChangingError when the file
        moves under the copy, ClockError when `received_at` is before the last arrival, LandingError when it cannot be
        read or stored.
        """
        aside = self._aside / uuid4().hex
        try:
            sha256 = hash_file(path)
        except OSError as error:
            reason = (
                "taken away before it could be copied" if not path.exists() else f"cannot be read ({error.strerror})"
            )
            raise FileStillChangingError(f"{path}: {reason}; it is tried again at the next round.") from error
        try:
            known = self.reception(sha256)
            if known is not None and (
                sha256 in self._unsealed or not known.is_archived or self.original(known).exists()
            ):
                return known, False
            is_archived = largest is None or path.stat().st_size <= largest
            sha256, size = _copy_and_hash(path, aside if is_archived else None)
        except FileStillChangingError:
            aside.unlink(missing_ok=True)
            raise
        except OSError as error:
            aside.unlink(missing_ok=True)
            if not path.exists():
                message = f"{path}: taken away before it could be copied; it is tried again at the next round."
                raise FileStillChangingError(message) from error
            raise self._not_archived(path, error) from error
        known = self.reception(sha256)
        try:
            archived_at = received_at if known else self._in_order(received_at)
        except ClockError:
            aside.unlink(missing_ok=True)
            raise
        if is_archived:
            target = self.original(known) if known else self.files / f"{sha256}{path.suffix.lower()}"
            self._sealing.add(aside, target, seals=False)
        arrival = (former or {}).get(sha256) or FormerReception(archived_at, "partner")
        reception = known or Reception(
            sha256=sha256,
            file_name=noted_name(path),
            channel=channel,
            received_at=arrival.received_at.astimezone(UTC),
            archived_at=archived_at.astimezone(UTC),
            origin=arrival.origin,
            folder=folder,
            size=size,
            is_archived=is_archived,
            arrived_at=_arrived(arrived_at, arrival.received_at),
            unordered_with=tuple(unordered_with),
        )
        try:
            self._write_file(self._reception_path(sha256), _reception_json(reception))
            self._unsealed[sha256] = reception
            self._seal_if_due(size if is_archived else 0)
        except OSError as error:
            raise self._not_archived(path, error) from error
        return reception, known is None

    def _not_archived(self, path: Path, error: OSError) -> LandingError:
        return LandingError(
            f"{path}: cannot be archived in {self.files} ({error.strerror}). "
            "Check the rights and the free space, then run again."
        )

    def receive_again(self, reception: Reception, arrival: Arrival, *, takes_over: bool) -> Reception:
        """Note that a known content was found in another place.

        `takes_over` when it was refused where it first came (another partner's folder, a name without meaning): it
        is then read anew as what it is called now, and its first arrival stays as history.
        """
        if takes_over:
            at = self._in_order(arrival.received_at).astimezone(UTC)
            before = Arrival(reception.folder, reception.file_name, reception.received_at, True, reception.arrived_at)
            renewed = replace(
                reception,
                folder=arrival.folder,
                file_name=arrival.file_name,
                received_at=at,
                archived_at=at,
                again=(*reception.again, before),
                arrived_at=_arrived(arrival.arrived_at, at),
                unordered_with=(),
            )
            if reception.is_archived and not self.original(renewed).exists():
                aside = self._aside / uuid4().hex
                _copy_and_hash(self.original(reception), aside)
                self._sealing.add(aside, self.original(renewed), seals=False)
        else:
            renewed = replace(reception, again=(*reception.again, arrival))
        self._write_file(self._reception_path(reception.sha256), _reception_json(renewed))
        self._seal()
        return renewed

    def _in_order(self, now: datetime) -> datetime:
        """The time of an arrival, always after the last one; ClockError when it is far off."""
        if self._latest is None:
            self._latest = max((reception.archived_at for reception in self.receptions()), default=now - TICK)
        if self._latest - now > CLOCK_STEP:
            message = (
                f"{self.root}: the clock shows {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC, but the last file came on "
                f"{self._latest:%Y-%m-%d %H:%M} UTC. Nothing new is taken: a correction would count as the older file. "
                "Set the clock right, then run again."
            )
            raise ClockError(message)
        self._latest = max(now, self._latest + TICK)
        return self._latest

    def has(self, sha256: str) -> bool:
        """True when this content was received."""
        return self._reception_path(sha256).exists()

    def reception(self, sha256: str) -> Reception | None:
        """The reception of a content, None when it never came."""
        if sha256 in self._unsealed:
            return self._unsealed[sha256]
        path = self._reception_path(sha256)
        return _read_reception(path) if path.exists() else None

    def receptions(self, channel: Channel | None = None) -> list[Reception]:
        """Every reception, of one channel or all, by time of arrival then hash."""
        if not self.receptions_folder.is_dir():
            return []
        found = [_read_reception(path) for path in self.receptions_folder.glob("*.json")]
        return sorted(
            (reception for reception in found if channel in (None, reception.channel)),
            key=lambda reception: (reception.received_at, reception.archived_at, reception.sha256),
        )

    def current(self, channel: Channel, received_by: datetime | None = None) -> list[Reception]:
        """The receptions that count: all of them, save a document or a reconstituted file given again.

        `received_by` leaves out what was received later: what counted then.

        Dropped again under its name with another content, such a file takes the place of its former version, which
        stays in the archive. A partner's submission never does: what it leaves out is unchanged, not withdrawn.
        """
        found: dict[tuple[str, ...], Reception] = {}
        for reception in sorted(self.receptions(channel), key=lambda item: (item.archived_at, item.sha256)):
            if received_by is not None and reception.received_at > received_by:
                continue
            replaceable = channel == "documents" or reception.origin == RECONSTITUTED
            key = (reception.folder, reception.file_name, reception.origin)
            found[key if replaceable else (reception.sha256,)] = reception
        return list(found.values())

    def original(self, reception: Reception) -> Path:
        """Where the file is in the archive."""
        return self.files / f"{reception.sha256}{reception.extension}"

    @contextmanager
    def under_its_name(self, reception: Reception) -> Iterator[Path]:
        """The archived file under the name it came with, for readers that judge names; gone afterwards.

        A file too large to be stored is an empty one of its size, that takes no room: readers refuse it by its size.
        AlteredOriginalError when its content is no longer the one that was received: nothing is read in it.
        """
        if (problem := self._problem_of(reception)) is not None:
            message = f"{problem.path} ({reception.file_name}): {problem.problem}."
            raise AlteredOriginalError(message)
        folder = self._naming or self._new_folder()
        self._naming = folder if self._is_together else None
        path = folder / reception.file_name
        try:
            if not reception.is_archived:
                with create(path) as handle:
                    handle.truncate(reception.size)
                yield path
                return
            try:
                path.hardlink_to(self.original(reception))
            except OSError:
                shutil.copyfile(self.original(reception), path)
            yield path
        finally:
            path.unlink(missing_ok=True)
            if self._naming is None:
                _remove(folder)

    def _new_folder(self) -> Path:
        folder = self._aside / uuid4().hex
        folder.mkdir(mode=FOLDER_MODE)
        return folder

    # --- readings -----------------------------------------------------------------------------------------------

    def reading(self, reception: Reception, key: str) -> Reading:
        """Where the reading of a file by one reader version is, written or not.

        A file that was refused in one place and taken from another is read once in each.
        """
        key = f"{key}-{reception.renewals}" if reception.renewals else key
        name = f"{reception.sha256}.{key}"
        return Reading(
            reception.channel,
            reception.sha256,
            key,
            self.readings_folder / reception.channel / name,
            self.quarantine / name,
        )

    def readings(self, reception: Reception) -> list[Reading]:
        """Every complete reading of a file as it counts now, by whatever reader version, first to last written."""
        ending = f"-{reception.renewals}" if reception.renewals else ""
        keys = self._keys(reception.channel).get(reception.sha256, ())
        plain = [key.removesuffix(ending) for key in keys if ("-" in key) == bool(ending) and key.endswith(ending)]
        found = [reading for key in plain if (reading := self.reading(reception, key)).is_complete]
        return sorted(found, key=_written) if len(found) > 1 else found

    def _keys(self, channel: Channel) -> dict[str, list[str]]:
        """The keys each file of a channel was read under. The folder is listed once."""
        if channel not in self._read:
            self._read[channel] = {}
            folder = self.readings_folder / channel
            for path in folder.iterdir() if folder.is_dir() else ():
                sha256, _, key = path.name.partition(".")
                self._read[channel].setdefault(sha256, []).append(key)
        return self._read[channel]

    def write_reading(self, reception: Reception, key: str, tables: Mapping[str, Rows]) -> Reading:
        """Write what was read, the quarantine first, then the reading: the reading's name seals both.

        `tables` maps names of `sources.landing.tables` to rows; a missing column is null, an unknown one raises
        LandingError. A reading already there is left as it is.
        """
        reading = self.reading(reception, key)
        if reading.is_complete:
            return reading
        rank = len(self.readings(reception))
        rejected = {table: rows for table in sorted(_IN_QUARANTINE) if (rows := tables.get(table, ()))}
        accepted = {table: rows for table, rows in tables.items() if table not in _IN_QUARANTINE and rows}
        if rejected:
            # A quarantine without its reading comes from a writer killed in between: written again.
            _remove(reading.quarantine)
            noted: dict[str, Any] = {"reading_key": key}
            self._write_folder(reading.quarantine, rejected, reception, noted, seals=False)
        noted = {"reading_key": key, RANK: rank}
        self._write_folder(reading.folder, accepted, reception, noted, seals=True)
        self._keys(reception.channel).setdefault(reception.sha256, []).append(reading.key)
        self._seal_if_due(0)
        return reading

    # --- checks -------------------------------------------------------------------------------------------------

    def damages(self) -> list[Damage]:
        """Re-check everything stored against the hashes it was written with; [] when all is as it was written."""
        receptions = sorted(self.receptions(), key=lambda reception: reception.sha256)
        found = [problem for reception in receptions if (problem := self._problem_of(reception)) is not None]
        return found + self.damaged_readings()

    def damaged_readings(self) -> list[Damage]:
        """The readings whose tables are not those that were written, with how to have them read again."""
        folders = [*self.readings_folder.glob("*/*"), *self.quarantine.glob("*")]
        return [Damage(folder, _READ_AGAIN) for folder in sorted(folders) if not is_as_written(folder)]

    def _problem_of(self, reception: Reception) -> Damage | None:
        path = self.original(reception)
        if not reception.is_archived:
            return None
        if not path.exists():
            return Damage(path, f"missing from the archive; {_RESTORE}")
        if hash_file(path) != reception.sha256:
            return Damage(path, f"content altered since it was archived; delete it, then {_RESTORE}")
        return None

    # --- writing ------------------------------------------------------------------------------------------------

    def _reception_path(self, sha256: str) -> Path:
        return self.receptions_folder / f"{sha256}.json"

    def _write_file(self, path: Path, content: bytes) -> None:
        """A file with its final name at the next sealing."""
        aside = self._aside / uuid4().hex
        with create(aside) as handle:
            handle.write(content)
        self._sealing.add(aside, path, seals=True)

    def _write_folder(
        self, path: Path, tables: Mapping[str, Rows], reception: Reception, noted: Mapping[str, Any], *, seals: bool
    ) -> None:
        """A folder of tables with its final name at the next sealing."""
        aside = self._new_folder()
        hashes = {}
        for table, rows in tables.items():
            content = _as_parquet(table, rows)
            with create(aside / f"{table}.parquet") as handle:
                handle.write(content)
            hashes[table] = hashlib.sha256(content).hexdigest()
            self._unsealed_bytes += len(content)
        counts = {table: len(rows) for table, rows in tables.items()}
        summary = {**noted, "rows": counts, "sha256_of": hashes}
        with create(aside / "reception.json") as handle:
            handle.write(_reception_json(reception, summary))
        self._sealing.add(aside, path, seals=seals)


_RESTORE = "restore it from the backup, or drop the same file again"
_READ_AGAIN = (
    "not as it was written; delete that folder, then `jalon rebuild`: the archived file is read again (a folder of the "
    "quarantine goes with the one of the same name under landing/readings)"
)


def is_as_written(folder: Path) -> bool:
    """Whether a reading's tables have the hashes noted beside them; one made before hashes were noted has none."""
    try:
        noted: dict[str, str] = json.loads((folder / "reception.json").read_text()).get("sha256_of", {})
        return all(hash_file(folder / f"{table}.parquet") == sha256 for table, sha256 in noted.items())
    except (OSError, ValueError):
        return False


def _written(reading: Reading) -> tuple[int, int]:
    """Which one it was of its file's readings; those of before ranks were noted go by time."""
    noted = reading.folder / "reception.json"
    try:
        return json.loads(noted.read_text()).get(RANK, -1), noted.stat().st_mtime_ns
    except (OSError, ValueError):  # damaged: `damages` reports it
        return -1, 0


def _as_parquet(table: str, rows: Rows) -> "pa.Buffer":
    """Rows as the content of a Parquet file; LandingError for a column the table has not."""
    known = columns_of(table).keys()
    by_column: Mapping[str, Sequence[Any]] = getattr(rows, "columns", None) or _columns(rows)
    if unknown := by_column.keys() - known:
        message = (
            f"landing table {table}: unknown column {', '.join(sorted(unknown))}. "
            "Add it to sources/landing/tables.py and to the staging model."
        )
        raise LandingError(message)
    import pyarrow as pa
    import pyarrow.parquet as pq

    size, schema = len(rows), arrow_schema(table)
    columns = [
        pa.array(by_column[field.name], field.type) if field.name in by_column else pa.nulls(size, field.type)
        for field in schema
    ]
    sink = pa.BufferOutputStream()
    # On some dozens of rows dictionaries, statistics and a slow compression cost more than all the rest.
    is_long = size >= LONG_TABLE
    content = pa.Table.from_arrays(columns, schema=schema)
    compression: Literal["zstd", "snappy"] = "zstd" if is_long else "snappy"
    pq.write_table(content, sink, compression=compression, use_dictionary=is_long, write_statistics=is_long)
    return sink.getvalue()


def _columns(rows: Rows) -> dict[str, list[Any]]:
    """Rows by column; many rows of a workbook come so already, as their `columns`."""
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(chain.from_iterable(rows))}


def _reception_json(reception: Reception, more: Mapping[str, Any] | None = None) -> bytes:
    times = {name: getattr(reception, name).isoformat() for name in TIMES}
    again = [asdict(item) | {name: _text(getattr(item, name)) for name in ARRIVAL_TIMES} for item in reception.again]
    more = {"again": again, "arrived_at": _text(reception.arrived_at)} | dict(more or {})
    content = vars(reception) | times | more
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _read_reception(path: Path) -> Reception:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content |= {name: datetime.fromisoformat(content[name]) for name in TIMES}
        content["again"] = tuple(
            Arrival(**(item | {name: _moment(item.get(name)) for name in ARRIVAL_TIMES}))
            for item in content.get("again", ())
        )
        content["arrived_at"] = _moment(content.get("arrived_at"))
        content["unordered_with"] = tuple(content.get("unordered_with", ()))
        return Reception(**{field: content[field] for field in Reception.__dataclass_fields__ if field in content})
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path}: not a readable reception ({error}). Restore it from the backup."
        raise LandingError(message) from error


def _arrived(arrived_at: datetime | None, received_at: datetime) -> datetime | None:
    """When a server got a file: not after it was received, whatever the server's clock."""
    return None if arrived_at is None else min(arrived_at, received_at).astimezone(UTC)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal. OSError when it cannot be read."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _copy_and_hash(source: Path, target: Path | None) -> tuple[str, int]:
    """Copy while hashing; FileStillChangingError when the source moved meanwhile.

    Without a target nothing is copied.
    """
    before = source.stat()
    digest = hashlib.sha256()
    with source.open("rb") as reading, create(target) if target else nullcontext() as writing:
        while block := reading.read(1 << 20):
            digest.update(block)
            if writing:
                writing.write(block)
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        message = f"{source}: still being written; it is taken at the next round."
        raise FileStillChangingError(message)
    return digest.hexdigest(), after.st_size


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
