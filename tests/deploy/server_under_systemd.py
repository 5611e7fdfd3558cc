"""A server from nothing, by the commands of docs/operations/deployment.md, under a real systemd.

    python -m tests.deploy.server_under_systemd [--keep FOLDER]

Root, and Debian's `systemd-container`. A container is booted on a layer above this machine's own files, which keeps
them as they are; in it the page's first block is run as it is (a release is installed for good: ten minutes),
then a partner's workbook is dropped, its receipt and the draft waited for, a backup and a look at the health made by
their units. Ends with 1, and says what, when a command fails, a unit is not as it should be, or a service was refused
anything.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from orchestration.services.runtime.paths import PROJECT

PAGE = PROJECT / "docs" / "operations" / "deployment.md"
UNIT = """[Unit]
Description=The trial of a server
After=basic.target
[Service]
Type=oneshot
WorkingDirectory={project}
EnvironmentFile=/trial/environment
ExecStart=/bin/bash /trial/trial.sh
ExecStopPost=/bin/systemctl poweroff --no-block
StandardOutput=file:/trial/log
StandardError=inherit
TimeoutStartSec=3600
[Install]
WantedBy=multi-user.target
"""
TRIAL = """set -euxo pipefail
# as shipped
{commands}
# as used
health=/opt/jalon/current/deploy/bin/health
$health --wait 240 code webserver daemon
jalon report --session CNS-12
install -d -o root -g jalon -m 0750 /srv/jalon/inbox/partners/ANS
install -o root -g jalon -m 0640 sources/inbox/partners/ANS/CNS-12_ANS.xlsx /srv/jalon/inbox/partners/ANS/
for second in $(seq 240); do
  ls /var/lib/jalon/receipts/CNS-12/ANS/*.json 2>/dev/null && break
  sleep 1
done
for second in $(seq 240); do
  ls -A /var/lib/jalon/dagster/living | grep -q . || break
  sleep 1
done
jalon status --session CNS-12 | tail -n 30
systemctl start jalon-backup.service jalon-nightly.service jalon-health.service
ls -l /var/backups/jalon
jalon doctor
systemctl restart jalon.target
$health --wait 240 code webserver daemon
systemctl --no-pager --failed --plain --no-legend > /trial/failed
systemctl --no-pager list-units --plain --no-legend 'jalon*' > /trial/units
journalctl --no-pager -u 'jalon-*' > /trial/journal
ps -eo user:12,args | grep -E 'dagster|orchestration' | grep -v grep > /trial/processes
find /var/lib/jalon -type f -perm /0027 > /trial/open-files
echo done > /trial/done
"""
REFUSED = re.compile(r"EPERM|Operation not permitted|Permission denied|Read-only file system|SIGSYS", re.IGNORECASE)


def documented() -> str:
    """The page's first block of commands."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("## Debian, from nothing")
    found = re.search(r"```sh\n(.*?)```", section, re.S)
    assert found is not None
    return found[1]


def wrong(trial: Path) -> list[str]:
    """What is not as it should be, from what the trial left."""
    if not (trial / "done").exists():
        return ["the trial stopped on the way:", *(trial / "log").read_text(errors="replace").splitlines()[-25:]]
    said = {name: (trial / name).read_text(errors="replace") for name in ("failed", "units", "journal", "processes")}
    found = [f"failed: {line}" for line in said["failed"].splitlines()]
    found += [
        f"jalon-{service}.service does not run:\n{said['units']}"
        for service in ("code", "webserver", "daemon")
        if not re.search(rf"jalon-{service}\.service\s+loaded active running", said["units"])
    ]
    found += [f"refused: {line}" for line in said["journal"].splitlines() if REFUSED.search(line)]
    found += [f"not jalon's: {line}" for line in said["processes"].splitlines() if not line.startswith("jalon ")]
    found += [f"open to others: {line}" for line in (trial / "open-files").read_text().splitlines()]
    if "_accuse_" not in (trial / "log").read_text():
        found.append("no receipt came")
    return found


def boot(folder: Path, trial: Path) -> None:
    """Boot the container, and wait until it is over."""
    with ExitStack() as mounted:

        def mount(*arguments: str | Path) -> None:
            subprocess.run(["mount", *arguments], check=True)
            mounted.callback(subprocess.run, ["umount", arguments[-1]], check=False)

        mount("-t", "tmpfs", "-o", "size=8g", "tmpfs", folder)
        upper, work, root = (folder / name for name in ("upper", "work", "root"))
        for made in (upper, work, root):
            made.mkdir()
        mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", root)
        units = root / "etc" / "systemd" / "system"
        (units / "trial.service").write_text(UNIT.format(project=PROJECT))
        (units / "multi-user.target.wants").mkdir(exist_ok=True)
        (units / "multi-user.target.wants" / "trial.service").symlink_to("../trial.service")
        (root / "etc" / "machine-id").write_text("")
        (root / "trial").mkdir()
        command = [
            "systemd-nspawn",
            "--quiet",
            f"--directory={root}",
            f"--bind={trial}:/trial",
            "--machine=jalon-trial",
        ]
        subprocess.run(
            [*command, "--register=no", "--keep-unit", "--boot"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> int:
    """Try it, say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="where logs, units and the journal are left")
    trial = parser.parse_args().keep or Path(tempfile.mkdtemp(prefix="jalon-server-"))
    trial.mkdir(parents=True, exist_ok=True)
    given = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    (trial / "environment").write_text("".join(f'{name}="{value}"\n' for name, value in given.items()))
    (trial / "trial.sh").write_text(TRIAL.format(commands=documented()))
    with tempfile.TemporaryDirectory(prefix="jalon-root-") as folder:
        boot(Path(folder), trial)
    found = wrong(trial)
    ended = f"installed, answered, backed up and restarted under systemd; the journal is in {trial}"
    sys.stdout.write("\n".join(found or [ended]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
