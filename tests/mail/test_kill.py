"""SIGKILL between the steps: nobody gets a mail twice, and what cannot be known is asked."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from orchestration.services.audit.audit import AuditTrail

if TYPE_CHECKING:
    from tests.mail.conftest import Home, Server

A, B = "a@exemple.fr", "b@exemple.fr"
# A sending that dies at the n-th write of the outbox, before or after it, or at the n-th line of the audit trail.
DYING = """
import os, signal, sys
from exports.mail.outbox import Outbox
from orchestration.services.audit.audit import AuditTrail
from orchestration.cli import main

def dies(owner, name, nth, when):
    real, calls = getattr(owner, name), [0]
    def dying(*arguments, **named):
        calls[0] += 1
        if calls[0] == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if calls[0] == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, dying)

where, nth, when = sys.argv[1:4]
dies(*{"outbox": (Outbox, "write"), "line": (AuditTrail, "_write_lines"), "head": (AuditTrail, "_write_head")}[where],
     int(nth), when)
main(sys.argv[4:])
"""
# (where, n-th, when) → how many copies the first recipient has by then, and whether their mail is then uncertain
INSTANTS = {
    ("outbox", 1, "before"): (0, False),
    ("outbox", 1, "after"): (0, False),
    ("outbox", 2, "before"): (0, False),
    ("outbox", 2, "after"): (0, True),
    ("outbox", 3, "before"): (1, True),
    ("outbox", 3, "after"): (1, False),
    ("line", 1, "before"): (1, False),
    ("line", 1, "after"): (1, False),
    ("head", 1, "before"): (1, False),
    ("head", 1, "after"): (1, False),
}


@pytest.mark.parametrize(("where", "nth", "when"), INSTANTS)
def test_a_kill_between_two_steps_sends_nothing_twice(
    home: "Home", server: "Server", where: str, nth: int, when: str
) -> None:
    copies, is_uncertain = INSTANTS[where, nth, when]
    arguments = ["send", "--session", "CNS-12", "--to", A, "--to", B, "--send", "--home", str(home.paths.home)]
    command = [sys.executable, "-c", DYING, where, str(nth), when, *arguments]
    killed = subprocess.run(command, env=server.env, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(server.mailbox.messages(A)) == copies

    again = home.send("--to", A, "--to", B, "--send", env=server.env)
    assert again.returncode == (1 if is_uncertain else 0), again.stderr
    assert ("INCERTAIN" in again.stderr) == is_uncertain
    assert len(server.mailbox.messages(A)) == (copies if is_uncertain else 1)
    assert len(server.mailbox.messages(B)) == 1

    if is_uncertain:
        choice = "assume-sent" if copies else "resend"
        settled = home.send("--to", A, "--to", B, "--send", "--if-uncertain", choice, env=server.env)
        assert settled.returncode == 0, settled.stderr
        assert len(server.mailbox.messages(A)) == 1
    assert AuditTrail.of(home.paths).problems() == []
    assert sorted(line["detail"]["recipient"] for line in home.audit()) == ["a…@exemple.fr", "b…@exemple.fr"]


def test_a_kill_while_the_server_ponders_is_uncertain(home: "Home", server: "Server") -> None:
    server.mailbox.delay = 20.0
    started: list[subprocess.Popen[bytes]] = []
    server.mailbox.on_data = lambda: os.kill(started[0].pid, signal.SIGKILL)
    started.append(subprocess.Popen(home.command("--to", A, "--send"), env=server.env))
    assert started[0].wait(60) == -signal.SIGKILL
    done = home.send("--to", A, "--send", env=server.env)
    assert done.returncode == 1
    assert "INCERTAIN" in done.stderr
    assert len(server.mailbox.messages(A)) == 1


def test_kills_at_random_instants_never_send_twice(home: "Home", server: "Server") -> None:
    kills = int(os.environ.get("JALON_TEST_KILLS", "6"))
    dice = random.Random(12)  # noqa: S311 - instants, not secrets
    server.mailbox.delay = 0.05
    hit, uncertain, outbox = 0, 0, home.paths.home / "outbox"
    for turn in range(kills):
        home.render({"CNS-12_a.docx": f"edition {turn}".encode() * 2000})
        server.mailbox.taken.clear()
        process = subprocess.Popen(
            home.command("--to", A, "--to", B, "--send"),
            env=server.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # from the first record on: before it there is nothing a kill could spoil
        while len(list(outbox.glob("*/*"))) <= turn and process.poll() is None:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.3))
        process.kill()
        hit += process.wait() == -signal.SIGKILL
        again = home.send("--to", A, "--to", B, "--send", env=server.env)
        for recipient in (A, B):
            copies = len(server.mailbox.messages(recipient))
            is_asked = f"{recipient}\u00a0: INCERTAIN" in again.stderr
            uncertain += is_asked
            assert copies <= 1
            assert copies == 1 or is_asked, again.stderr
    assert hit > 0
    assert AuditTrail.of(home.paths).problems() == []
    for path in outbox.glob("*/*/*.json"):
        json.loads(path.read_text())
    print(f"{hit} of {kills} killed before their end, {uncertain} mails to ask about")  # noqa: T201
