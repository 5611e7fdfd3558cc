"""A mail server on loopback, in a process of its own: one line in a file for each recipient it took a mail for."""

import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
SENDER = "jalon@exemple.fr"
ANSWER_SECONDS = 0.02


class Taking:
    """Notes each mail before it answers, so that a sender killed while it waits is one whose mail has left."""

    def __init__(self, file: Path) -> None:
        self.file = file

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        with self.file.open("a") as stream:
            stream.writelines(f"{address}\n" for address in envelope.rcpt_tos)
        await asyncio.sleep(ANSWER_SECONDS)
        return "250 OK"


@contextmanager
def serving(file: Path) -> Iterator[dict[str, str]]:
    """A server that notes in `file`, and the environment that leads to it."""
    command = [sys.executable, "-m", "benchmarks.kills.mailbox", str(file)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        yield {
            "JALON_SMTP_HOST": HOST,
            "JALON_SMTP_PORT": port,
            "JALON_SMTP_TLS": "none",
            "JALON_SMTP_FROM": SENDER,
            "NO_PROXY": HOST,
        }
    finally:
        process.communicate()


def copies(file: Path) -> Counter[str]:
    """How many mails each recipient got."""
    return Counter(file.read_text().split()) if file.exists() else Counter()


def main() -> None:
    """Serve until the standard input ends."""
    from aiosmtpd.controller import Controller

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    controller = Controller(Taking(Path(sys.argv[1])), hostname=HOST, port=port)
    controller.start()
    print(port, flush=True)
    sys.stdin.read()
    controller.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
