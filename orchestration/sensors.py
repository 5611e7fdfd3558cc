"""The sensor of the drop folder: a file that lies still for two ticks, and that the landing does not have, is taken."""

import hashlib
import json
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from orchestration.jobs import ingest
from orchestration.paths import Paths
from sources.landing.drops import PARTNERS_FOLDER, InboxError, drops
from sources.landing.store import RECONSTITUTED, Landing, Reception, hash_file, noted_name

INTERVAL_SECONDS = 10

# path → [size, modification time in ns, SHA-256 once it was still and asked for]
Seen = dict[str, list[int | str]]


def drop_folder_sensor(paths: Paths) -> SensorDefinition:
    """A run of `ingest` for each new content of the drop folder.

    The cursor holds every file's size and modification time as of the last tick, and the content it was asked for:
    a folder of thousands of files is listed at each tick, never hashed again.
    """

    @sensor(
        name="drop_folder",
        job=ingest,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Runs `ingest` when a file of the drop folder has been still for two ticks.",
    )
    def drop_folder(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        try:
            listed = _listed(paths.inbox)
        except InboxError as error:
            return SkipReason(str(error))
        seen: Seen = json.loads(context.cursor) if context.cursor else {}
        landing = Landing(paths.home)
        fresh, moving = [], 0
        for name, state in listed.items():
            before = seen.get(name)
            if before is None or before[:2] != state:
                moving += 1
            elif len(before) > 2:
                state.append(before[2])
            else:
                sha256 = hash_file(paths.inbox / name)
                state.append(sha256)
                reception = landing.reception(sha256)
                if reception is None:
                    fresh.append((name, sha256[:12]))
                elif _is_elsewhere(name, reception):
                    fresh.append((name, f"{sha256[:12]}@{_digest(name)[:6]}"))
        cursor = json.dumps(listed, sort_keys=True)
        if not fresh:
            reason = f"{moving} file(s) still moving" if moving else "nothing new in the drop folder"
            return SensorResult(skip_reason=reason, cursor=cursor)
        request = RunRequest(
            run_key="+".join(sorted(key for _, key in fresh)),
            tags={"jalon/files": ", ".join(Path(name).name for name, _ in fresh)[:200]},
        )
        return SensorResult(run_requests=[request], cursor=cursor)

    return drop_folder


def _is_elsewhere(name: str, reception: Reception) -> bool:
    """Whether a workbook that came before lies in a place it was not seen in: its partner is told, or it is retried."""
    parts = Path(name).parts
    is_answered = reception.channel == "submissions" and reception.origin != RECONSTITUTED
    return is_answered and parts[0] == PARTNERS_FOLDER and (parts[1], noted_name(Path(name))) not in reception.places


def _digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _listed(inbox: Path) -> Seen:
    found: Seen = {}
    for drop in drops(inbox):
        try:
            state = drop.path.stat()
        except FileNotFoundError:  # taken away since the folder was listed
            continue
        found[str(drop.path.relative_to(inbox))] = [state.st_size, state.st_mtime_ns]
    return found
