"""Deliverables are what the manifest says, or nothing is sent."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exports.mail import Links, PackageError, read_package, write_letter

if TYPE_CHECKING:
    from tests.mail.conftest import Home

SESSION = "CNS-12"


def change(folder: Path, **values: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_an_altered_file_is_refused_by_name_with_the_fix(home: "Home") -> None:
    word = home.deliverables / f"{SESSION}_etat-avancement.docx"
    word.write_bytes(word.read_bytes() + b" ")
    with pytest.raises(PackageError, match=r"etat-avancement.docx\xa0: modifié depuis .* Relancez `jalon report"):
        read_package(home.deliverables, SESSION)


def test_an_altered_published_file_is_put_back_never_rendered_again(home: "Home") -> None:
    home.render(state="published")
    next(home.deliverables.glob("*.xlsx")).write_bytes(b"other")
    with pytest.raises(PackageError, match="depuis l’état figé de la session"):
        read_package(home.deliverables, SESSION)


def test_a_missing_file_manifest_or_session_is_said(home: "Home", tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="rien n’a été rendu"):
        read_package(tmp_path / "nowhere", SESSION)
    with pytest.raises(PackageError, match="et non CNS-13"):
        read_package(home.deliverables, "CNS-13")
    next(home.deliverables.glob("*.docx")).unlink()
    with pytest.raises(PackageError, match="dans le manifeste mais absent"):
        read_package(home.deliverables, SESSION)


@pytest.mark.parametrize(
    "broken",
    [{"state": "secret"}, {"outputs": {}}, {"outputs": None}, {"version": "x"}, {"held_on": 3}, {"outputs": {"a": 1}}],
)
def test_what_is_no_manifest_is_refused_plainly(home: "Home", broken: dict[str, Any]) -> None:
    change(home.deliverables, **broken)
    with pytest.raises(PackageError, match=r"manifest\.json|mais absent"):
        read_package(home.deliverables, SESSION)
    (home.deliverables / "manifest.json").write_text("[1, 2")
    with pytest.raises(PackageError, match="illisible"):
        read_package(home.deliverables, SESSION)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "a\r\nBcc: x@y", "a\\b", ".env", "link.txt"])
def test_a_manifest_cannot_make_another_file_leave(home: "Home", tmp_path: Path, name: str) -> None:
    (tmp_path / "home" / "deliverables" / "secret.txt").write_text("secret")
    (home.deliverables / "link.txt").symlink_to(tmp_path / "home" / "deliverables" / "secret.txt")
    change(home.deliverables, outputs={name: {"sha256": "0" * 64}})
    with pytest.raises(PackageError, match="pas le nom d’un livrable"):
        read_package(home.deliverables, SESSION)


def test_a_second_draft_is_another_edition_a_published_version_is_not(home: "Home") -> None:
    first = read_package(home.deliverables, SESSION)
    home.render({"a.docx": b"other"})
    assert read_package(home.deliverables, SESSION).edition != first.edition
    home.render(state="published", version=2)
    assert read_package(home.deliverables, SESSION).edition == "published-2"


def test_the_letter_says_state_version_cut_off_sizes_and_checksums_in_french(home: "Home") -> None:
    package = read_package(home.deliverables, SESSION)
    letter = write_letter(package, Links(10_000_000))
    assert letter.subject == (
        "CNS-12 – état d’avancement, brouillon, version 1, données arrêtées au 17\u00a0décembre\u00a02024"
    )
    for file in package.files:
        assert f"{file.name} (" in letter.body
        assert f"SHA-256\u00a0: {file.sha256}" in letter.body
    assert "État\u00a0: brouillon" in letter.body
    assert "À faire" in letter.body
    assert "$" not in letter.subject + letter.body


@pytest.mark.parametrize("state", ["draft", "final", "published"])
def test_every_state_has_its_words(home: "Home", state: str) -> None:
    home.render(state=state)
    body = write_letter(read_package(home.deliverables, SESSION), Links(10_000_000)).body
    assert ("Ne diffusez pas" in body) == (state == "draft")
    assert not [line for line in body.splitlines() if any(f" {sign}" in line for sign in ":;!?»")]


def test_files_too_large_become_links_or_are_refused_where_there_is_nothing_to_link_to(home: "Home") -> None:
    package = read_package(home.deliverables, SESSION)
    letter = write_letter(package, Links(1000, "https://jalon.exemple.fr/livrables"))
    assert letter.attachments == ()
    assert "https://jalon.exemple.fr/livrables/CNS-12/CNS-12_etat-avancement.docx" in letter.body
    assert package.files[0].sha256 in letter.body
    with pytest.raises(PackageError, match="Donnez à JALON_PUBLIC_URL"):
        write_letter(package, Links(1000))


def test_the_mail_says_in_three_lines_what_the_report_says_and_no_code_name(home: "Home") -> None:
    home.render({"CNS-12_a.docx": b"x"}, state="published")
    package = read_package(home.deliverables, SESSION)
    letter = write_letter(package, Links(10_000_000))
    assert "\n".join(package.headline) in letter.body
    assert len(package.headline) == 3
    assert package.edition not in letter.body + letter.subject


def test_a_version_published_before_there_was_a_headline_is_sent_without(home: "Home") -> None:
    manifest = home.deliverables / "manifest.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({name: value for name, value in said.items() if name != "headline"}))
    letter = write_letter(read_package(home.deliverables, SESSION), Links(10_000_000))
    assert "\n\n\n" not in letter.body
