"""The open data are the marts' facts, all of them and no partner's free words, in a package others can read."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields, replace

from exports.content.release import Release
from exports.marts import SessionMarts
from exports.open_data import agreement, writer
from exports.open_data.tables import Column, resources
from exports.packing import read_package, write_package

frictionless = pytest.importorskip("frictionless")

Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def package(marts: SessionMarts) -> bytes:
    return writer.write(marts, Release())


def edited(package: bytes, name: str, edit: Edit) -> bytes:
    parts = read_package(package)
    before = parts[name].decode()
    after = edit(before)
    assert after != before, "the edit changed nothing: the proof would prove nothing"
    return write_package({**parts, name: after.encode()})


def rows_of_file(package: bytes, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_package(package)[name].decode("utf-8"), newline="")))


def validated(package: bytes, folder: Path) -> Any:
    path = folder / "package.zip"
    path.write_bytes(package)
    return frictionless.validate(str(path), type="package")


def test_the_package_agrees_with_the_marts(marts: SessionMarts, package: bytes) -> None:
    assert [str(defect) for defect in agreement.disagreements(marts, package)] == []


@pytest.mark.parametrize(
    ("name", "edit", "rule"),
    [
        ("engagements.csv", lambda text: text.replace(",1134,", ",1135,"), "DISAGREEMENT"),
        ("mesures.csv", lambda text: text.replace(",2022-12-31,", ",2021-12-31,"), "DISAGREEMENT"),
        ("situations.csv", lambda text: text.replace("late", "on_track", 1), "DISAGREEMENT"),
        ("actions.csv", lambda text: "\r\n".join(text.split("\r\n")[:-2]) + "\r\n", "ROW_MISSING"),
        ("actions.csv", lambda text: text + text.split("\r\n")[1].replace("1-1", "9-9") + "\r\n", "ROW_ADDED"),
        ("actions.csv", lambda text: text + text.split("\r\n")[1] + "\r\n", "ROW_TWICE"),
        ("engagements.csv", lambda text: text.replace(",1134,", ',"1 134",'), "UNREADABLE"),
        ("datapackage.json", lambda text: text.replace('"name": "actions"', '"name": "autres"'), "RESOURCE_MISSING"),
        ("datapackage.json", lambda text: text.replace('"name": "actions"', '"name": "autres"'), "RESOURCE_ADDED"),
    ],
)
def test_a_broken_package_is_found_out(marts: SessionMarts, package: bytes, name: str, edit: Edit, rule: str) -> None:
    found = {defect.rule for defect in agreement.disagreements(marts, edited(package, name, edit))}
    assert rule in found


def test_a_fact_that_only_the_marts_have_is_found_out(marts: SessionMarts, package: bytes) -> None:
    more = replace(
        marts, observations=(*marts.observations, replace(marts.observations[0], observation_id="nouvelle", value=7.0))
    )
    assert [defect.rule for defect in agreement.disagreements(more, package)] == ["ROW_MISSING"]


def test_frictionless_finds_the_package_valid_without_a_network(
    package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise OSError("a validation that needs the network proves nothing here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    report = validated(package, tmp_path)
    assert report.valid, report.flatten(["type", "name", "note"])
    assert len(report.tasks) == len(resources())


@pytest.mark.parametrize(
    ("name", "edit", "error"),
    [
        ("mesures.csv", lambda text: text.replace(",1134,", ",beaucoup,"), "type-error"),
        ("mesures.csv", lambda text: text.replace("IND-1-2-1,FR", "IND-9-9-9,FR", 1), "foreign-key"),
        ("situations.csv", lambda text: text.replace(",late,", ",presque,"), "constraint-error"),
        ("actions.csv", lambda text: text.replace("1-2,", "1-1,", 1), "primary-key"),
        ("actions.csv", lambda text: text.replace("Action atteinte", "Action changée"), "hash-count"),
        (
            "datapackage.json",
            lambda text: text.replace('"licenses": [', '"licenses": "aucune", "x": ['),
            "package-error",
        ),
    ],
)
def test_frictionless_finds_a_broken_package_invalid(
    package: bytes, tmp_path: Path, name: str, edit: Edit, error: str
) -> None:
    broken = edited(package, name, edit)
    if error != "hash-count":  # else the hash alone would be what is found
        parts = read_package(broken)
        descriptor = json.loads(parts["datapackage.json"])
        for item in descriptor["resources"]:
            item.pop("hash", None)
            item.pop("bytes", None)
        broken = write_package({**parts, "datapackage.json": json.dumps(descriptor).encode()})
    report = validated(broken, tmp_path)
    assert not report.valid
    assert error in {found for (found,) in report.flatten(["type"])}


def test_the_description_says_version_date_sources_licence_and_profile(package: bytes) -> None:
    said = json.loads(read_package(package)["datapackage.json"])
    assert said["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert said["created"] == "2024-12-17T00:00:00Z"
    assert said["version"] == "12.1.0"
    assert said["licenses"] == [writer.LICENCE]
    assert said["license_status"] == "proposed", "the licence is the DNS's to declare"
    assert "à confirmer par la DNS" in said["description"]
    assert len(said["sources"]) == 2
    assert "profile" not in json.dumps(said["resources"]), "v1's way of naming a profile"


def test_every_column_is_described_in_both_languages() -> None:
    columns: list[Column] = [column for resource in resources() for column in resource.columns]
    assert len(columns) > 100
    for column in columns:
        assert column.title, column.name
        assert column.fr.endswith("."), column.name
        assert column.en.endswith("."), column.name
        assert column.fr != column.en, column.name


def test_values_have_units_dates_are_iso_and_decimals_have_a_point(package: bytes) -> None:
    rows = {row["observation_id"]: row for row in rows_of_file(package, "mesures.csv")}
    half = rows["IND-2-1-1-2024-06-30"]
    assert (half["value"], half["unit"], half["period_end"]) == ("31.5", "%", "2024-06-30")
    assert rows["IND-2-1-2-2024-12-31"]["value"] == "2500000", "no exponent, no thousands mark"
    described = json.loads(read_package(package)["datapackage.json"])["resources"]
    numbers = [
        (item["name"], column)
        for item in described
        for column in item["schema"]["fields"]
        if column["type"] == "number" and column["name"] not in {"coverage", "value"}
    ]
    assert numbers
    assert [name for name, column in numbers if "unit" not in column] == []


def test_no_free_word_of_a_partner_is_published(marts: SessionMarts, tmp_path: Path) -> None:
    private = "Mot que personne ne doit lire"
    hidden = replace(
        marts,
        contributions=tuple(
            replace(row, progress_text=private, next_steps=private, risks=private, support_needed=private)
            for row in marts.contributions
        ),
        commitments=tuple(replace(row, evidence=private) for row in marts.commitments),
        observations=tuple(replace(row, quote=private, comment=private) for row in marts.observations),
        statuses=tuple(replace(row, arbitration_reason=private) for row in marts.statuses),
    )
    for name, content in read_package(writer.write(hidden, Release())).items():
        assert private not in content.decode(), name


def test_every_column_left_out_was_left_out_on_purpose() -> None:
    """A column added to the marts is published, or said here not to be."""
    from exports.open_data.tables import _ROW_KINDS

    unpublished = {
        "sessions": {"contributions_due_on", "state"},
        "actions": {"priority_title", "axis_number", "axis_label", "axis_short_label", "partners"},
        "partners": {"partner_slug"},
        "action_partners": {"partner_name"},
        "commitments": {
            *("evidence", "read_document", "read_place", "read_note", "read_by", "read_on", "arbitrated_in"),
            *("arbitrated_by", "arbitrated_on", "arbitration_reason", "arbitration_overruled"),
        },
        "statuses": {
            *("declared_by", "declared_source", "arbitrated_in", "arbitrated_by", "arbitrated_on"),
            *("arbitration_reason", "arbitration_overruled", "is_asked_again"),
        },
        "observations": {"quote", "comment", "sha256", "is_current", "fits_measure_kind"},
        "completeness": {
            *("accepted", "rejected", "first_received_at", "last_received_at", "is_on_time", "submission_count"),
            *("reconstituted_count", "items_expected", "items_received", "items_reconstituted", "items_to_correct"),
            *("items_validated", "items_missing", "last_verdict"),
        },
        "sources": {"file_name", "session_code", "received_at"},
    }
    for resource in resources():
        published = {column.name for column in resource.columns}
        every = {item.name for item in fields(_ROW_KINDS[resource.rows])}
        assert every - published == unpublished.get(resource.rows, set()), resource.name


def test_a_text_that_a_spreadsheet_would_run_is_inert_and_read_back_whole(marts: SessionMarts, package: bytes) -> None:
    labels = {row["commitment_id"]: row["commitment_label"] for row in rows_of_file(package, "engagements.csv")}
    assert labels["3-3.1"] == "'=1+1"
    for row in (row for resource in resources() for row in rows_of_file(package, resource.path)):
        assert not [text for text in row.values() if text[:1] in {"=", "@", "+"}]


def test_a_session_to_come_and_a_source_not_yet_known_are_left_out(marts: SessionMarts) -> None:
    later = replace(marts.session, session_code="CNS-13", session_number=13, held_on=date(2025, 6, 24))
    unknown = replace(marts.sources[0], source_ref="plus-tard.md", as_of=date(2025, 1, 9))
    package = writer.write(
        replace(marts, sessions=(*marts.sessions, later), sources=(*marts.sources, unknown)), Release()
    )
    assert [row["session_code"] for row in rows_of_file(package, "sessions.csv")] == ["CNS-12"]
    assert len(rows_of_file(package, "sources.csv")) == len(marts.sources)


def test_no_name_of_a_file_nor_of_a_person_in_it_is_published(marts: SessionMarts) -> None:
    """Planted in every source: what a file is called, and the title it takes from it."""
    named = {row.source_ref: f"CNS-12 Jeanne Planté 0612345678 {rank}.xlsx" for rank, row in enumerate(marts.sources)}
    planted = replace(
        marts,
        sources=tuple(
            replace(row, source_ref=named[row.source_ref], file_name=named[row.source_ref], title=named[row.source_ref])
            for row in marts.sources
        ),
        observations=tuple(replace(row, source_ref=named.get(row.source_ref, "")) for row in marts.observations),
        commitments=tuple(
            replace(row, actual_source_ref=named.get(row.actual_source_ref or "")) for row in marts.commitments
        ),
    )
    package = writer.write(planted, Release())
    for name, content in read_package(package).items():
        assert "Jeanne Planté" not in content.decode(), name
        assert "0612345678" not in content.decode(), name
    known = {row["source_ref"] for row in rows_of_file(package, "sources.csv")}
    assert {row["source_ref"] for row in rows_of_file(package, "mesures.csv")} <= known | {""}


def test_the_title_of_a_document_is_published_only_of_a_published_progress_report(marts: SessionMarts) -> None:
    report = next(row for row in marts.sources if row.source_type == "progress_report")
    minutes = replace(
        report, source_ref="notes.md", sha256="e" * 64, source_type="document", title="Réunion avec Jeanne Planté"
    )
    package = writer.write(replace(marts, sources=(*marts.sources, minutes)), Release())
    for name, content in read_package(package).items():
        assert "Jeanne Planté" not in content.decode(), name
    titles = {row["title"] for row in rows_of_file(package, "sources.csv")}
    assert {"DOC-eeeeeeee", report.title} <= titles


def test_the_same_marts_give_the_same_bytes_and_the_state_is_said(marts: SessionMarts, package: bytes) -> None:
    assert writer.write(marts, Release()) == package
    final = json.loads(read_package(writer.write(marts, Release("final", 2, "Session fictive.")))["datapackage.json"])
    assert (final["state"], final["version"]) == ("final", "12.2.0")
    assert final["description"].startswith("Session fictive.")
