"""Partners' letters mailed to a real server on loopback, once each; their words are tested with the reminders."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exports.mail import SettingsError
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.letters import Posted, Posting, post_letters

if TYPE_CHECKING:
    from tests.mail.conftest import Server

PARTNER, DNS = "anne.martin@exemple.fr", "dns@exemple.fr"
Post = Callable[..., list[Posted]]


@pytest.fixture
def post(tmp_path: Path, server: "Server", monkeypatch: pytest.MonkeyPatch) -> Post:
    """Post letters whose texts are invented here: one to ANS, one to a partner without an address, the late list."""

    def written(paths: Paths, session_code: str, kind: str) -> list[Path]:
        folder = paths.home / "reminders" / session_code / kind
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"{name}.txt" for name in ("ANS", "HAS", "liste-des-retards")]
        for path in files:
            path.write_text(f"Objet\u00a0: {kind} inventé\n\nBonjour,\n\nTexte inventé.\n", encoding="utf-8")
        return files

    monkeypatch.setattr("orchestration.services.session.letters.write_reminders", written)
    book = tmp_path / "home" / "contacts.csv"
    book.parent.mkdir()
    book.write_text(f"partner,address,name,role\nANS,{PARTNER},,contributor\nDNS,{DNS},,dns\n")
    book.chmod(0o640)

    def posting(kind: str = "J+1", *, really: bool = True, **more: str) -> list[Posted]:
        order = Posting("CNS-13", kind)  # type: ignore[arg-type]
        env = server.env | {"JALON_MAIL_PARTNERS": "on" if really else ""}
        paths = Paths(tmp_path / "home", tmp_path / "inbox")
        return post_letters(paths, order, log=lambda _: None, environment=env | more)

    return posting


def verdicts(posted: list[Posted]) -> dict[str, list[str]]:
    return {letter.name: [result.verdict.value for result in letter.results] for letter in posted}


def test_nothing_leaves_unless_it_is_said(post: Post, server: "Server") -> None:
    assert verdicts(post(really=False)) == {"ANS": ["would_send"], "HAS": [], "liste-des-retards": ["would_send"]}
    assert server.mailbox.taken == []


def test_each_letter_leaves_once_whatever_is_launched_again(post: Post, server: "Server") -> None:
    assert verdicts(post()) == {"ANS": ["sent"], "HAS": [], "liste-des-retards": ["sent"]}
    assert verdicts(post()) == {"ANS": ["already_sent"], "HAS": [], "liste-des-retards": ["already_sent"]}
    assert sorted(address for address, _ in server.mailbox.taken) == [PARTNER, DNS]
    (message,) = server.mailbox.messages(PARTNER)
    assert (message["Subject"], message.get_content().splitlines()[0]) == ("J+1 inventé", "Bonjour,")
    post("J-7")
    assert len(server.mailbox.messages(PARTNER)) == 2


def test_one_refused_address_keeps_nobody_else_from_theirs(post: Post, server: "Server", tmp_path: Path) -> None:
    server.mailbox.refused[PARTNER] = "550 5.1.1 unknown"
    assert verdicts(post()) == {"ANS": ["not_sent"], "HAS": [], "liste-des-retards": ["sent"]}
    server.mailbox.refused.clear()
    assert verdicts(post()) == {"ANS": ["sent"], "HAS": [], "liste-des-retards": ["already_sent"]}
    trail = (tmp_path / "home" / "audit" / "audit.jsonl").read_text()
    assert PARTNER not in trail
    assert trail.count('"action": "sent"') == 2


def test_sending_without_a_server_is_refused_before_anything(post: Post) -> None:
    with pytest.raises(SettingsError, match="JALON_SMTP_HOST is not set"):
        post(JALON_SMTP_HOST="", JALON_SMTP_PORT="", JALON_SMTP_FROM="", JALON_SMTP_TLS="")
