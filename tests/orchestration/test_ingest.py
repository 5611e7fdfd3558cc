"""From the drop folder to the landing: what is taken, what is left alone, what does not stop the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.services.reception.ingest import current_readings, read_all, receive_all, refused_files
from orchestration.services.reception.reader import UnreadableFileError
from sources.landing.drops import InboxError, drops, former_receptions, is_unfinished
from sources.landing.store import Channel, Landing, Reception, Rows, hash_file

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


class TextReader:
    """Takes the first letter of a file for its action; « broken » cannot be read."""

    channel: Channel = "submissions"
    published: frozenset[str] = frozenset()

    def __init__(self, key: str = "v1") -> None:
        self.key = key

    def read(self, path: Path, reception: Reception) -> Mapping[str, Rows]:
        text = path.read_text()
        if text == "broken":
            raise UnreadableFileError("fichier tronqué")
        if text == "surprising":
            raise ZeroDivisionError("surprise")
        return {"contribution": [{"sha256": reception.sha256, "action_code": text}]}

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    for name, text in {
        "partners/ANS/CNS-13_ANS.xlsx": "1-1",
        "partners/CNAM/broken.xlsx": "broken",
        "partners/CNAM/surprising.xlsx": "surprising",
        "partners/DNS/CNS-13_DNS.xlsx": "2-1",
        "partners/DNS/~$CNS-13_DNS.xlsx": "lock",
        "partners/DNS/.~lock.CNS-13_DNS.xlsx#": "lock",
        "partners/DNS/upload.xlsx.part": "half",
        "partners/lost.xlsx": "no partner",
        "reports/article.md": "text",
        "reports/photo.jpg": "not a document",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("name", ["~$a.xlsx", ".~lock.a.xlsx#", ".DS_Store", "a.xlsx.part", "A.XLSX.CRDOWNLOAD"])
def test_files_that_programs_leave_behind_are_unfinished(name: str) -> None:
    assert is_unfinished(name)
    assert not is_unfinished("CNS-13_ANS.xlsx")


def test_only_finished_files_of_known_places_are_taken(inbox: Path) -> None:
    assert [(drop.channel, drop.folder, drop.path.name) for drop in drops(inbox)] == [
        ("submissions", "ANS", "CNS-13_ANS.xlsx"),
        ("submissions", "CNAM", "broken.xlsx"),
        ("submissions", "CNAM", "surprising.xlsx"),
        ("submissions", "DNS", "CNS-13_DNS.xlsx"),
        ("documents", "", "article.md"),
    ]


def test_a_file_that_breaks_its_reader_does_not_hold_up_the_others(inbox: Path, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    told: list[str] = []
    taken = receive_all(inbox, landing, lambda: NOON, told.append)
    assert (len(taken.new), taken.known) == (5, 0)
    assert [Path(line.partition(": ")[0]).name for line in taken.left] == ["lost.xlsx", "photo.jpg"]
    done = read_all(landing, TextReader(), told.append)
    assert sorted(reception.file_name for reception in done.read) == ["CNS-13_ANS.xlsx", "CNS-13_DNS.xlsx"]
    assert done.unreadable == {
        "CNAM/broken.xlsx": "fichier tronqué",
        "CNAM/surprising.xlsx": "ZeroDivisionError: surprise",
    }
    assert "CNAM/broken.xlsx: refused (fichier tronqué)" in told
    readings = current_readings(landing, [TextReader()])
    assert len(readings) == 3
    (refused,) = refused_files(readings)
    assert (refused["folder"], refused["channel"], refused["message"]) == ("CNAM", "submissions", "fichier tronqué")
    assert len(list((tmp_path / "home" / "quarantine").glob("*/refused_file.parquet"))) == 1
    assert read_all(landing, TextReader(), told.append).unreadable["CNAM/broken.xlsx"] == "fichier tronqué", "for ever"


def test_nothing_new_reads_nothing_and_a_fixed_reader_reads_all_again(inbox: Path, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    receive_all(inbox, landing, lambda: NOON, print)
    read_all(landing, TextReader(), print)
    again = receive_all(inbox, landing, lambda: NOON, print)
    assert (again.new, again.known) == ([], 5)
    done = read_all(landing, TextReader(), print)
    assert (done.read, done.known) == ([], 3)
    assert len(read_all(landing, TextReader("v2"), print).read) == 2


def test_former_receptions_give_time_and_origin(inbox: Path, tmp_path: Path) -> None:
    sha256 = hash_file(inbox / "partners/ANS/CNS-13_ANS.xlsx")
    (inbox / "receptions.csv").write_text(
        f"sha256,received_at,origin,note\n{sha256},2024-12-17T00:00:00Z,reconstituted,from the report\n"
    )
    landing = Landing(tmp_path / "home").open()
    receive_all(inbox, landing, lambda: NOON, print)
    by_name = {reception.file_name: reception for reception in landing.receptions()}
    old, new = by_name["CNS-13_ANS.xlsx"], by_name["CNS-13_DNS.xlsx"]
    assert (old.received_at, old.origin, old.archived_at) == (datetime(2024, 12, 17, tzinfo=UTC), "reconstituted", NOON)
    assert (new.received_at.replace(microsecond=0), new.origin) == (NOON, "partner")


def test_a_bad_row_of_former_receptions_is_named(inbox: Path) -> None:
    (inbox / "receptions.csv").write_text("sha256,received_at,origin,note\nabc,hier,reconstituted,\n")
    with pytest.raises(InboxError, match=r"receptions.csv, line 2: .*Expected the columns"):
        former_receptions(inbox)


def test_a_vanished_drop_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match=r"no such drop folder.*--inbox"):
        drops(tmp_path / "gone")
