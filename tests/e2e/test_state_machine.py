"""Drops, corrections, copies, withdrawals, decisions, backups, restores and kills in any order, against a plain model.

The model is what a person would keep on paper: which contents lie in the drop folder, which were received, in which
order, what each partner said last. After every reading landing, receipts and `raw` must say the same. The marts are
built by dbt from `raw` alone and are compared elsewhere (`benchmarks/kills`, tests/e2e/test_recovery.py): a build costs
more than a hundred of these steps.

By hand, for longer: JALON_MACHINE_EXAMPLES=40 pytest -m long tests/e2e/test_state_machine.py
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from benchmarks.kills.state import contradictions
from orchestration.services.backup.backup import back_up, restore
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from sources.landing.drops import list_drops
from sources.landing.load import load_raw
from sources.landing.store import Channel, Landing, hash_file
from sources.landing.unfinished import unfinished
from sources.reference.roadmap import load_reference

pytestmark = pytest.mark.long

INBOX = PROJECT / "sources" / "inbox"
PARTNERS = ("HAS", "ATIH")
EXAMPLES = int(os.environ.get("JALON_MACHINE_EXAMPLES", "2"))
#: the whole of an ingest as far as `raw`, which dies just before its n-th flush or rename
DYING = """
import os, signal, sys
from pathlib import Path
from tests.e2e.test_state_machine import ingest
from orchestration.services.runtime.paths import Paths

left = [int(sys.argv[3])]

def reach(*_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

flush = os.fsync
os.fsync = lambda descriptor: (reach(), flush(descriptor))
sys.addaudithook(lambda event, _: reach() if event == "os.rename" else None)
ingest(Paths(Path(sys.argv[1]), Path(sys.argv[2])), int(sys.argv[4]))
"""


def silent(_line: str) -> None:
    """Nobody listens."""


def clock_at(hour: int) -> datetime:
    """The hour of a step: time goes on, whatever was killed or restored."""
    return datetime(2025, 2, 1, tzinfo=UTC) + timedelta(hours=hour)


def ingest(paths: Paths, hour: int) -> None:
    """Receive, read, answer, load: what a run does before dbt."""
    reference, landing = load_reference(paths.seeds), Landing(paths.home).open()
    receive_all(paths.inbox, landing, lambda: clock_at(hour), silent)
    read_all(landing, SubmissionsReader(paths, reference), silent)
    read_all(landing, DecisionsReader(paths), silent)
    give_receipts(desk_of(paths, landing, reference, silent), silent)
    readings = current_readings(landing, [SubmissionsReader(paths, reference), DecisionsReader(paths)])
    with duckdb.connect(str(paths.warehouse)) as connection:
        load_raw(connection, readings)


@cache
def answered_cells(partner: str) -> tuple[int, int]:
    """Where a partner's shipped workbook tells of the progress of its first action that is answered."""
    page = openpyxl.load_workbook(INBOX / "partners" / partner / f"CNS-12_{partner}.xlsx")["Avancement"]
    header = next(cell for row in page.iter_rows() for cell in row if cell.value == "Avancement")
    rows = range(header.row + 1, page.max_row + 1)
    return next(row for row in rows if page.cell(row, header.column).value), header.column


def workbook(partner: str, text: str | None, target: Path) -> Path:
    """A partner's workbook with another text for one action, none for a withdrawn one. The text is invented."""
    book = openpyxl.load_workbook(INBOX / "partners" / partner / f"CNS-12_{partner}.xlsx")
    book["Avancement"].cell(*answered_cells(partner)).value = text
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


@dataclass
class Model:
    """What must be known: contents in the drop folder by place, those received, what each partner said last."""

    folder: dict[Path, str] = field(default_factory=dict)  # path → SHA-256
    texts: dict[str, str | None] = field(default_factory=dict)  # SHA-256 → the text in it
    received: dict[Channel, set[str]] = field(default_factory=lambda: {"submissions": set(), "decisions": set()})
    order: dict[str, list[str]] = field(default_factory=lambda: {partner: [] for partner in PARTNERS})

    def receive(self) -> None:
        """All that lies there is received; of the new ones the last that was written is the partner's last word."""
        for path, sha256 in self.folder.items():
            channel: Channel = "decisions" if path.parent.name == "decisions" else "submissions"
            if sha256 not in self.received[channel]:
                self.received[channel].add(sha256)
                if channel == "submissions":
                    self.order[path.parent.name].append(sha256)

    def copy(self) -> "Model":
        """What a backup has of it: all but the drop folder."""
        return Model(
            {},
            self.texts,
            {name: set(of) for name, of in self.received.items()},
            {p: [*of] for p, of in self.order.items()},
        )


class Reception(RuleBasedStateMachine):
    """An installation with two partners."""

    steps = 0
    kills = 0

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="jalon-machine-"))
        self.paths = Paths(self.root / "home", self.root / "inbox")
        self.model = Model()
        self.saved: tuple[Path, Model] | None = None
        self.hour, self.number = 0, 0

    @initialize(point=st.integers(1, 40))
    def begin(self, point: int) -> None:
        """Both partners sent their workbook, and the first run is killed."""
        for name in ("decisions", *(f"partners/{partner}" for partner in PARTNERS)):
            (self.paths.inbox / name).mkdir(parents=True)
        for partner in PARTNERS:
            self._drop(partner, "premier envoi")
        self.die(point)

    def _drop(self, partner: str, text: str | None) -> None:
        Reception.steps += 1
        self.hour += 1
        self.number += 1
        path = self.paths.inbox / "partners" / partner / f"CNS-12_{partner}_{self.number}.xlsx"
        workbook(partner, text, path)
        at = clock_at(self.hour).timestamp()
        os.utime(path, (at, at))
        self.model.folder[path] = hash_file(path)
        self.model.texts[hash_file(path)] = text

    @rule(partner=st.sampled_from(PARTNERS))
    def correct(self, partner: str) -> None:
        """A workbook with another text."""
        self._drop(partner, f"correction {self.number}")

    @rule(partner=st.sampled_from(PARTNERS))
    def withdraw(self, partner: str) -> None:
        """A workbook without the text that was sent before."""
        self._drop(partner, None)

    @precondition(lambda self: self.model.folder)
    @rule(data=st.data())
    def copy(self, data: st.DataObject) -> None:
        """The same bytes once more, under another name."""
        Reception.steps += 1
        source = data.draw(st.sampled_from(sorted(self.model.folder)))
        self.number += 1
        target = source.with_name(f"{source.stem}_copie{self.number}.xlsx")
        shutil.copy2(source, target)
        self.model.folder[target] = self.model.folder[source]

    @precondition(lambda self: self.model.folder)
    @rule(data=st.data())
    def take_away(self, data: st.DataObject) -> None:
        """Somebody clears a file from the folder: what was received stays received."""
        Reception.steps += 1
        path = data.draw(st.sampled_from(sorted(self.model.folder)))
        path.unlink()
        del self.model.folder[path]

    @rule(name=st.sampled_from(sorted(path.name for path in (INBOX / "decisions").glob("*.xlsx"))))
    def decide(self, name: str) -> None:
        """A review comes back."""
        Reception.steps += 1
        target = self.paths.inbox / "decisions" / name
        shutil.copy2(INBOX / "decisions" / name, target)
        self.model.folder[target] = hash_file(target)

    @rule()
    def read(self) -> None:
        """A run: everything is known afterwards."""
        Reception.steps += 1
        self.hour += 1
        ingest(self.paths, self.hour)
        self.model.receive()
        self._agrees()

    @rule(point=st.integers(1, 60))
    def die(self, point: int) -> None:
        """A run that is killed: nothing is half there, and the next one says all of it."""
        Reception.steps += 1
        self.hour += 1
        command = [sys.executable, "-c", DYING, str(self.paths.home), str(self.paths.inbox), str(point), str(self.hour)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        assert done.returncode in {0, -9}, done.stderr
        Reception.kills += done.returncode == -9
        assert contradictions(self.paths.home) == []
        known = {
            channel: {item.sha256 for item in Landing(self.paths.home).receptions(channel)}
            for channel in self.model.received
        }
        lying = set(self.model.folder.values())
        for channel, received in self.model.received.items():
            assert received <= known[channel] <= received | lying
        self.read()

    @rule()
    def save(self) -> None:
        """A backup."""
        Reception.steps += 1
        self.hour += 1
        folder = self.root / "backups"
        folder.mkdir(exist_ok=True)
        back_up(self.paths, folder / f"{self.hour}.tar.zst", log=silent)
        self.saved = (folder / f"{self.hour}.tar.zst", self.model.copy())

    @precondition(lambda self: self.saved is not None)
    @rule()
    def restore(self) -> None:
        """The machine is lost; what was saved is put back, and what still lies in the folder is taken again."""
        Reception.steps += 1
        assert self.saved is not None
        archive, model = self.saved
        shutil.rmtree(self.paths.home)
        restore(self.paths, archive)
        model = model.copy()
        model.folder, model.texts = self.model.folder, self.model.texts
        if not any(model.folder):  # an empty drop folder is put back too
            lying = {drop.path: hash_file(drop.path) for drop in list_drops(self.paths.inbox).drops}
            model.folder = lying
        self.model = model
        self.read()

    def _agrees(self) -> None:
        landing = Landing(self.paths.home)
        assert unfinished(landing) == []
        assert contradictions(self.paths.home) == []
        for channel, received in self.model.received.items():
            assert {item.sha256 for item in landing.receptions(channel)} == received
        answered = {
            json.loads(path.read_text(encoding="utf-8"))["sha256"]
            for path in self.paths.receipts.rglob("*_accuse_*.json")
        }
        assert answered == self.model.received["submissions"]
        with duckdb.connect(str(self.paths.warehouse), read_only=True) as connection:
            loaded = connection.execute("select sha256 from raw.submission").fetchall()
            assert sorted(sha256 for (sha256,) in loaded) == sorted(self.model.received["submissions"])
            said = dict(
                connection.execute(
                    "select sha256, max(progress_text) from raw.contribution where progress_text like 'premier envoi%' "
                    "or progress_text like 'correction %' group by all"
                ).fetchall()
            )
        for order in self.model.order.values():
            for sha256 in order:
                assert said.get(sha256) == self.model.texts[sha256]

    def teardown(self) -> None:
        """Nothing is left of it."""
        shutil.rmtree(self.root, ignore_errors=True)


def test_whatever_the_order_landing_receipts_and_raw_say_what_the_model_says() -> None:
    run_state_machine_as_test(
        Reception,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=8,
            deadline=None,
            derandomize=EXAMPLES == 2,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert Reception.steps >= EXAMPLES
    assert Reception.kills > 0
    print(f"{Reception.steps} steps, {Reception.kills} kills")  # noqa: T201
