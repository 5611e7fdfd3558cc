"""The sensor of the drop folder: a file that is still for two scans, and that the landing does not have, is taken.

While a session has a draft, the draft follows: what comes in is rendered in the same run.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dagster import (
    AssetKey,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from orchestration.jobs.asset_jobs import ingest, report
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.state import sessions_in_draft
from sources.files.memo import digest
from sources.files.names import noted_name
from sources.landing.drops import PARTNERS_FOLDER, InboxError, list_drops, shown
from sources.landing.store import RECONSTITUTED, Landing, Reception, hash_file
from sources.landing.unfinished import Unfinished, noted_at, unfinished

INTERVAL_SECONDS = 1
#: the name of the last scan in the memo
LAST_SCAN = "drop-folder"
#: how many runs try a file whose reading did not end without being asked, and how far apart
RUNS_AGAIN, SECONDS_APART = 3, 60.0
#: marks a report nobody asked for: its draft is not announced to anybody
FOLLOWS_TAG = "jalon/follows"

# path → [size, modification time in ns, SHA-256 once it was still and asked for]
Seen = dict[str, list[int | str]]


@dataclass(frozen=True)
class Watch:
    """How long one evaluation goes on, how often it scans, and how far apart are two scans that find a file still.

    Dagster evaluates a sensor every five seconds at best, and a run is asked for at the second scan: evaluations of one
    scan each would make a partner wait for ten seconds before anything begins.
    """

    seconds: float = 4.0
    every: float = 0.5
    still: float = 1.5


#: one scan an evaluation
ONE_SCAN = Watch(seconds=0)


@dataclass
class Scan:
    """What one scan found: the state of every file, the files that are ready with what names them, how many move."""

    seen: Seen
    ready: list[tuple[str, str]] = field(default_factory=list)
    moving: int = 0
    problems: list[str] = field(default_factory=list)


def drop_folder_sensor(
    paths: Paths,
    session_codes: Sequence[str],
    *,
    of_a_workbook: Mapping[str, Sequence[AssetKey]] | None = None,
    watch: Watch = Watch(),
) -> SensorDefinition:
    """A run of `ingest` for each new content of the drop folder; of `report` for each session that has a draft.

    The last scan is remembered beside the state, with every file's size, modification time and the content it was
    asked for: thousands of files are listed at each scan, never hashed again. The cursor is that scan's digest.
    `of_a_workbook` gives by job the assets that a run selects when all that was dropped are workbooks of partners;
    any other run selects everything.
    """

    @sensor(
        name="drop_folder",
        jobs=[ingest, report],
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Takes a file of the drop folder that was still for two scans: `ingest`, or the report of a draft.",
    )
    def drop_folder(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        seen: Seen = paths.memo.recall(LAST_SCAN, context.cursor or "") or {}
        try:
            found = _watched(paths, seen, watch)
        except InboxError as error:
            return SkipReason(str(error))
        cursor = digest(sorted(found.seen.items()))
        if cursor != context.cursor:
            paths.memo.remember(LAST_SCAN, cursor, found.seen)
        found.ready += _to_read_again(paths)
        if not found.ready:
            reason = f"{found.moving} file(s) still moving" if found.moving else "nothing new in the drop folder"
            return SensorResult(skip_reason="\n".join([reason, *found.problems]), cursor=cursor)
        are_workbooks = all(Path(name).parts[0] == PARTNERS_FOLDER for name, _ in found.ready)
        selections = of_a_workbook if are_workbooks and of_a_workbook else {}
        requests = _requests(found.ready, sessions_in_draft(paths, session_codes), selections)
        return SensorResult(run_requests=requests, cursor=cursor)

    return drop_folder


def _requests(
    ready: Sequence[tuple[str, str]], in_draft: Sequence[str], selections: Mapping[str, Sequence[AssetKey]]
) -> list[RunRequest]:
    key = "+".join(sorted(key for _, key in ready))
    tags = {"jalon/files": ", ".join(noted_name(Path(name)) for name, _ in ready)[:200]}
    if not in_draft:
        selected = selections.get(ingest.name)
        return [RunRequest(run_key=key, job_name=ingest.name, tags=tags, asset_selection=selected)]
    return [
        RunRequest(
            run_key=f"{key}@{code}",
            job_name=report.name,
            partition_key=code,
            tags={**tags, FOLLOWS_TAG: "drop"},
            asset_selection=selections.get(report.name),
        )
        for code in in_draft
    ]


def _is_elsewhere(name: str, reception: Reception) -> bool:
    """Whether a workbook that came before lies in a new place: its partner gets an answer, or it is read again."""
    parts = Path(name).parts
    is_answered = reception.channel == "submissions" and reception.origin != RECONSTITUTED
    return is_answered and parts[0] == PARTNERS_FOLDER and (parts[1], noted_name(Path(name))) not in reception.places


def _watched(paths: Paths, seen: Seen, watch: Watch) -> Scan:
    """Scan until a file is ready or the time is over. A folder that takes long to list is scanned less often."""
    end = time.monotonic() + watch.seconds
    while True:
        begun = time.monotonic()
        found = _scan(paths, seen)
        pause = max(watch.still if found.moving else watch.every, 10 * (time.monotonic() - begun))
        if found.ready or time.monotonic() + pause > end:
            return found
        seen = found.seen
        time.sleep(pause)


def _scan(paths: Paths, seen: Seen) -> Scan:
    """Compare the folder with the last scan; a file that has not changed since then is ready, once."""
    landing = Landing(paths.home)
    found = _listed(paths.inbox)
    for name, state in found.seen.items():
        before = seen.get(name)
        if before is None or before[:2] != state:
            found.moving += 1
        elif len(before) > 2:
            state.append(before[2])
        else:
            try:
                sha256 = hash_file(paths.inbox / name)
            except OSError as error:  # it is tried again at the next scan
                found.problems.append(f"{shown(Path(name))}: cannot be read ({error.strerror})")
                continue
            state.append(sha256)
            reception = landing.reception(sha256)
            if reception is None:
                found.ready.append((name, sha256[:12]))
            elif _is_elsewhere(name, reception):
                found.ready.append((name, f"{sha256[:12]}@{digest(name)[:6]}"))
    return found


def _listed(inbox: Path) -> Scan:
    listed = list_drops(inbox)
    found = Scan({}, problems=[problem.text for problem in listed.problems])
    for drop in listed.drops:
        with suppress(OSError):  # taken away since the folder was listed
            state = drop.path.stat()
            found.seen[str(drop.path.relative_to(inbox))] = [state.st_size, state.st_mtime_ns]
    return found


def _to_read_again(paths: Paths) -> list[tuple[str, str]]:
    """The files whose reading did not end and that a run is to try again, as files that are ready."""
    landing = Landing(paths.home)
    return [
        (_place(item), f"{item.sha256[:12]}~{item.runs}")
        for item in unfinished(landing)
        if item.runs < RUNS_AGAIN and time.time() - noted_at(landing, item) > SECONDS_APART
    ]


def _place(item: Unfinished) -> str:
    return f"{PARTNERS_FOLDER if item.channel == 'submissions' else item.channel}/{item.place}"
