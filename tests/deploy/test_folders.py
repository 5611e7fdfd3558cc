"""The drop folder: whose it is, what in it is followed, and what a name can do."""

import grp
import os
import pwd
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.services.reception.ingest import receive_all
from orchestration.services.runtime.paths import PROJECT
from sources.landing.drops import drops
from sources.landing.store import Landing

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
DROP_FOLDERS = PROJECT / "deploy" / "bin" / "drop-folders"


def take(inbox: Path, home: Path) -> list[str]:
    """The contents that a round takes."""
    landing = Landing(home).open()
    receive_all(inbox, landing, lambda: NOON, lambda _line: None)
    return sorted(landing.original(reception).read_text() for reception in landing.receptions())


def test_neither_a_linked_file_nor_a_linked_folder_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "secret.xlsx").write_text("of the machine")
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / "real.xlsx").write_text("of the partner")
    (folder / "file.xlsx").symlink_to(outside / "deep" / "secret.xlsx")
    (folder / "folder").symlink_to(outside)
    (folder.parent / "CNAM").symlink_to(outside / "deep")
    assert take(tmp_path / "inbox", tmp_path / "home") == ["of the partner"]


@pytest.mark.parametrize(
    "name",
    ["a\nb.xlsx", "a..%2f..%2fetc.xlsx", "-rf.xlsx", "\u202egpj.xlsx", "é" * 120 + ".xlsx", "a'; drop table.xlsx"],
)
def test_a_hostile_name_is_kept_as_a_name_and_makes_no_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / name).write_text("content")
    assert take(tmp_path / "inbox", tmp_path / "home") == ["content"]
    (reception,) = Landing(tmp_path / "home").receptions()
    assert reception.file_name == name
    kept = {path.name for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert kept == {"VERSION", f"{reception.sha256}.xlsx", f"{reception.sha256}.json"}


def test_what_is_neither_a_file_nor_a_folder_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.xlsx")
    assert [drop.path.name for drop in drops(tmp_path / "inbox")] == []


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Drop folders, two of whose owners exist on every Debian: `games` and `mail` stand for two partners."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can give folders to others")
    copy = tmp_path / "release" / "deploy" / "bin" / "drop-folders"
    copy.parent.mkdir(parents=True)
    shutil.copy(DROP_FOLDERS, copy)
    seeds = tmp_path / "release" / "dbt_project" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "ref_partner.csv").write_text(
        "partner_code,partner_name,partner_slug\nGames,x,games\nMail,x,mail\nLone,x,LONE\nNone,x,idle\n"
    )
    (seeds / "ref_action_partner.csv").write_text(
        "action_code,partner_rank,partner_code,role\n1-1,1,Games,lead\n1-1,2,Mail,x\n1-2,1,Lone,lead\n"
    )
    done = make_folders(tmp_path)
    assert done.returncode == 1
    assert "no account, nothing can be dropped: lone" in done.stderr
    return tmp_path / "inbox" / "partners"


def make_folders(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "release" / "deploy" / "bin" / "drop-folders"
    command = [sys.executable, script, "--inbox", tmp_path / "inbox", "--owner-prefix", "", "--group", "nogroup"]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def as_user(user: str, inbox: Path, script: str, *groups: str) -> int:
    """Run a line of shell without root's rights; what lies above the inbox is pytest's own: it may be passed."""
    for folder in (inbox, inbox / "partners", *inbox.parents):
        if folder.stat().st_uid == 0 and folder.stat().st_mode & 0o001 == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o001)
    group = [f"--groups={','.join(groups)}"] if groups else ["--clear-groups"]
    rights = ["--inh-caps=-all", "--bounding-set=-all", f"--reuid={user}", f"--regid={user}", *group]
    return subprocess.run(
        ["setpriv", *rights, "sh", "-c", script], capture_output=True, check=False, cwd="/"
    ).returncode


def test_a_partner_writes_in_its_folder_and_sees_no_other(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["LONE", "games", "mail"]
    for name in ("games", "mail"):
        state = (made / name).stat()
        assert (state.st_uid, state.st_mode & 0o7777) == (pwd.getpwnam(name).pw_uid, 0o2750)
        assert state.st_gid == grp.getgrnam("nogroup").gr_gid
    assert (made / "LONE").stat().st_uid == 0

    def as_games(script: str) -> int:
        return as_user("games", made.parent, script)

    assert as_games(f"echo mine > {made}/games/a.xlsx && ls {made}/games") == 0
    assert (made / "games" / "a.xlsx").stat().st_gid == grp.getgrnam("nogroup").gr_gid, "Jalon's group may read it"
    assert as_games(f"ls {made}/mail") != 0
    assert as_games(f"echo other > {made}/mail/a.xlsx") != 0
    assert as_games(f"echo none > {made}/LONE/a.xlsx") != 0


def test_jalon_writes_in_a_partners_folder_only_where_mail_is_collected(made: Path, tmp_path: Path) -> None:
    """The account `uucp`, of the group that stands for Jalon's, is the service."""

    def may(place: str) -> bool:
        return as_user("uucp", made.parent, f"umask 0027 && echo new > {made.parent}/{place}/by-mail", "nogroup") == 0

    places = ["partners/games", "partners/mail", "reports", "decisions", "drafts"]
    for name in ("reports", "decisions", "drafts"):
        (made.parent / name).mkdir(mode=0o750)
        os.chown(made.parent / name, 0, grp.getgrnam("nogroup").gr_gid)
    assert [place for place in places if may(place)] == []
    assert make_folders(tmp_path, "--by-mail").returncode == 1
    assert [place for place in places if may(place)] == places
    assert as_user("games", made.parent, f"cat {made}/games/by-mail") != 0, "written under the service's own mask"
    assert as_user("games", made.parent, f"rm -f {made}/games/by-mail") == 0, "its folder stays the partner's"
    assert as_user("mail", made.parent, f"ls {made}/games") != 0, "and nobody sees another's"
    answer = f"{made}/games/reponses/answer"
    assert as_user("uucp", made.parent, f"echo answer > {answer} && chmod 644 {answer}", "nogroup") == 0
    assert as_user("games", made.parent, f"cat {answer}") == 0, "what Jalon writes to it is read by the partner"
    assert as_user("games", made.parent, f"rm -f {answer} || echo x > {answer}") != 0
