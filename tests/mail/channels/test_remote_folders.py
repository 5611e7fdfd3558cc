"""Remote folders: taken once, when whole, from each partner's own; answered beside; nothing of one stops another."""

import os
import re
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.channels import pulling
from orchestration.services.channels.register import read_channels
from orchestration.services.mailroom.correspondence import correspondence_of
from orchestration.services.runtime.paths import PROJECT
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference
from tests.mail.channels.conftest import PASSWORD, Line, archive
from tests.mail.mailroom.conftest import NOW, in_an_hour
from tests.mail.mailroom.dying import killed_at

BOOK = "CNS-13_ANS.xlsx"
GOOD: dict[str, Any] = {"contributions": {"8-3": {"status": "En bonne voie", "progress_text": "Texte inventé."}}}
BAD: dict[str, Any] = {"measurements": [{"kpi_id": "IND-8-3-1", "value": "douze", "period": "T1 2025"}]}


def verdicts(line: Line) -> list[str]:
    """What was stated about each answer's workbook, on its first sheet."""
    found = []
    for name, content in sorted(line.remotes["ANS"].answers().items()):
        if "_accuse_" in name:
            path = line.room.paths.home / "read-again.xlsx"
            path.write_bytes(content)
            cells = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
            found.append(" ".join(str(cell) for row in cells for cell in row if cell))
    return found


@pytest.mark.long
def test_a_whole_round(line: Line) -> None:
    """The workbook is found in `reponses/`, filled, answered there with its fault, corrected, accepted."""
    home, remote = line.room.paths.home, line.remotes["ANS"]
    template = home / "templates" / "CNS-13" / BOOK
    template.parent.mkdir(parents=True)
    template.write_bytes(line.room.book())
    remote.put("vide.csv", b"")  # a folder of an object store is there once a file is
    line.place()
    assert remote.answers() == {BOOK: template.read_bytes()}

    remote.put(BOOK, line.room.book(**BAD))
    assert line.pull().problems == []
    line.room.receive()
    line.place()
    (first,) = [text for text in verdicts(line) if "douze" in text]
    assert "À corriger" in first
    line.room.now = in_an_hour(NOW)
    remote.put(BOOK, line.room.book(**GOOD))
    line.pull()
    line.room.receive()
    line.place()
    (second,) = [text for text in verdicts(line) if "Aucune erreur" in text]
    assert "8-3" in second
    assert (line.pull().taken, line.place().files) == (0, 0), "once"
    assert set(line.remotes["CNAM"].files()) == set(), "nobody sees another's"
    assert remote.files()[BOOK] == line.room.book(**GOOD), "never deleted there"
    channels = correspondence_of(line.room.paths, "CNS-13")["ANS"].channels
    assert channels[0].startswith("dossier distant (")


def test_half_an_upload_is_never_taken(line: Line) -> None:
    """Not what grows between two looks, nor what was cut off and lies still; the whole of it is."""
    remote, whole = line.remotes["ANS"], archive("inventé", 40_000)
    remote.put("cut.xlsx", whole[:-30])
    remote.put("grows.csv", b"a;b\n")
    done = line.pull(wait=lambda _: remote.put("grows.csv", b"a;b\n1;2\n"))
    assert (done.taken, len(done.waiting), line.room.drops()) == (0, 2, {})
    for _ in range(3):
        line.room.now = in_an_hour(line.room.now, 24)
        line.pull()
    assert line.room.drops() == {"partners/ANS/grows.csv": b"a;b\n1;2\n"}
    remote.put("cut.xlsx", whole)
    line.pull()
    assert line.room.drops()["partners/ANS/cut.xlsx"] == whole


def test_a_file_is_known_by_its_hash_and_a_new_content_is_another_file(line: Line) -> None:
    remote = line.remotes["ANS"]
    remote.put("a.xlsx", archive("one"))
    assert [line.pull().taken for _ in range(2)] == [1, 0]
    remote.put("a.xlsx", archive("one"), at=NOW - timedelta(days=1))
    remote.put("copy of a.xlsx", archive("one"))
    assert line.pull().taken == 0
    remote.put("a.xlsx", archive("two"))
    assert line.pull().taken == 1
    assert line.room.drops() == {"partners/ANS/a.xlsx": archive("one"), "partners/ANS/a (2).xlsx": archive("two")}
    for path in line.room.paths.inbox.rglob("*.xlsx"):
        path.unlink()
    assert line.pull().taken == 0, "what was taken away from the drop folder is not taken again"


NAMES = ["a#b.xlsx", "a?b.xlsx", "100%.xlsx", "%41.xlsx", "é à.xlsx", "a+b & c.xlsx", "l'été [1].xlsx", "a;b=c.xlsx"]


def test_a_bad_name_stops_nothing_and_each_is_taken(line: Line) -> None:
    for number, name in enumerate(NAMES):
        line.remotes["ANS"].put(name, archive(str(number)))
    line.remotes["ANS"].put("~$open.xlsx", b"lock")
    line.remotes["ANS"].put("on its way.xlsx.part", b"half")
    done = line.pull()
    assert (done.taken, done.problems) == (len(NAMES), [])
    assert sorted(line.room.drops().values()) == sorted(archive(str(number)) for number in range(len(NAMES)))
    assert line.pull().taken == 0


def test_fifty_megabytes_are_refused_by_name_and_read_by_nobody(line: Line) -> None:
    remote = line.remotes["ANS"]
    remote.put_large("énorme.xlsx", pulling.LARGEST_FILE + 1)
    remote.put(BOOK, archive("beside"))
    assert [line.pull().taken for _ in range(2)] == [1, 0]
    (said,) = [(name, text.decode()) for name, text in remote.answers().items()]
    assert said[0] == "énorme.xlsx_refuse.txt"
    assert re.search("«.énorme.xlsx.» n’a pas été pris.: il pèse 50.Mo, pour 50.Mo au plus", said[1])
    assert list(line.room.drops()) == [f"partners/ANS/{BOOK}"]


def test_one_folder_out_of_reach_stops_no_other_and_is_said_without_its_account(
    line: Line, unused_port: int, silent_port: int
) -> None:
    hosts = "\n".join(f"[127.0.0.1]:{port} ssh-ed25519 {'A' * 68}" for port in (unused_port, silent_port))
    with (line.room.paths.home / "known_hosts").open("a") as handle:
        handle.write(hosts + "\n")
    rows = [
        f"{partner},{url},REMOTE_ANS"
        for partner, url in {
            "HAS": f"webdavs://127.0.0.1:{unused_port}/x",
            "ATIH": f"sftp://127.0.0.1:{unused_port}/x",
            "DGOS": f"s3://x/y?endpoint=http://127.0.0.1:{unused_port}",
            "DGS": f"webdavs://127.0.0.1:{silent_port}/x",
            "CNAM": line.remotes["CNAM"].url + "-of-another",
        }.items()
    ]
    line.channels(*rows, f"ANS,{line.remotes['ANS'].url},REMOTE_ANS", "NOBODY,sftp://x/y,REMOTE_ANS")
    line.remotes["ANS"].put(BOOK, archive("x"))
    done = line.pull()
    assert done.taken == 1
    assert len(done.problems) >= 5, done.problems
    said = "\n".join(done.problems)
    for named in ("HAS, webdavs://127.0.0.1", "ATIH, sftp://127.0.0.1", "DGOS, s3://x", "DGS, webdavs", "'NOBODY'"):
        assert named in said
    assert PASSWORD not in said + "".join(line.room.told) + repr(read_channels_of(line))


def read_channels_of(line: Line) -> Any:
    return read_channels(line.room.paths.home, load_reference(line.room.paths.seeds), line.room.env)


def test_a_wrong_password_and_a_server_that_is_another_are_refused(line: Line) -> None:
    line.remotes["ANS"].put(BOOK, archive("x"))
    if "s3:" not in line.remotes["ANS"].url:  # moto asks nobody who he is
        line.room.env["REMOTE_ANS"] = line.room.env["REMOTE_ANS"] + "wrong"
        assert line.pull().taken == 0
        line.room.env["REMOTE_ANS"] = line.room.env["REMOTE_ANS"].removesuffix("wrong")
    if "sftp:" in line.remotes["ANS"].url:
        known = line.room.paths.home / "known_hosts"
        right = known.read_text()
        known.write_text(" ".join([right.split()[0], "ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAA" + "I" + "B" * 43]))
        assert line.pull().taken == 0
        known.unlink()
        assert "ssh-keyscan 127.0.0.1" in "".join(line.pull().problems)
        known.write_text(right)
    if "webdavs:" in line.remotes["ANS"].url:
        authority = line.room.env.pop("JALON_REMOTE_CA_FILE")
        assert line.pull().taken == 0
        line.room.env["JALON_REMOTE_CA_FILE"] = authority
    assert line.pull().taken == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["hand_over", "note_remote"])
def test_a_kill_between_two_steps_takes_nothing_twice_and_loses_nothing(dav: Line, step: str, when: str) -> None:
    for number in range(3):
        dav.remotes["ANS"].put(f"{number}.xlsx", archive(str(number)))
    owner = pulling if step == "hand_over" else pulling.Ledger
    assert killed_at(dav.pull, owner, step, 2, when)
    dav.pull()
    assert dav.room.drops() == {f"partners/ANS/{number}.xlsx": archive(str(number)) for number in range(3)}


def test_an_answer_half_put_is_put_again(dav: Line) -> None:
    receipts = dav.room.paths.home / "receipts" / "CNS-13" / "ANS"
    receipts.mkdir(parents=True)
    for name in ("a", "b"):
        (receipts / f"{name}_accuse_01234567.xlsx").write_bytes(name.encode())
    assert killed_at(dav.place, pulling.Ledger, "note_placed", 2, "before")
    dav.place()
    assert dav.remotes["ANS"].answers() == {"a_accuse_01234567.xlsx": b"a", "b_accuse_01234567.xlsx": b"b"}
    assert dav.place().files == 0


def test_nobody_sets_the_time_of_his_file_before_a_look_that_did_not_find_it(dav: Line) -> None:
    """A file's time is the server's, which its sender may have set."""
    dav.remotes["ANS"].put("first.xlsx", archive("1"), at=NOW - timedelta(days=9))
    dav.pull()  # nobody looked before: its time is taken as said
    dav.room.now = NOW
    dav.pull()  # all is known: this look found nothing new
    dav.remotes["ANS"].put("second.xlsx", archive("2"), at=NOW - timedelta(days=9))
    dav.remotes["ANS"].put("third.xlsx", archive("3"), at=NOW + timedelta(minutes=20))
    dav.room.now = in_an_hour(NOW)
    dav.pull()
    dav.room.receive()
    arrived = {item.file_name: item.arrived_at for item in Landing(dav.room.paths.home).receptions()}
    assert arrived == {
        "first.xlsx": NOW - timedelta(days=9),
        "second.xlsx": NOW,
        "third.xlsx": NOW + timedelta(minutes=20),
    }


def test_every_error_of_channels_csv_is_said_at_once_and_no_secret(dav: Line) -> None:
    rows = [
        "NOBODY,webdavs://x/y,REMOTE_ANS", "ANS,http://x/y,REMOTE_ANS", "ANS,webdav://ailleurs.exemple/y,REMOTE_ANS",
        f"ANS,sftp://moi:{PASSWORD}@x/y,REMOTE_ANS", "ANS,sftp://x:port/y,REMOTE_ANS", "ANS,sftp://x/y,NOT_SET_42",
        f"ANS,sftp://x/y,{PASSWORD}", "ANS,,", "CNAM,sftp://x/y,REMOTE_ANS", "HAS,sftp://x/y/,REMOTE_ANS", "HAS,sftp://x/y/,REMOTE_CNAM",
    ]  # fmt: skip
    dav.channels(*rows)
    channels, problems = read_channels_of(dav)
    assert [channel.partner for channel in channels] == ["CNAM", "HAS"]
    assert [re.search(r"line (\d+):", problem)[1] for problem in problems] == [  # type: ignore[index]
        "2", "3", "4", "5", "6", "7", "8", "9", "11",
    ]  # fmt: skip
    assert "two partners would see each other" in problems[-1]
    assert PASSWORD not in "".join(problem for problem in problems if "line 8" not in problem)


def test_doctor_tries_each_and_collect_takes_from_each(
    dav: Line, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    Landing(dav.room.paths.home).open()
    for name, value in dav.room.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pulling, "STILL_SECONDS", 0.0)
    places = ["--home", str(dav.room.paths.home), "--inbox", str(dav.room.paths.inbox)]
    dav.remotes["ANS"].put(BOOK, archive("x"))
    said = CliRunner().invoke(main, ["doctor", *places]).output
    assert "ok   remote folder: ANS, webdavs://127.0.0.1: 1 file(s)" in said
    dav.channels(f"HAS,webdavs://127.0.0.1:{unused_port}/x,REMOTE_ANS", f"ANS,{dav.remotes['ANS'].url},REMOTE_ANS")
    said = CliRunner().invoke(main, ["doctor", *places]).output
    assert "BAD  remote folder: HAS, webdavs://127.0.0.1: out of reach" in said
    collected = dav.room.run("collect")
    assert collected.returncode == 1, "one channel is out of reach"
    assert "1 looked into, 1 file(s) put into the drop folder" in collected.stdout
    assert "error: HAS, webdavs://127.0.0.1: out of reach" in collected.stderr
    assert PASSWORD not in said + collected.stdout + collected.stderr
    assert list(dav.room.drops()) == [f"partners/ANS/{BOOK}"]


def test_without_the_extra_it_is_said_what_to_install_and_nothing_is_imported_before(dav: Line) -> None:
    script = (
        "import sys; import orchestration.definitions; "
        "print([name for name in ('httpx', 'sshfs', 's3fs', 'asyncssh', 'aiobotocore') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=PROJECT)
    assert done.stdout.strip() == "[]", done.stderr
    blocked = "import sys; sys.modules['httpx'] = None; from orchestration.cli import main; main()"
    command = [sys.executable, "-c", blocked, *dav.room.command("collect")[3:]]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT, env=dav.room.env)
    assert "pip install jalon[remote]" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server that takes the call and says nothing."""
    from orchestration.services.channels import folders

    monkeypatch.setattr(folders, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(folders, "TIMEOUT_SECONDS", 1.0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def test_answers_are_put_into_the_drop_folder_where_there_is_a_place_for_them(dav: Line, tmp_path: Path) -> None:
    """Each partner's own, readable by its account; a link put in its place is not followed."""
    receipts = dav.room.paths.home / "receipts" / "CNS-13"
    for partner in ("ANS", "CNAM", "HAS"):
        (receipts / partner).mkdir(parents=True)
        (receipts / partner / f"{partner}_accuse_01234567.xlsx").write_bytes(partner.encode())
    partners, outside = dav.room.paths.inbox / "partners", tmp_path / "outside"
    outside.mkdir()
    (partners / "ANS" / "reponses").mkdir(parents=True)
    (partners / "HAS").mkdir()
    (partners / "HAS" / "reponses").symlink_to(outside)
    (partners / "CNAM").mkdir()
    before = os.umask(0o027)
    try:
        dav.place()
    finally:
        os.umask(before)
    found = {str(path.relative_to(partners)): path.stat().st_mode & 0o777 for path in partners.rglob("*.xlsx")}
    assert found == {"ANS/reponses/ANS_accuse_01234567.xlsx": 0o644}
    assert list(outside.iterdir()) == []
    dav.room.receive()
    assert Landing(dav.room.paths.home).receptions() == [], "and never read"
