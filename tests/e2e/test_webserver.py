"""The real UI: `jalon dev` started on a free port, the report launched by GraphQL, its files compared."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

pytestmark = pytest.mark.long

START_SECONDS = 120
RUN_SECONDS = 240
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) { ... on Run { status startTime endTime tags { key value } } }
}
"""
RUNS_AFTER = """
query Runs($tags: [ExecutionTag!]) {
  runsOrError(filter: {tags: $tags}) { ... on Runs { results { runId status } } }
}
"""
LOCATION = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    name
    location { name }
    jobs { name }
    sensors { name sensorState { status } }
    schedules { name scheduleState { status } }
} } } }
"""
BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL_RUNS = """
query Runs($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
    status
    runs(limit: 10) { status tags { key value } }
  } }
}
"""
CHECKS = """
query Checks($id: ID!) {
  logsForRun(runId: $id, limit: 5000) { ... on EventConnection { events {
    __typename
    ... on AssetCheckEvaluationEvent { evaluation { checkName success severity } }
    ... on MaterializationEvent { assetKey { path } }
  } } }
}
"""


@dataclass
class Server:
    """A running UI."""

    url: str
    log: Path

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL answer."""
        request = urllib.request.Request(  # noqa: S310 — a loopback address of our own
            f"{self.url}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            content = json.load(answer)
        assert "errors" not in content, content
        data: dict[str, Any] = content["data"]
        return data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, shipped: "Line") -> "Line":
    """Another installation with the same inbox, where nothing was ever run."""
    import shutil

    from orchestration.services.runtime.paths import Paths

    folder = tmp_path_factory.mktemp("ui")
    line = type(shipped)(Paths(home=folder / "home", inbox=folder / "inbox"))
    shutil.copytree(shipped.paths.inbox, line.paths.inbox)
    return line


@pytest.fixture(scope="module")
def server(fresh: "Line", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "dev.txt"
    port = free_port()
    command = [sys.executable, "-m", "orchestration", "dev", "--port", str(port)]
    environment = {**os.environ, "JALON_HOME": str(fresh.paths.home), "JALON_INBOX": str(fresh.paths.inbox)}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    found = Server(f"http://127.0.0.1:{port}", log)
    try:
        wait_for(found, process)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, server.log.read_text()
        try:
            if server.ask(LOCATION)["repositoriesOrError"].get("nodes"):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(1)
    pytest.fail(f"the UI did not start in {START_SECONDS} s:\n{server.log.read_text()}")


def location(server: Server) -> dict[str, Any]:
    (node,) = server.ask(LOCATION)["repositoriesOrError"]["nodes"]
    found: dict[str, Any] = node
    return found


def launch(server: Server, job: str, **tags: str) -> str:
    """Launch a job as the UI does; the run's id."""
    node = location(server)
    params = {
        "selector": {
            "repositoryLocationName": node["location"]["name"],
            "repositoryName": node["name"],
            "jobName": job,
        },
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
    }
    launched = server.ask(LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    identity: str = launched["run"]["runId"]
    return identity


def ended(server: Server, run_id: str) -> dict[str, Any]:
    """Wait for the end of a run; its status and times."""
    deadline = time.monotonic() + RUN_SECONDS
    run: dict[str, Any] = {}
    while time.monotonic() < deadline:
        run = server.ask(RUN, id=run_id)["runOrError"]
        if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
            return run
        time.sleep(1)
    pytest.fail(f"run {run_id} does not end: {run}\n{server.log.read_text()}")


@pytest.fixture(scope="module")
def run_id(server: Server) -> str:
    """The report of CNS-12, launched as the UI does, waited for."""
    identity = launch(server, "report", **{"dagster/partition": "CNS-12"})
    run = ended(server, identity)
    assert run["status"] == "SUCCESS", f"{run}\n{server.log.read_text()}"
    return identity


def test_the_ui_offers_the_jobs_and_watches_the_drop_folder_and_the_calendar(server: Server) -> None:
    node = location(server)
    assert {"report", "ingest", "rebuild"} <= {job["name"] for job in node["jobs"]}
    assert {"drop_folder": "RUNNING"}.items() <= {
        sensor["name"]: sensor["sensorState"]["status"] for sensor in node["sensors"]
    }.items()
    assert "RUNNING" in {schedule["scheduleState"]["status"] for schedule in node["schedules"]}


@pytest.mark.usefixtures("run_id")
def test_a_run_launched_from_the_ui_writes_the_same_bytes_as_the_command(fresh: "Line", shipped: "Line") -> None:
    assert fresh.deliverables() == shipped.deliverables()
    assert fresh.marts() == shipped.marts()


def test_the_run_shows_its_checks_and_every_deliverable(server: Server, run_id: str) -> None:
    events = server.ask(CHECKS, id=run_id)["logsForRun"]["events"]
    checks = [event["evaluation"] for event in events if event["__typename"] == "AssetCheckEvaluationEvent"]
    assert len(checks) > 50
    # shipped figures whose period does not fit their KPI are context: a warning names them, and it is the only one
    assert {check["checkName"] for check in checks if not check["success"]} <= {"assert_periods_fit_their_kpi"}
    made = {"/".join(event["assetKey"]["path"]) for event in events if event["__typename"] == "MaterializationEvent"}
    assert {"inbox", "submissions", "documents", "raw/submission", "marts/fct_action_status", "marts_copy"} <= made
    assert {"deliverables/word_report", "deliverables/excel_dashboard", "deliverables/manifest"} <= made


@pytest.mark.usefixtures("run_id")
def test_a_backfill_of_both_sessions_writes_the_files_of_both(server: Server, fresh: "Line") -> None:
    """As the UI's button « Launch backfill » does it, run by the daemon, one run after the other."""
    node = location(server)
    selector = {
        "partitionSetName": "report_partition_set",
        "repositorySelector": {"repositoryLocationName": node["location"]["name"], "repositoryName": node["name"]},
    }
    params = {"selector": selector, "partitionNames": ["CNS-12", "CNS-13"]}
    launched = server.ask(BACKFILL, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    deadline = time.monotonic() + RUN_SECONDS
    found: dict[str, Any] = {}
    while time.monotonic() < deadline and found.get("status") not in {"COMPLETED_SUCCESS", "COMPLETED_FAILED"}:
        found = server.ask(BACKFILL_RUNS, id=launched["backfillId"])["partitionBackfillOrError"]
        time.sleep(1)
    ended = {
        next(tag["value"] for tag in run["tags"] if tag["key"] == "dagster/partition"): run["status"]
        for run in found["runs"]
    }
    assert (found["status"], ended) == ("COMPLETED_SUCCESS", {"CNS-12": "SUCCESS", "CNS-13": "SUCCESS"})
    for code in ended:
        assert (fresh.paths.deliverables(code) / f"{code}_etat-avancement.docx").is_file()


@pytest.mark.usefixtures("run_id")
def test_it_started_and_ran_without_a_warning(server: Server) -> None:
    log = server.log.read_text()
    assert "Serving dagster-webserver" in log
    found = [line for line in log.splitlines() if re.search(r"warning|error|exception|traceback", line, re.IGNORECASE)]
    # what Dagster's daemon says once, in a new installation, of the events there were before it: none
    assert [line for line in found if "No cursor for event type" not in line] == []


@pytest.mark.usefixtures("run_id")
def test_of_two_writing_runs_launched_at_once_the_second_waits_for_the_first(server: Server) -> None:
    """By the pool `writer`: the coordinator lets four runs execute, and the file lock alone would let both begin."""
    both = [launch(server, "ingest"), launch(server, "ingest")]
    first, second = sorted((ended(server, run) for run in both), key=lambda run: run["startTime"])
    assert (first["status"], second["status"]) == ("SUCCESS", "SUCCESS")
    assert second["startTime"] >= first["endTime"]


def holder(lock: Path) -> int:
    """The process that has a file open, once there is one."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        for handle in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):
                if handle.readlink() == lock:
                    return int(handle.parts[2])
        time.sleep(0.1)
    pytest.fail(f"nobody opens {lock}")


@pytest.mark.usefixtures("run_id")
def test_a_run_whose_process_was_killed_is_marked_as_failed_and_started_again_by_the_daemon(
    server: Server, fresh: "Line"
) -> None:
    before = fresh.marts()
    killed = launch(server, "rebuild")
    os.kill(holder(fresh.paths.living / f"{killed}.lock"), signal.SIGKILL)
    assert ended(server, killed)["status"] == "FAILURE"
    deadline = time.monotonic() + RUN_SECONDS
    again: list[dict[str, Any]] = []
    while not again and time.monotonic() < deadline:
        tags = [{"key": "dagster/parent_run_id", "value": killed}]
        again = server.ask(RUNS_AFTER, tags=tags)["runsOrError"]["results"]
        time.sleep(1)
    (restarted,) = again
    assert ended(server, restarted["runId"])["status"] == "SUCCESS"
    assert fresh.marts() == before
