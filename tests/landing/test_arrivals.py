"""Files that a channel hands over: none overwrites another, and their arrival is known to the landing alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.services.reception.ingest import receive_all
from sources.landing.arrivals import forget, hand_over, noted_arrivals, safe_name
from sources.landing.drops import drops
from sources.landing.store import Landing, Reception

ARRIVED = datetime(2025, 6, 1, 8, 30, tzinfo=UTC)
RECEIVED = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


def handed(folder: Path, content: bytes, name: str = "CNS-13_ANS.xlsx", at: datetime = ARRIVED) -> Path:
    return hand_over(
        folder / "inbox", folder / "home", folder="ANS", name=name, content=content, arrived_at=at, way="mail"
    )


def received(folder: Path, at: datetime = RECEIVED) -> list[Reception]:
    """The receptions of one round."""
    landing = Landing(folder / "home").open()
    return receive_all(folder / "inbox", landing, lambda: at, lambda _: None).new


def test_a_file_of_the_same_name_is_put_beside_the_one_not_yet_taken(tmp_path: Path) -> None:
    paths = [handed(tmp_path, content) for content in (b"first", b"second", b"third")]
    assert [path.name for path in paths] == ["CNS-13_ANS.xlsx", "CNS-13_ANS (2).xlsx", "CNS-13_ANS (3).xlsx"]
    assert [path.read_bytes() for path in paths] == [b"first", b"second", b"third"]


def test_the_same_bytes_handed_over_again_are_one_file(tmp_path: Path) -> None:
    """A channel that died before it noted its progress starts again."""
    assert handed(tmp_path, b"same") == handed(tmp_path, b"same", at=ARRIVED + timedelta(hours=1))
    assert len(drops(tmp_path / "inbox")) == 1
    (taken,) = received(tmp_path)
    assert taken.arrived_at == ARRIVED


def test_the_arrival_is_kept_beside_the_reception(tmp_path: Path) -> None:
    handed(tmp_path, b"by mail")
    (taken,) = received(tmp_path)
    assert (taken.arrived_at, taken.received_at) == (ARRIVED, RECEIVED)
    again = Landing(tmp_path / "home").reception(taken.sha256)
    assert again == taken
    assert noted_arrivals(tmp_path / "home" / "landing") == {}, "the note has served"


def test_an_arrival_is_never_after_the_reception(tmp_path: Path) -> None:
    """A server whose clock is fast must not make a file later than it was."""
    handed(tmp_path, b"by mail", at=RECEIVED + timedelta(hours=3))
    (taken,) = received(tmp_path)
    assert taken.arrived_at == taken.received_at


def test_a_note_holds_for_its_bytes_alone(tmp_path: Path) -> None:
    """A partner who saves over what the mail brought has changed it now, not when the mail came."""
    handed(tmp_path, b"by mail").write_bytes(b"changed by hand")
    (taken,) = received(tmp_path)
    assert taken.arrived_at is None


def test_a_file_left_in_the_partners_folder_sets_no_time(tmp_path: Path) -> None:
    handed(tmp_path, b"by mail")
    note = next((tmp_path / "home" / "landing" / "arrivals").glob("*.json"))
    forged = json.loads(note.read_text()) | {"arrived_at": "2024-01-01T00:00:00+00:00"}
    forget(tmp_path / "home" / "landing", noted_arrivals(tmp_path / "home" / "landing")["ANS", "CNS-13_ANS.xlsx"])
    (tmp_path / "inbox" / "partners" / "ANS" / note.name).write_text(json.dumps(forged))
    assert {taken.arrived_at for taken in received(tmp_path)} == {None}


def test_a_torn_note_stops_nothing(tmp_path: Path) -> None:
    handed(tmp_path, b"by mail")
    next((tmp_path / "home" / "landing" / "arrivals").glob("*.json")).write_text('{"folder": "ANS"')
    (taken,) = received(tmp_path)
    assert taken.arrived_at is None


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("CNS-13_ANS.xlsx", "CNS-13_ANS.xlsx"),
        ("../../etc/passwd.xlsx", "_.._etc_passwd.xlsx"),
        (".cache.xlsx", "cache.xlsx"),
        ("~$CNS-13_ANS.xlsx", "CNS-13_ANS.xlsx"),
        ("retour\r\nBcc: x.xlsx", "retour__Bcc_ x.xlsx"),
        ("C:\\Temp\\CNS-13_ANS.xlsx", "C__Temp_CNS-13_ANS.xlsx"),
        ("...", "sans nom"),
    ],
)
def test_a_sender_cannot_choose_a_place(wanted: str, name: str) -> None:
    assert safe_name(wanted) == name


def test_a_long_name_keeps_its_extension(tmp_path: Path) -> None:
    path = handed(tmp_path, b"long", name="é" * 400 + ".xlsx")
    assert path.suffix == ".xlsx"
    assert [drop.path for drop in drops(tmp_path / "inbox")] == [path]


@pytest.mark.parametrize("folder", ["reponses", "Réponses", "REPONSES"])
def test_what_we_write_to_a_partner_is_not_read(tmp_path: Path, folder: str) -> None:
    for name in (f"ANS/{folder}/CNS-13_ANS_accuse.xlsx", f"ANS/{folder}/2025/x.xlsx", "ANS/envoi/CNS-13_ANS.xlsx"):
        path = tmp_path / "partners" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert [drop.path.parent.name for drop in drops(tmp_path)] == ["envoi"]
