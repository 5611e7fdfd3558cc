"""Notices that a run failed or that deliverables are ready, sent by mail, by webhook, or both.

Channels come from the environment alone: JALON_NOTIFY_TO (addresses separated by commas; JALON_SMTP_* is the server),
JALON_NOTIFY_WEBHOOK (an address to post JSON to), JALON_UI_URL (where the Dagster UI is, for the link). A webhook's
address is often its only secret: it is printed nowhere.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from functools import cache
from http.client import HTTPException
from pathlib import Path
from string import Template
from typing import IO, Any

from exports.mail import (
    Address,
    AddressError,
    Fate,
    SettingsError,
    SmtpSettings,
    checked_url,
    deliver,
    message_id,
    new_message,
    parse_addresses,
    redact,
)
from sources.files.memo import digest

TEXTS = Path(__file__).with_name("notifications.yml")
DEFAULT_UI_URL = "http://127.0.0.1:3000"
# A sensor's tick is cut off after a minute: a channel that does not answer must not take the others with it.
TIMEOUT_SECONDS = 8.0
MOST_BLOCKERS = 10
# what a part without a word leaves behind
_BLANKS = re.compile(r"\n{3,}")
# what ends a line somewhere; the no-break spaces of French stay
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")


class NotificationError(Exception):
    """A channel that did not take a notice; one line, without any secret."""


@dataclass(frozen=True)
class Notice:
    """What is reported about one run, unit or file.

    `event` is `run_failed`, `deliverables_ready`, `unit_failed` or `file_waiting`, which no run is behind: `run_id` is
    empty then, and `files` has the place of the file.
    """

    event: str
    run_id: str
    job: str
    session: str = ""
    reason: str = ""
    files: tuple[str, ...] = ()
    # the report in three lines, and what blocks its final state; None where that is not known
    headline: tuple[str, ...] = ()
    blockers: tuple[str, ...] | None = None
    # the age of the last backup, in words
    backup: str = ""


@dataclass(frozen=True)
class Channel:
    """One way to send notices. Its name goes into logs and cursors: nothing personal or secret is in it."""

    name: str
    send: Callable[[Notice], None]


def channels_from(environment: Mapping[str, str], clock: Callable[[], datetime]) -> list[Channel]:
    """The channels the environment names; SettingsError when one of them cannot be used."""
    ui_url = checked_url(environment.get("JALON_UI_URL", "").strip().rstrip("/") or DEFAULT_UI_URL, "JALON_UI_URL")
    channels = []
    texts = [text for text in environment.get("JALON_NOTIFY_TO", "").split(",") if text.strip()]
    if texts:
        channels.extend(_mail_channels(texts, environment, ui_url, clock))
    webhook = environment.get("JALON_NOTIFY_WEBHOOK", "").strip()
    if webhook:
        checked_url(webhook, "JALON_NOTIFY_WEBHOOK")
        channels.append(Channel("webhook", lambda notice: _post(webhook, notice, ui_url)))
    return channels


def words(notice: Notice, ui_url: str) -> tuple[str, str]:
    """Subject and body, in French, with the link to the run."""
    texts = _texts()[notice.event]
    fields = {
        "job": notice.job,
        "session": notice.session or "—",
        "reason": redact(notice.reason) or "—",
        "files": ", ".join(notice.files),
        "headline": "\n".join(notice.headline),
        "blockers": _blockers(notice.blockers),
        "run_url": run_url(ui_url, notice.run_id),
        "backup": notice.backup,
    }
    subject = _CONTROLS.sub(" ", Template(texts["subject"]).substitute(fields))
    return subject, _BLANKS.sub("\n\n", Template(texts["body"]).substitute(fields))


def _blockers(lines: tuple[str, ...] | None) -> str:
    """What blocks the final state of a session, as many lines as a mail bears; nothing where that is not known."""
    texts = _texts()["blockers"]
    if not lines:
        return "" if lines is None else str(texts["none"])
    shown = [f"- {redact(line)}" for line in lines[:MOST_BLOCKERS]]
    if len(lines) > MOST_BLOCKERS:
        shown.append(Template(texts["more"]).substitute(count=len(lines) - MOST_BLOCKERS))
    return "\n".join([Template(texts["title"]).substitute(count=len(lines)), *shown])


def run_url(ui_url: str, run_id: str) -> str:
    """Where the UI shows a run; the UI itself where there is none."""
    return f"{ui_url}/runs/{run_id}" if run_id else ui_url


def _mail_channels(
    texts: list[str], environment: Mapping[str, str], ui_url: str, clock: Callable[[], datetime]
) -> list[Channel]:
    try:
        recipients = parse_addresses(texts)
    except AddressError as error:
        raise SettingsError(f"JALON_NOTIFY_TO: {error}") from error
    settings = SmtpSettings.from_environment(environment)
    if settings is None:
        raise SettingsError("JALON_NOTIFY_TO is set without JALON_SMTP_HOST: there is no server to send by.")
    quick = replace(settings, timeout=TIMEOUT_SECONDS, last_reply_timeout=TIMEOUT_SECONDS)

    def channel(recipient: Address) -> Channel:
        return Channel(f"mail:{recipient.key[:12]}", lambda notice: _mail(quick, recipient, notice, ui_url, clock()))

    return [channel(recipient) for recipient in recipients]


def _mail(settings: SmtpSettings, recipient: Address, notice: Notice, ui_url: str, at: datetime) -> None:
    subject, body = words(notice, ui_url)
    message = new_message(
        subject,
        body,
        sender=settings.sender,
        recipient=recipient,
        message_id=message_id(settings.sender, notice.event, notice.run_id or digest(notice.files), recipient.key),
        at=at,
    )
    message["Auto-Submitted"] = "auto-generated"
    delivery = deliver(settings, message.as_bytes(), recipient, before_the_end=lambda: None)
    # An answer that was lost is left at that: a notice sent twice is worth less than one not sent, but not much more.
    if delivery.fate is Fate.NOT_SENT:
        raise NotificationError(delivery.reason.replace(str(recipient), recipient.masked))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection would carry the notice to a host nobody named."""

    def redirect_request(  # noqa: PLR0917 - the signature is the standard library's
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


def _post(url: str, notice: Notice, ui_url: str) -> None:
    subject, body = words(notice, ui_url)
    content = {
        "event": notice.event,
        "job": notice.job,
        "session": notice.session,
        "run_id": notice.run_id,
        "run_url": run_url(ui_url, notice.run_id),
        # the field that Slack, Mattermost and most others show as it is
        "text": f"{subject}\n\n{body}",
    }
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the settings
        url,
        data=json.dumps(content, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "jalon"},
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        raise NotificationError(f"the webhook answers {error.code}. Check JALON_NOTIFY_WEBHOOK.") from None
    except (OSError, HTTPException) as error:
        reason = redact(str(getattr(error, "reason", error)).replace(url, "•••"))
        raise NotificationError(f"the webhook cannot be reached ({reason}). Check JALON_NOTIFY_WEBHOOK.") from None


@cache
def _texts() -> dict[str, Any]:
    import yaml

    texts: dict[str, Any] = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return texts
