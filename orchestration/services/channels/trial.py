"""Whether each way in can be used now: the mailbox and every remote folder, opened and listed."""

from collections.abc import Iterator, Mapping

from exports.mail import SettingsError
from orchestration.services.channels.folders import open_folder
from orchestration.services.channels.register import ChannelsError, read_channels
from orchestration.services.mailroom.mailbox import ChannelError, open_mailbox
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.runtime.paths import Paths
from sources.reference.roadmap import load_reference


def tried_channels(paths: Paths, environment: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """What was tried, what it gave, whether it is sound; nothing of a channel that is not set."""
    try:
        settings = ImapSettings.from_environment(environment)
        if settings is not None:
            with open_mailbox(settings) as mailbox:
                waiting = sum(1 for _ in mailbox.waiting())
            yield "mailbox", f"{settings.host}: {waiting} mail(s) wait", True
    except (SettingsError, ChannelError) as error:
        yield "mailbox", str(error), False
    channels, problems = read_channels(paths.home, load_reference(paths.seeds), environment)
    for problem in problems:
        yield "remote folders", problem, False
    for channel in channels:
        try:
            with open_folder(channel, paths.home, environment) as folder:
                yield "remote folder", f"{channel}: {len(folder.files())} file(s)", True
        except ChannelsError as error:
            yield "remote folder", str(error), False
