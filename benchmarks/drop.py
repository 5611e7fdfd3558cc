"""From a drop to its receipt under `jalon dev`: the line as it runs all day, a workbook dropped, the answer waited for.

    python -m benchmarks.drop HOME INBOX DROPS

Prints the median on its last line, as `seconds 7.31`.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.data import workbooks

START_SECONDS = 180
ANSWER_SECONDS = 180


@contextmanager
def running(home: Path, inbox: Path) -> Iterator[None]:
    """`jalon dev` with its daemon, ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "orchestration", "dev", "--port", str(port)]
    environment = {**os.environ, "JALON_HOME": str(home), "JALON_INBOX": str(inbox)}
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
                    break
            except OSError:
                time.sleep(0.5)
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def is_idle(home: Path) -> bool:
    """Whether no run is executing: each holds a lock of its own while it does."""
    return not any((home / "dagster" / "living").glob("*.lock"))


def answers(home: Path) -> int:
    """How many receipts there are."""
    return sum(1 for path in (home / "receipts").rglob("*.json") if path.is_file())


def main() -> None:
    """Drop, wait, say the median."""
    home, inbox, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    waiting = workbooks(home.parent / "waiting", count + 1)
    took = []
    with running(home, inbox):
        for number, book in enumerate(waiting):
            before, begun = answers(home), time.monotonic()
            target = inbox / "partners" / book.parent.name / book.name
            shutil.copy(book, target)
            while answers(home) == before:
                if time.monotonic() - begun > ANSWER_SECONDS:
                    raise SystemExit(f"{book.name}: no receipt after {ANSWER_SECONDS} s")
                time.sleep(0.05)
            if number:  # the first one finds the code still being loaded
                took.append(time.monotonic() - begun)
            while not is_idle(home):
                time.sleep(0.5)
    print(f"seconds {statistics.median(took):.2f}")


if __name__ == "__main__":
    main()
