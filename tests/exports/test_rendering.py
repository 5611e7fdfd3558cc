"""Rendering: the same bytes for the same facts, files whole or not at all, a manifest that tells the truth."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import exports
from exports import MartsError
from exports.content.release import Release
from exports.marts import Session, SessionMarts, read_marts
from exports.rendering import render_bytes

INPUTS = {"CNS-12_ALPHA.xlsx": "a" * 64}


def render(marts_path: Path, out: Path) -> exports.RenderedFiles:
    return exports.render(marts_path, "CNS-12", out, code_version="0.1.0", inputs=INPUTS)


def test_the_same_marts_give_the_same_bytes_wherever_and_whenever(marts_path: Path, tmp_path: Path) -> None:
    first = render(marts_path, tmp_path / "a")
    second = render(marts_path, tmp_path / "b")
    for one, other in zip(first.paths, second.paths, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_no_entry_of_the_packages_bears_the_clock(marts_path: Path, tmp_path: Path) -> None:
    written = render(marts_path, tmp_path)
    for path in (written.docx, written.xlsx):
        with zipfile.ZipFile(path) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
            assert "2024-12-17T00:00:00Z" in core
            embedded = [archive.read(entry) for entry in archive.namelist() if entry.endswith(".xlsx")]
        assert all(b"\x00\x00!\x00" in workbook for workbook in embedded), "an embedded workbook bears a date"


def test_the_manifest_names_inputs_and_outputs_with_their_checksums(marts_path: Path, tmp_path: Path) -> None:
    written = render(marts_path, tmp_path)
    manifest = json.loads(written.manifest.read_text(encoding="utf-8"))
    assert manifest["inputs"] == INPUTS
    assert manifest["state"] == "draft"
    assert manifest["method_version"] == "v2"
    assert manifest["code_version"] == "0.1.0"
    assert manifest["data_sha256"] == written.data_sha256
    for path in written.paths[:-1]:
        content = path.read_bytes()
        assert manifest["outputs"][path.name] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_the_checksum_follows_the_facts(
    marts: SessionMarts, tables: dict[type, list[object]], write: Callable[..., Path]
) -> None:
    from exports.marts import Commitment

    tables[Commitment].pop()
    assert read_marts(write(tables), "CNS-12").digest != marts.digest


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="draft"):
        Release("approved")


def test_state_and_version_are_printed_and_change_the_bytes(marts: SessionMarts) -> None:
    draft = render_bytes(marts, Release()).contents
    final = render_bytes(marts, Release("final", 2)).contents
    for name in draft:
        assert draft[name] != final[name]


def test_a_missing_file_session_table_or_column_is_said(
    tmp_path: Path, marts_path: Path, tables: dict[type, list[object]], write: Callable[..., Path]
) -> None:
    with pytest.raises(MartsError, match="no such file"):
        read_marts(tmp_path / "none.duckdb", "CNS-12")
    with pytest.raises(MartsError, match=r"CNS-99.*known: CNS-12"):
        read_marts(marts_path, "CNS-99")
    del tables[Session]
    with pytest.raises(MartsError, match="dim_cns_session is missing"):
        read_marts(write(tables), "CNS-12")


def test_a_file_called_marts_can_be_read(marts_path: Path) -> None:
    assert marts_path.stem == "marts", "DuckDB names the catalog after the file: marts.x would then be ambiguous"
    assert read_marts(marts_path, "CNS-12").session.session_number == 12
