"""The landing loses nothing and leaves nothing half-written, whenever the process dies."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from sources.landing import sealing, store
from sources.landing.load import load_raw
from sources.landing.store import (
    AlteredOriginalError,
    Arrival,
    ClockError,
    FileStillChangingError,
    Landing,
    LandingError,
    hash_file,
)
from sources.landing.tables import COLUMNS

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the code under test may catch it and tidy up."""


class Dying:
    """A function during one call of which the process dies."""

    def __init__(self, real: Callable[..., object], deadly_call: int) -> None:
        self.real, self.deadly_call, self.calls = real, deadly_call, 0

    def __call__(self, *args: object) -> object:
        self.calls += 1
        if self.calls == self.deadly_call:
            raise Killed
        return self.real(*args)


def drop(folder: Path, name: str = "CNS-13_ANS.xlsx", content: bytes = b"workbook") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def tables(sha256: str) -> dict[str, list[dict[str, object]]]:
    return {
        "submission": [{"sha256": sha256, "partner_code": "ANS", "received_at": NOON}],
        "contribution": [
            {"sha256": sha256, "action_code": "1-1", "row_number": 2},
            {"sha256": sha256, "action_code": "1-2", "row_number": 3},
        ],
        "rejected_row": [{"sha256": sha256, "rule": "KPI_VALUE_NOT_A_NUMBER", "row_number": 4}],
    }


def ingest(home: Path, path: Path) -> None:
    landing = Landing(home).open()
    reception, _ = landing.receive(path, channel="submissions", received_at=NOON, folder="ANS")
    landing.write_reading(reception, "v1", tables(reception.sha256))


def content(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and ".aside" not in path.parts
    }


def test_receiving_twice_keeps_one_file_and_the_first_arrival(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    first, is_new = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    again, is_new_again = landing.receive(
        drop(tmp_path / "b", "copie.xlsx"), channel="submissions", received_at=NOON.replace(year=2026)
    )
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert [path.name for path in landing.files.iterdir()] == [f"{first.sha256}.xlsx"]


def test_the_same_bytes_elsewhere_are_noted_and_change_nothing(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    first, _ = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON, folder="ANS")
    noted = landing.receive_again(first, Arrival("ANS", "copie.xlsx", NOON.replace(hour=14)), takes_over=False)
    assert landing.reception(first.sha256) == noted
    assert noted.places == {("ANS", "CNS-13_ANS.xlsx"), ("ANS", "copie.xlsx")}
    assert (noted.file_name, noted.received_at) == (first.file_name, first.received_at)
    assert landing.reading(noted, "v1").key == "v1"


def test_a_content_refused_where_it_lay_is_read_anew_from_its_new_place(tmp_path: Path) -> None:
    """A workbook moved from a wrong folder, or given its right extension, would else be « received » and never read."""
    landing = Landing(tmp_path / "home").open()
    first, _ = landing.receive(drop(tmp_path / "a", "x.xlsx"), channel="submissions", received_at=NOON, folder="HAS")
    landing.write_reading(first, "v1", tables(first.sha256))
    moved = landing.receive_again(first, Arrival("ANS", "CNS-13_ANS.xls", NOON.replace(hour=14)), takes_over=True)
    assert landing.reception(first.sha256) == moved
    assert (moved.folder, moved.file_name, moved.received_at) == ("ANS", "CNS-13_ANS.xls", NOON.replace(hour=14))
    assert moved.places == {("HAS", "x.xlsx"), ("ANS", "CNS-13_ANS.xls")}
    assert not landing.reading(moved, "v1").is_complete
    assert landing.readings(moved) == []
    assert landing.readings(first) == [landing.reading(first, "v1")]
    with landing.under_its_name(moved) as path:
        assert (path.name, path.read_bytes()) == ("CNS-13_ANS.xls", b"workbook")
    landing.write_reading(moved, "v1", tables(moved.sha256))
    assert landing.readings(moved) == [landing.reading(moved, "v1")]
    assert landing.damages() == []


def test_a_file_too_large_is_known_by_its_hash_and_not_kept(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    path = drop(tmp_path / "a", content=b"x" * 1001)
    first, is_new = landing.receive(path, channel="submissions", received_at=NOON, largest=1000)
    again, is_new_again = landing.receive(path, channel="submissions", received_at=NOON, largest=1000)
    assert (is_new, is_new_again, again) == (True, False, first)
    assert (first.sha256, first.size) == (hash_file(path), 1001)
    assert list(landing.files.iterdir()) == []
    with landing.under_its_name(first) as named:
        assert (named.name, named.stat().st_size) == (path.name, 1001)
    assert landing.damages() == []


def test_a_reception_written_before_places_were_noted_is_read(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    first, _ = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    path = landing.receptions_folder / f"{first.sha256}.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in content.items() if key not in {"again", "is_archived"}}))
    assert landing.reception(first.sha256) == first


@pytest.mark.parametrize("name", [b"re\xcc\x81ponse.xlsx", b"r\xe9ponse.xlsx"])
def test_names_are_noted_in_one_writable_form(tmp_path: Path, name: bytes) -> None:
    """A name in another encoding than the system's would else stop the whole reception."""
    landing = Landing(tmp_path / "home").open()
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    source.write_bytes(b"workbook")
    first, _ = landing.receive(source, channel="submissions", received_at=NOON)
    assert first.file_name in {"réponse.xlsx", "r\N{REPLACEMENT CHARACTER}ponse.xlsx"}
    assert landing.reception(first.sha256) == first


def test_reading_is_written_once_and_gives_the_original_its_name(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = drop(tmp_path / "inbox")
    ingest(home, path)
    before = content(home)
    ingest(home, path)
    assert content(home) == before
    landing = Landing(home)
    (reception,) = landing.receptions("submissions")
    with landing.under_its_name(reception) as named:
        assert (named.name, named.read_bytes()) == ("CNS-13_ANS.xlsx", b"workbook")
    assert not named.exists()
    assert json.loads((landing.reading(reception, "v1").folder / "reception.json").read_text())["rows"] == {
        "contribution": 2,
        "submission": 1,
    }


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_killed_at_any_flush_or_rename_the_next_run_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    path = drop(tmp_path / "inbox")
    ingest(tmp_path / "undisturbed", path)
    expected = content(tmp_path / "undisturbed")
    real = getattr(os, function)
    real_replace = Path.replace
    died = 0
    for deadly_call in range(1, 100):
        home = tmp_path / f"{function}-{deadly_call}"
        dying = Dying(real, deadly_call)

        def dying_replace(source: Path, target: Path, dying: Dying = dying) -> object:
            return dying(source, target)

        with monkeypatch.context() as patch:
            if function == "fsync":
                patch.setattr(os, "fsync", dying)
            else:
                patch.setattr(Path, "replace", dying_replace)
            try:
                ingest(home, path)
            except Killed:
                died += 1
        for complete in (home / "landing" / "readings").rglob("*.parquet"):
            assert duckdb.sql(f"select count(*) from '{complete}'").fetchall()[0][0] > 0, "half a file has a final name"
        ingest(home, path)
        assert content(home) == expected
        assert list((home / "landing" / ".aside").iterdir()) == []
        if dying.calls < deadly_call:
            break
    assert Path.replace is real_replace
    assert died > 4


@pytest.mark.parametrize("function", ["flush", "fsync", "replace"])
def test_killed_at_any_flush_or_rename_of_many_the_next_run_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Files that are put on disk together must not get a name before the others' content, or one without its own."""
    paths = [drop(tmp_path / "inbox", f"CNS-13_{n}.xlsx", f"workbook {n}".encode()) for n in range(6)]

    def ingest_all(home: Path) -> None:
        landing = Landing(home).open()
        with landing.together():
            received = [landing.receive(path, channel="submissions", received_at=NOON)[0] for path in paths]
        with landing.together():
            for reception in received:
                landing.write_reading(reception, "v1", tables(reception.sha256))

    ingest_all(tmp_path / "undisturbed")
    expected = content(tmp_path / "undisturbed")
    place = {"flush": (sealing, "flush_file_system"), "fsync": (os, "fsync"), "replace": (Path, "replace")}[function]
    real = getattr(*place)
    died = 0
    for deadly_call in range(1, 60):
        home, dying = tmp_path / f"{function}-{deadly_call}", Dying(real, deadly_call)
        with monkeypatch.context() as patch:
            patch.setattr(*place, lambda *args, dying=dying: dying(*args))
            try:
                ingest_all(home)
            except Killed:
                died += 1
        landing = Landing(home)
        for reception in landing.receptions():
            assert landing.original(reception).exists(), "received without its content"
        for complete in (home / "landing" / "readings").rglob("*.parquet"):
            assert duckdb.sql(f"select count(*) from '{complete}'").fetchall()[0][0] > 0
        ingest_all(home)
        assert content(home) == expected
        if dying.calls < deadly_call:
            break
    assert died >= (2 if function == "flush" else 5)


def test_many_are_put_on_disk_file_by_file_where_the_system_cannot_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file given its name without being on disk would be lost with the machine's power."""
    flushed: set[str] = set()
    real = os.fsync

    def noting(descriptor: int) -> None:
        flushed.add(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(sealing, "flush_file_system", lambda _: False)
    monkeypatch.setattr(os, "fsync", noting)
    landing = Landing(tmp_path / "home").open()
    with landing.together():
        paths = [drop(tmp_path / "inbox", f"{n}.xlsx", f"workbook {n}".encode()) for n in range(6)]
        received = [landing.receive(path, channel="submissions", received_at=NOON)[0] for path in paths]
        waiting = {path.name for path in (landing.root / ".aside").iterdir()}
        assert landing.receptions() == []
    with landing.together():
        landing.write_reading(received[0], "v1", tables(received[0].sha256))
    assert len(waiting) == 12
    assert waiting <= flushed
    assert {"submission.parquet", "contribution.parquet", "rejected_row.parquet", "reception.json"} <= flushed


def test_the_same_content_twice_together_is_received_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    with landing.together():
        first, is_new = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON, folder="ANS")
        again, is_new_again = landing.receive(drop(tmp_path / "b"), channel="submissions", received_at=NOON)
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert landing.receptions() == [first]


def test_what_was_complete_before_an_error_is_kept(tmp_path: Path) -> None:
    """A file that stops the reception must not make those before it come later."""
    landing = Landing(tmp_path / "home").open()
    paths = [drop(tmp_path / "a"), tmp_path]

    def receive_both() -> None:
        with landing.together():
            for path in paths:
                landing.receive(path, channel="submissions", received_at=NOON)

    with pytest.raises(LandingError):
        receive_both()
    assert [reception.sha256 for reception in landing.receptions()] == [hash_file(paths[0])]


def test_a_file_still_growing_is_left_for_the_next_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(tmp_path / "home").open()
    path = drop(tmp_path / "inbox")
    real = store.create

    def grow(copy: Path) -> object:
        path.write_bytes(b"workbook, longer")
        return real(copy)

    monkeypatch.setattr(store, "create", grow)
    with pytest.raises(FileStillChangingError, match="next round"):
        landing.receive(path, channel="submissions", received_at=NOON)
    assert landing.receptions() == []
    assert list(landing.files.iterdir()) == []


def test_an_altered_or_missing_original_is_found(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    altered, _ = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    lost, _ = landing.receive(drop(tmp_path / "b", content=b"other"), channel="submissions", received_at=NOON)
    assert landing.damages() == []
    landing.original(altered).write_bytes(b"w0rkbook")
    landing.original(lost).unlink()
    assert {(damage.path.name[:64], damage.problem.split(";")[0]) for damage in landing.damages()} == {
        (altered.sha256, "content altered since it was archived"),
        (lost.sha256, "missing from the archive"),
    }


def test_a_lost_original_comes_back_when_its_file_is_dropped_again(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    path = drop(tmp_path / "inbox")
    reception, _ = landing.receive(path, channel="submissions", received_at=NOON)
    landing.original(reception).unlink()
    again, is_new = landing.receive(path, channel="submissions", received_at=NOON.replace(year=2030))
    assert (again, is_new) == (reception, False)
    assert landing.damages() == []


def test_a_landing_written_by_a_newer_version_is_refused_and_nothing_in_it_is_touched(tmp_path: Path) -> None:
    landing = Landing(tmp_path).open()
    (tmp_path / "landing" / "VERSION").write_text("2\n")
    landing.quarantine.rmdir()  # what a newer layout may have put elsewhere
    theirs = tmp_path / "landing" / ".aside" / "theirs"
    theirs.write_text("what a newer version keeps there")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(LandingError, match="Install the version which wrote it"):
        Landing(tmp_path).open()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_clock_moved_back_takes_nothing_until_it_is_set_right(tmp_path: Path) -> None:
    """A correction received « before » the first file would lose against it."""
    landing = Landing(tmp_path / "home").open()
    first, second = drop(tmp_path / "a"), drop(tmp_path / "b", content=b"corrected")
    landing.receive(first, channel="submissions", received_at=NOON)
    with pytest.raises(ClockError, match=r"clock shows 2025-05-31 12:00 .*2025-06-01 12:00.*Set the clock right"):
        Landing(tmp_path / "home").receive(second, channel="submissions", received_at=NOON.replace(month=5, day=31))
    assert [path.name for path in (landing.root / ".aside").iterdir()] == []
    assert len(list(landing.files.iterdir())) == 1
    known, is_new = landing.receive(first, channel="submissions", received_at=NOON.replace(year=2020))
    assert (known.received_at, is_new) == (NOON, False)

    corrected, is_new = landing.receive(second, channel="submissions", received_at=NOON.replace(hour=13))
    assert (corrected.received_at, is_new) == (NOON.replace(hour=13), True)


def test_a_small_step_of_the_clock_keeps_the_order_of_arrivals(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    later, _ = landing.receive(
        drop(tmp_path / "b", content=b"corrected"), channel="submissions", received_at=NOON - timedelta(seconds=5)
    )
    assert NOON < later.archived_at < NOON + timedelta(milliseconds=1)


def test_nothing_is_read_in_an_altered_original_and_the_same_file_fixes_it(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    path = drop(tmp_path / "inbox")
    reception, _ = landing.receive(path, channel="submissions", received_at=NOON)
    landing.original(reception).write_bytes(b"w0rkbook")
    with (
        pytest.raises(AlteredOriginalError, match=r"CNS-13_ANS\.xlsx.*altered.*delete it.*drop the same file again"),
        landing.under_its_name(reception),
    ):
        pytest.fail("read what nobody sent")
    landing.original(reception).unlink()
    landing.receive(path, channel="submissions", received_at=NOON)
    with landing.under_its_name(reception) as named:
        assert named.read_bytes() == b"workbook"


@pytest.mark.parametrize("damage", ["altered", "gone", "unsealed"])
def test_a_damaged_reading_is_found_and_read_again_once_deleted(tmp_path: Path, damage: str) -> None:
    home, path = tmp_path / "home", drop(tmp_path / "inbox")
    ingest(home, path)
    expected = content(home)
    landing = Landing(home)
    (reception,) = landing.receptions()
    reading = landing.reading(reception, "v1")
    table = reading.folder / "contribution.parquet"
    if damage == "altered":
        table.write_bytes(table.read_bytes()[:-8] + b"\0" * 8)
    elif damage == "gone":
        table.unlink()
    else:
        (reading.folder / "reception.json").write_text("{")
    (found,) = landing.damages()
    assert found.path == reading.folder
    assert "jalon rebuild" in found.problem
    if damage == "altered":
        with (
            duckdb.connect(str(tmp_path / "w.duckdb")) as connection,
            pytest.raises(LandingError, match=r"not as it was written. Delete that folder"),
        ):
            load_raw(connection, [reading])
    shutil.rmtree(found.path)
    ingest(home, path)
    assert content(home) == expected
    assert landing.damages() == []


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    reception, _ = landing.receive(drop(tmp_path / "inbox"), channel="submissions", received_at=NOON)
    with pytest.raises(LandingError, match="unknown column valeur"):
        landing.write_reading(reception, "v1", {"measurement": [{"valeur": 12}]})
    assert not landing.reading(reception, "v1").is_complete


def test_every_raw_table_is_there_even_with_nothing_received(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        loaded = load_raw(connection, [])
        assert loaded.rows == dict.fromkeys(COLUMNS, 0)


def test_raw_takes_only_what_is_new_and_replaces_what_is_read_again(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    first, _ = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    second, _ = landing.receive(drop(tmp_path / "b", content=b"other"), channel="submissions", received_at=NOON)
    old = [landing.write_reading(reception, "v1", tables(reception.sha256)) for reception in (first, second)]
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        assert load_raw(connection, old[:1]).added == 1
        grown = load_raw(connection, old)
        assert (grown.added, grown.removed, grown.rows["contribution"], grown.rows["rejected_row"]) == (1, 0, 4, 2)
        assert load_raw(connection, old).is_unchanged

        reread = landing.write_reading(first, "v2", {"submission": tables(first.sha256)["submission"]})
        replaced = load_raw(connection, [reread, old[1]])
        assert (replaced.added, replaced.removed) == (1, 1)
        assert (replaced.rows["submission"], replaced.rows["contribution"], replaced.rows["rejected_row"]) == (2, 2, 1)
        assert replaced.digest != grown.digest


def test_raw_of_another_layout_is_loaded_again_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    reception, _ = landing.receive(drop(tmp_path / "a"), channel="submissions", received_at=NOON)
    reading = landing.write_reading(reception, "v1", tables(reception.sha256))
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        load_raw(connection, [reading])
        connection.execute("update raw._layout set digest = 'older'")
        connection.execute("alter table raw.contribution drop column risks")
        loaded = load_raw(connection, [reading])
        assert (loaded.added, loaded.rows["contribution"]) == (1, 2)


def test_a_reading_of_before_a_column_came_is_loaded_with_nothing_in_it(tmp_path: Path) -> None:
    """A published session is not read again: its readings keep the columns of their time, whatever came since."""
    landing = Landing(tmp_path / "home").open()
    receptions = [
        landing.receive(drop(tmp_path / name, content=name.encode()), channel="submissions", received_at=NOON)[0]
        for name in "ab"
    ]
    old, new = (landing.write_reading(reception, "v1", tables(reception.sha256)) for reception in receptions)
    path = old.parquet("rejected_row")
    assert path is not None
    path.chmod(0o640)
    pq.write_table(pq.read_table(path).drop_columns(["item_code"]), path)
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        assert load_raw(connection, [old, new]).rows["rejected_row"] == 2
        assert connection.execute("select count(item_code) from raw.rejected_row").fetchall() == [(0,)]


def test_raw_of_some_channels_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    document, _ = landing.receive(drop(tmp_path / "d", "note.md"), channel="documents", received_at=NOON)
    workbook, _ = landing.receive(drop(tmp_path / "w", content=b"w"), channel="submissions", received_at=NOON)
    read = landing.write_reading(document, "v1", {"document": [{"sha256": document.sha256}]})
    submitted = landing.write_reading(workbook, "v1", tables(workbook.sha256))
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        load_raw(connection, [read])
        loaded = load_raw(connection, [submitted], channels=("submissions",))
        assert (loaded.added, loaded.removed) == (1, 0)
        assert (loaded.rows["document"], loaded.rows["submission"]) == (1, 1)


def test_a_document_given_again_replaces_its_former_version_a_submission_does_not(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home").open()
    for day, content in ((1, b"old"), (2, b"new")):
        for number, channel in enumerate(("documents", "submissions")):
            path = drop(tmp_path / channel, f"same{number}.md", content + channel.encode())
            landing.receive(path, channel=channel, received_at=NOON.replace(day=day))
    assert [reception.archived_at.day for reception in landing.current("documents")] == [2]
    assert [reception.archived_at.day for reception in landing.current("submissions")] == [1, 2]
    assert len(landing.receptions()) == 4
    assert landing.damages() == []
