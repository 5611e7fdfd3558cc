"""The audit trail: what was altered, removed or cut is seen; writers wait for each other; a kill is survived."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.audit.audit import Action, AuditTrail, Deed, Entry, decided, dropped, record_published
from orchestration.services.runtime.paths import PROJECT
from sources.landing.store import Landing


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    made = AuditTrail(tmp_path / "audit", clock=lambda: datetime(2025, 6, 10, 6, tzinfo=UTC))
    file = dropped(partner="ANS", name="CNS-13_ANS.xlsx", sha256="a" * 64, channel="submissions", received_at="2025")
    kept = decided(session_code="CNS-13", subject="IND-8-4-2", decision="validated", role="DNS", sha256="c" * 64)
    made.extend([file, kept], via="run 1")
    record_published(made, session_code="CNS-13", version=1, sha256="b" * 64, via="jalon publish")
    made.append(Action.SENT, "CNS-13", {"edition": "published-1", "note": "« é »\u2028\n"}, via="jalon send")
    return made


def lines(trail: AuditTrail) -> list[str]:
    return trail.file.read_text(encoding="utf-8").split("\n")[:-1]


def put(trail: AuditTrail, content: list[str]) -> None:
    trail.file.write_text("".join(f"{line}\n" for line in content), encoding="utf-8")


def test_a_whole_trail_says_who_did_what_when_in_order(trail: AuditTrail) -> None:
    assert trail.problems() == []
    entries = trail.entries()
    assert [entry.action for entry in entries] == ["dropped", "decided", "published", "sent"]
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert entries[0].at == "2025-06-10T06:00:00+00:00"
    assert entries[0].actor
    assert trail.file.stat().st_mode & 0o027 == 0


@pytest.mark.parametrize("field", ["at", "actor", "via", "action", "session_code", "detail", "sequence", "previous"])
def test_any_altered_field_is_found_on_its_line(trail: AuditTrail, field: str) -> None:
    content = lines(trail)
    entry = json.loads(content[1])
    entry[field] = {"detail": {}, "sequence": 9}.get(field, "0" * 64)
    content[1] = json.dumps(entry)
    put(trail, content)
    assert "line 2: altered since it was written" in trail.problems()


def test_an_altered_line_with_a_digest_made_anew_breaks_the_chain(trail: AuditTrail) -> None:
    content = lines(trail)
    forged = trail.entries()[1]
    content[1] = type(forged)(**{**forged.as_dict(), "actor": "somebody else"}).sealed().line()
    put(trail, content)
    assert trail.problems() == ["line 3: does not follow the line before it"]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_removed_line_is_found(trail: AuditTrail, gone: int) -> None:
    content = lines(trail)
    del content[gone]
    put(trail, content)
    assert "lines were removed or moved" in " ".join(trail.problems())


def test_lines_in_another_order_or_twice_are_found(trail: AuditTrail) -> None:
    content = lines(trail)
    put(trail, [content[0], content[2], content[1], content[3]])
    assert trail.problems()
    put(trail, [*content, content[3]])
    assert trail.problems()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_lines_cut_from_the_end_are_found_and_stay_found(trail: AuditTrail, count: int) -> None:
    put(trail, lines(trail)[:-count])
    assert trail.problems() == [f"the last {count} entries are gone"]
    trail.append(Action.SENT, "CNS-13", {}, via="jalon send")
    assert "lines were removed or moved" in " ".join(trail.problems())


def test_a_truncated_line_is_found(trail: AuditTrail) -> None:
    os.truncate(trail.file, trail.file.stat().st_size - 20)
    assert "line 4: cut or not readable" in trail.problems()
    assert "the last 1 entries are gone" in trail.problems()


def test_a_trail_or_a_head_that_vanished_is_found(trail: AuditTrail) -> None:
    head = trail.folder / "head.json"
    kept = head.read_bytes()
    head.unlink()
    assert "head.json is missing or was put back" in trail.problems()[0]
    head.write_bytes(kept)
    trail.file.unlink()
    assert trail.problems() == ["the last 4 entries are gone"]


def test_a_line_whose_writer_died_is_set_aside_and_said_in_the_next(trail: AuditTrail) -> None:
    whole = len(trail.entries())
    with trail.file.open("a") as stream:
        stream.write('{"sequence": 5, "at": "2025')
    assert trail.problems() == [f"line {whole + 1}: cut or not readable"]
    entry = trail.append(Action.SENT, "CNS-13", {}, via="jalon send")
    assert trail.problems() == []
    assert entry.sequence == 5
    (aside,) = trail.folder.glob("torn-*.part")
    assert aside.read_text() == '{"sequence": 5, "at": "2025'
    assert entry.detail["torn_line_sha256"].startswith(aside.stem.removeprefix("torn-"))


@pytest.mark.parametrize("written", range(4))
def test_a_writer_that_dies_within_several_lines_leaves_a_whole_trail_that_goes_on(
    trail: AuditTrail, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    real = AuditTrail._write_lines

    def dies(self: AuditTrail, entries: list[Entry]) -> None:
        real(self, entries[:written])
        raise KeyboardInterrupt

    monkeypatch.setattr(AuditTrail, "_write_lines", dies)
    with pytest.raises(KeyboardInterrupt):
        trail.extend([Deed(Action.SENT, "CNS-13", {"number": str(number)}) for number in range(3)], via="test")
    monkeypatch.undo()
    assert trail.problems() == []
    assert trail.append(Action.SENT, "CNS-13", {}, via="test").sequence == 5 + min(written, 3)
    assert trail.problems() == []


WRITER = """
import sys
from pathlib import Path
from orchestration.services.audit.audit import Action, AuditTrail
trail = AuditTrail(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    trail.append(Action.SENT, "CNS-13", {"writer": sys.argv[2], "number": str(number)}, via="test")
"""


def test_writers_at_once_lose_nothing_and_keep_one_chain(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "audit")]
    writers = [subprocess.Popen([*command, str(writer), "40"], cwd=PROJECT) for writer in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    trail = AuditTrail(tmp_path / "audit")
    assert trail.problems() == []
    written = [(entry.detail["writer"], entry.detail["number"]) for entry in trail.entries()]
    assert sorted(written) == sorted((str(writer), str(number)) for writer in range(4) for number in range(40))


def test_a_writer_killed_at_work_leaves_a_trail_that_goes_on(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path / "audit")
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(trail.folder), "1", "100000"], cwd=PROJECT)
        before = trail.head().count
        while trail.head().count < before + 5:
            assert writer.poll() is None
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        trail.append(Action.SENT, "CNS-13", {"writer": "after"}, via="test")
        assert trail.problems() == []


def test_doctor_verifies_the_trail(tmp_path: Path) -> None:
    Landing(tmp_path).open()
    (tmp_path / "inbox" / "partners").mkdir(parents=True)
    trail = AuditTrail(tmp_path / "audit")
    for _ in range(3):
        trail.append(Action.SENT, "CNS-13", {}, via="test")
    sound = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path), "--inbox", str(tmp_path / "inbox")])
    assert sound.exit_code == 0, sound.output
    assert f"3 entries, chain whole, head {trail.head().digest[:16]}" in sound.output
    put(trail, lines(trail)[:1])
    damaged = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path), "--inbox", str(tmp_path / "inbox")])
    assert damaged.exit_code == 1
    assert "the last 2 entries are gone" in damaged.output


@pytest.mark.parametrize("edition", ["draft-1-x", "reponse-0123456789abcdef", "J-60-2025-06-10-ANS"])
def test_doctor_names_a_mail_of_uncertain_fate_and_the_command_that_it_prints_settles_it(
    tmp_path: Path, edition: str
) -> None:
    from exports.mail import Outbox, Record, State

    Landing(tmp_path).open()
    record = Record("CNS-13", edition, "k", "anne.martin@exemple.fr", "<a@b>", "c", State.HANDING_OVER, "2025")
    Outbox(tmp_path / "outbox").write(record)
    found = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path), "--inbox", str(tmp_path / "inbox")])
    assert found.exit_code == 1
    assert f"CNS-13 {edition} to a…@exemple.fr may have left" in found.output
    assert "anne.martin" not in found.output
    (line,) = re.findall(r"`(jalon collect [^`]+)`", found.output)
    assert CliRunner().invoke(main, shlex.split(line)[1:]).exit_code == 0
    (settled,) = Outbox(tmp_path / "outbox").records()
    assert settled.state is State.ASSUMED_SENT
    (entry,) = AuditTrail(tmp_path / "audit").entries()
    assert (entry.action, entry.via) == (Action.ASSUMED_SENT.value, "jalon collect")
    again = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path), "--inbox", str(tmp_path / "inbox")])
    assert "no mail of uncertain fate" in again.output
