"""`jalon send` as it is typed: nothing by accident, nothing twice, everything said."""

import base64
import json
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from orchestration.services.runtime.locks import writing

if TYPE_CHECKING:
    from tests.mail.conftest import Home, RudeServer, Server

A, B, C = "anne.martin@exemple.fr", "b@exemple.fr", "c@exemple.fr"


def test_without_the_word_send_nothing_leaves_even_with_a_server(home: "Home", server: "Server") -> None:
    before = home.files()
    for arguments in (("--to", A), ("--to", A, "--dry-run")):
        done = home.send(*arguments, env=server.env)
        assert done.returncode == 0, done.stderr
        assert "essai\u00a0: rien n’est parti. Ajoutez --send pour envoyer." in done.stdout
        assert "Objet\u00a0: CNS-12 – état d’avancement" in done.stdout
        assert f"{A}\u00a0: à envoyer" in done.stdout
    assert server.mailbox.taken == []
    after = {name: content for name, content in home.files().items() if not name.startswith("writer.")}
    assert after == before


def test_send_and_dry_run_together_are_wrong_usage(home: "Home", server: "Server") -> None:
    done = home.send("--to", A, "--send", "--dry-run", env=server.env)
    assert done.returncode == 2
    assert server.mailbox.taken == []


def test_each_recipient_gets_one_mail_of_their_own_and_never_a_second(home: "Home", server: "Server") -> None:
    first = home.send("--to", A, "--to", B, "--send", env=server.env)
    assert first.returncode == 0, first.stderr
    again = home.send("--to", A, "--to", B.upper(), "--to", C, "--send", env=server.env)
    assert again.returncode == 0, again.stderr
    assert "a déjà cette version" in again.stdout
    assert [address for address, _ in server.mailbox.taken] == [A, B, C]
    for recipient in (A, B, C):
        (message,) = server.mailbox.messages(recipient)
        assert message["To"] == recipient
        assert message["Cc"] is None
    assert [line["action"] for line in home.audit()] == ["sent"] * 3


def test_a_new_draft_is_sent_a_changed_published_version_is_not(home: "Home", server: "Server") -> None:
    home.send("--to", A, "--send", env=server.env)
    home.render({"CNS-12_a.docx": b"second draft"})
    assert home.send("--to", A, "--send", env=server.env).returncode == 0
    assert len(server.mailbox.taken) == 2
    home.render({"CNS-12_a.docx": b"published"}, state="published")
    assert home.send("--to", A, "--send", env=server.env).returncode == 0
    home.render({"CNS-12_a.docx": b"changed"}, state="published")
    done = home.send("--to", B, "--send", env=server.env)
    assert done.returncode == 1
    assert "est déjà parti avec d’autres fichiers" in done.stderr
    assert len(server.mailbox.taken) == 3


def test_one_refused_recipient_keeps_nobody_else_from_theirs(home: "Home", server: "Server") -> None:
    server.mailbox.refused[A] = f"550 5.1.1 <{A}> unknown"
    done = home.send("--to", A, "--to", B, "--send", env=server.env)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{A}\u00a0: NON ENVOYÉ\u00a0: le serveur répond 550")
    assert "Corrigez l’adresse" in line
    assert [address for address, _ in server.mailbox.taken] == [B]
    server.mailbox.refused.clear()
    assert home.send("--to", A, "--to", B, "--send", env=server.env).returncode == 0
    assert [address for address, _ in server.mailbox.taken] == [B, A]


def test_a_server_that_is_not_there_is_tried_once_and_said_once_each(
    home: "Home", rude: "Callable[[str], RudeServer]"
) -> None:
    gone = rude("silent")
    gone.close()
    done = home.send("--to", A, "--to", B, "--send", env=gone.env)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert "Vérifiez JALON_SMTP_HOST" in first
    assert second.startswith(f"{B}\u00a0: NON ENVOYÉ\u00a0: non tenté")


def test_an_altered_file_is_refused_before_anything_leaves(home: "Home", server: "Server") -> None:
    next(home.deliverables.glob("*.xlsx")).write_bytes(b"altered")
    done = home.send("--to", A, "--send", env=server.env)
    assert done.returncode == 1
    assert "modifié depuis son rendu" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert server.mailbox.taken == []


def test_a_fictional_session_is_shown_and_never_sent(home: "Home", server: "Server") -> None:
    home.render(banner="SESSION FICTIVE")
    assert home.send("--to", A, env=server.env).returncode == 0
    done = home.send("--to", A, "--send", env=server.env)
    assert done.returncode == 1
    assert "Une session inventée ne s’envoie pas" in done.stderr
    assert server.mailbox.taken == []


def test_a_draft_of_a_published_session_is_not_sent(home: "Home", server: "Server") -> None:
    (home.paths.snapshots / "CNS-12" / "v1").mkdir(parents=True)
    done = home.send("--to", A, "--send", env=server.env)
    assert done.returncode == 1
    assert "seule la version publiée s’envoie" in done.stderr
    assert server.mailbox.taken == []


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (("--send", "--to", A), {}, "JALON_SMTP_HOST n’est pas renseigné"),
        (("--send",), {}, "Ajoutez --to, ou renseignez JALON_MAIL_TO"),
        (("--to", "a@b\r\nBcc: x@y"), {}, "n’est pas une adresse"),
        (("--to", A), {"JALON_MAIL_MAX_BYTES": "10"}, "Donnez à JALON_PUBLIC_URL"),
        (("--to", A), {"JALON_SMTP_HOST": "smtp.exemple.fr", "JALON_SMTP_TLS": "none"}, "JALON_SMTP_TLS=none"),
    ],
)
def test_what_is_missing_is_one_line_with_the_fix(
    home: "Home", server: "Server", arguments: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    bare = {name: value for name, value in server.env.items() if not name.startswith("JALON_")}
    done = home.send(*arguments, env={**bare, **env})
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_large_files_leave_as_links(home: "Home", server: "Server") -> None:
    more = {"JALON_MAIL_MAX_BYTES": "100", "JALON_PUBLIC_URL": "https://jalon.exemple.fr/livrables/"}
    assert home.send("--to", A, "--send", env={**server.env, **more}).returncode == 0
    (message,) = server.mailbox.messages(A)
    assert list(message.iter_attachments()) == []
    body = message.get_body()
    assert body is not None
    assert "https://jalon.exemple.fr/livrables/CNS-12/CNS-12_etat-avancement.docx" in body.get_content()


def test_recipients_may_stand_in_the_environment(home: "Home", server: "Server") -> None:
    assert home.send("--send", env={**server.env, "JALON_MAIL_TO": f"{A}, {B}"}).returncode == 0
    assert [address for address, _ in server.mailbox.taken] == [A, B]


def test_no_secret_is_written_or_said_anywhere(home: "Home", start_server: "Callable[..., Server]") -> None:
    server = start_server("starttls")
    wrong = {**server.env, "JALON_SMTP_PASSWORD": "planted-wrong-pass"}
    refused = home.send("--to", A, "--send", env=wrong)
    assert refused.returncode == 1
    assert "compte refusé" in refused.stderr
    right = home.send("--to", A, "--send", env=server.env)
    assert right.returncode == 0, right.stderr
    said = f"{refused.stdout}{refused.stderr}{right.stdout}{right.stderr}".encode()
    user, password = server.env["JALON_SMTP_USER"], server.env["JALON_SMTP_PASSWORD"]
    for secret in (password, "planted-wrong-pass"):
        for form in (secret, f"\0{user}\0{secret}", f"{user}\0{user}\0{secret}"):
            for text in (form.encode(), base64.b64encode(form.encode())):
                assert text not in said
                assert not [name for name, content in home.files().items() if text in content]


def test_the_address_is_kept_nowhere(home: "Home", server: "Server") -> None:
    """The record knows its mail by a digest of the address: nobody has to be forgotten there."""
    home.send("--to", A, "--send", env=server.env)
    assert not [name for name, content in home.files().items() if b"anne.martin" in content]
    (record,) = (home.paths.home / "outbox").glob("*/*/*.json")
    assert record.stat().st_mode & 0o077 == 0
    (line,) = home.audit()
    assert line["detail"]["recipient"] == "a…@exemple.fr"
    assert home.send("--to", A, "--send", env=server.env).returncode == 0
    assert len(server.mailbox.taken) == 1


def test_a_record_of_an_older_version_with_its_address_is_read(home: "Home", server: "Server") -> None:
    home.send("--to", A, "--send", env=server.env)
    (record,) = (home.paths.home / "outbox").glob("*/*/*.json")
    older = {name: value for name, value in json.loads(record.read_text()).items() if name != "is_permanent"}
    record.write_text(json.dumps(older | {"recipient": A}))
    assert home.send("--to", A, "--send", env=server.env).returncode == 0
    assert len(server.mailbox.taken) == 1


def test_two_sendings_at_once_send_once(home: "Home", server: "Server") -> None:
    server.mailbox.delay = 1.0
    done = []
    threads = [
        threading.Thread(
            target=lambda: done.append(home.send_in_a_process("--to", A, "--to", B, "--send", env=server.env))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [0, 0, 0]
    assert sorted(address for address, _ in server.mailbox.taken) == [A, B]


def test_files_are_read_when_no_report_is_writing_them(home: "Home", server: "Server") -> None:
    import subprocess

    with writing(home.paths.writer_lock):
        waiting = subprocess.Popen(
            home.command("--to", A, "--send"), env=server.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert waiting.stderr is not None
        assert "waiting:" in waiting.stderr.readline()
        home.render({"CNS-12_a.docx": b"rendered meanwhile"})
        assert server.mailbox.taken == []
    assert waiting.wait(60) == 0
    waiting.communicate()
    (message,) = server.mailbox.messages(A)
    assert [part.get_filename() for part in message.iter_attachments()] == ["CNS-12_a.docx"]


def test_a_record_that_cannot_be_read_is_a_question_not_a_second_mail(home: "Home", server: "Server") -> None:
    home.send("--to", A, "--send", env=server.env)
    (record,) = (home.paths.home / "outbox").glob("*/*/*.json")
    record.write_text(record.read_text()[:40])
    done = home.send("--to", A, "--send", env=server.env)
    assert done.returncode == 1
    assert "nul ne sait si ce courriel est parti" in done.stderr
    assert len(server.mailbox.taken) == 1


def test_an_uncertain_mail_waits_for_an_explicit_choice(home: "Home", server: "Server") -> None:
    home.send("--to", A, "--send", env=server.env)
    (record,) = (home.paths.home / "outbox").glob("*/*/*.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "state": "handing_over"}))
    for arguments in (("--to", A), ("--to", A, "--send")):
        done = home.send(*arguments, env=server.env)
        assert done.returncode == 1
        assert f"{A}\u00a0: INCERTAIN\u00a0: commencé le" in done.stderr
        assert "--if-uncertain assume-sent (il l’a) ou --if-uncertain resend" in done.stderr
    assert len(server.mailbox.taken) == 1
    resent = home.send("--to", A, "--send", "--if-uncertain", "resend", env=server.env)
    assert resent.returncode == 0, resent.stderr
    first, second = server.mailbox.messages(A)
    assert first["Message-ID"] == second["Message-ID"]
    record.write_text(json.dumps({**json.loads(record.read_text()), "state": "handing_over"}))
    assert home.send("--to", A, "--send", "--if-uncertain", "assume-sent", env=server.env).returncode == 0
    assert len(server.mailbox.taken) == 2
    assert [line["action"] for line in home.audit()] == ["sent", "sent", "assumed_sent"]


def test_asking_for_help_on_sending_imports_nothing_heavy() -> None:
    import subprocess

    script = (
        "import sys\nfrom orchestration.cli import main\n"
        "try:\n    main(['send', '--to', 'nobody'])\n"
        "except SystemExit:\n    print([name for name in ('dagster', 'duckdb', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
