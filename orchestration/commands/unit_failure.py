"""`python -m orchestration.commands.unit_failure UNIT`: what jalon-failure@.service runs when a unit failed."""

import os
import sys

from exports.mail import SettingsError
from orchestration.services.backup.last_backup import backup_words, last_backup
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.notifications import Notice, NotificationError, channels_from


def notify(unit: str) -> int:
    """Send the notice by every channel; 1 when one of them refused it or none is set up wrongly."""
    failed = 0
    words = backup_words(last_backup(Paths.from_environment()), now())
    try:
        channels = channels_from(os.environ, now)
    except SettingsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for channel in channels:
        try:
            channel.send(Notice("unit_failed", unit, unit, backup=words))
        except NotificationError as error:
            sys.stderr.write(f"error: {channel.name}: {error}\n")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(notify(sys.argv[1]))
