"""Files of one round are taken in the order in which they were sent; where nothing says it, each file is told."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.services.reception.ingest import Received, receive_all
from sources.landing.arrivals import hand_over
from sources.landing.store import Landing

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def drop(folder: Path, name: str, changed: datetime | float, partner: str = "ANS") -> Path:
    path = folder / "inbox" / "partners" / partner / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{partner} {name}")
    moment = changed.timestamp() if isinstance(changed, datetime) else changed
    os.utime(path, (moment, moment))
    return path


def mailed(folder: Path, name: str, arrived: datetime) -> Path:
    return hand_over(
        folder / "inbox",
        folder / "home",
        folder="ANS",
        name=name,
        content=name.encode(),
        arrived_at=arrived,
        way="mail",
    )


def one_round(folder: Path) -> Received:
    return receive_all(folder / "inbox", Landing(folder / "home").open(), lambda: NOON, lambda _: None)


def names(taken: Received) -> list[str]:
    """Names in the order in which what they say counts."""
    return [item.file_name for item in sorted(taken.new, key=lambda item: item.received_at)]


def test_the_file_changed_last_is_taken_last_whatever_its_name(tmp_path: Path) -> None:
    drop(tmp_path, "CNS-13_ANS.xlsx", NOON - timedelta(hours=2))
    drop(tmp_path, "CNS-13_ANS (corrigé).xlsx", NOON - timedelta(hours=1))
    drop(tmp_path, "zz.xlsx", NOON - timedelta(hours=3))
    taken = one_round(tmp_path)
    assert names(taken) == ["zz.xlsx", "CNS-13_ANS.xlsx", "CNS-13_ANS (corrigé).xlsx"]
    assert len({item.received_at for item in taken.new}) == 3, "the clock stands still: order must be kept all the same"
    assert {item.unordered_with for item in taken.new} == {()}


def test_order_between_partners_is_time_too(tmp_path: Path) -> None:
    drop(tmp_path, "b.xlsx", NOON - timedelta(hours=1), partner="ANS")
    drop(tmp_path, "a.xlsx", NOON - timedelta(hours=2), partner="DNS")
    assert names(one_round(tmp_path)) == ["a.xlsx", "b.xlsx"]


def test_what_a_channel_brought_goes_by_its_arrival(tmp_path: Path) -> None:
    """Collected at noon, a mail of the morning is older than the file saved since."""
    drop(tmp_path, "a.xlsx", NOON - timedelta(hours=2))
    mailed(tmp_path, "b.xlsx", NOON - timedelta(hours=3))
    assert names(one_round(tmp_path)) == ["b.xlsx", "a.xlsx"]


def test_two_files_of_one_time_are_told_of_each_other(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        drop(tmp_path, name, NOON - timedelta(hours=1))
    drop(tmp_path, "c.xlsx", NOON)
    assert {item.file_name: item.unordered_with for item in one_round(tmp_path).new} == {
        "a.xlsx": ("b.xlsx",),
        "b.xlsx": ("a.xlsx",),
        "c.xlsx": (),
    }


def test_a_time_that_cannot_be_right_orders_nothing(tmp_path: Path) -> None:
    """What unpacks an archive writes 1980; a partner's clock may be years ahead."""
    drop(tmp_path, "a.xlsx", NOON - timedelta(hours=1))
    drop(tmp_path, "b.xlsx", datetime(1980, 1, 1, tzinfo=UTC))
    taken = {item.file_name: item.unordered_with for item in one_round(tmp_path).new}
    assert taken == {"a.xlsx": ("b.xlsx",), "b.xlsx": ("a.xlsx",)}
    drop(tmp_path, "c.xlsx", NOON + timedelta(days=800))
    assert [item.unordered_with for item in one_round(tmp_path).new] == [()], "the two others came in another round"


def test_one_content_under_two_names_is_no_tie(tmp_path: Path) -> None:
    first = drop(tmp_path, "a.xlsx", NOON - timedelta(hours=1))
    drop(tmp_path, "b.xlsx", NOON - timedelta(hours=1)).write_bytes(first.read_bytes())
    os.utime(first.with_name("b.xlsx"), (first.stat().st_atime, first.stat().st_mtime))
    assert [item.unordered_with for item in one_round(tmp_path).new] == [()]
