"""Who is told of a run, by what, and what happens when they cannot be."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    JobDefinition,
    MaterializeResult,
    MetadataValue,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    build_sensor_context,
    define_asset_job,
    job,
    op,
)
from dagster import Definitions as Defs

from exports.mail import SettingsError
from orchestration.failures import failure
from orchestration.sensors.notifications import notification_sensor
from orchestration.services.session.notifications import Notice, NotificationError, channels_from, words
from sources.landing.store import Landing
from sources.landing.unfinished import forget, note

if TYPE_CHECKING:
    from tests.mail.conftest import Hook, RudeServer, Server

TEAM = "equipe.jalon@exemple.fr"
NOTICE = Notice("run_failed", "5f0c", "report", "CNS-12", reason="the folder is full")
SESSIONS = StaticPartitionsDefinition(["CNS-12"])


@pytest.fixture
def instance(tmp_path: Any) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as made:
        yield made


class Watch:
    """The sensor, tick after tick, on a clock of its own."""

    def __init__(self, instance: DagsterInstance, env: dict[str, str]) -> None:
        self.later = timedelta(0)
        self._instance = instance
        self._env = env
        self._cursor: str | None = None
        self._sensor = notification_sensor(lambda: datetime.now(UTC) + self.later, env)

    def tick(self) -> str:
        result = self._sensor(build_sensor_context(instance=self._instance, cursor=self._cursor))
        assert isinstance(result, SensorResult)
        self._cursor = result.cursor
        assert result.skip_reason is not None
        return str(result.skip_reason.skip_message)

    @property
    def cursor(self) -> str:
        return self._cursor or ""


@op
def _fails() -> None:
    raise failure("CNS-12: the landing is damaged.", fix="Put the file back from the backup.")


@job(name="ingest")
def _failing() -> None:
    _fails()


def fail(instance: DagsterInstance, **tags: str) -> str:
    return _failing.execute_in_process(instance=instance, raise_on_error=False, tags=tags).run_id


def render(instance: DagsterInstance, *, unchanged: bool) -> str:
    @asset(key=AssetKey(["deliverables", "word_report"]), partitions_def=SESSIONS)
    def word_report() -> MaterializeResult[Any]:
        path = MetadataValue.path("/home/deliverables/CNS-12/CNS-12_etat-avancement.docx")
        return MaterializeResult(metadata={"path": path, "unchanged": unchanged})

    report = define_asset_job("report", selection=[word_report])
    made: JobDefinition = Defs(assets=[word_report], jobs=[report]).resolve_job_def("report")
    return made.execute_in_process(instance=instance, partition_key="CNS-12").run_id


def test_a_failed_run_is_told_once_with_its_reason_and_link(instance: DagsterInstance, hook: "Hook") -> None:
    fail(instance)
    watch = Watch(instance, {"JALON_NOTIFY_WEBHOOK": hook.url, "JALON_UI_URL": "https://jalon.exemple.fr/dagster/"})
    watch.tick()  # switched on: nothing of the past is told
    run_id = fail(instance)
    for _ in range(3):
        assert watch.tick() == "every run that ended is reported"
    (told,) = hook.posted
    assert told["event"] == "run_failed"
    assert told["run_url"] == f"https://jalon.exemple.fr/dagster/runs/{run_id}"
    assert "the landing is damaged" in told["text"]
    assert "Put the file back from the backup." in told["text"]
    assert told["run_url"] in told["text"]
    assert "a échoué" in told["text"]


def test_a_file_whose_readings_did_not_end_is_told_once_while_it_waits(
    instance: DagsterInstance, hook: "Hook", tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can: its partner is answered « en attente de lecture », and no run failed."""
    monkeypatch.setenv("JALON_HOME", str(tmp_path / "home"))
    drop = tmp_path / "CNS-13_ANS Paul Nomdefichier.xlsx"
    drop.write_bytes(b"invented")
    landing = Landing(tmp_path / "home").open()
    received, _ = landing.receive(drop, channel="submissions", received_at=datetime.now(UTC), folder="ANS")
    watch = Watch(instance, {"JALON_NOTIFY_WEBHOOK": hook.url, "JALON_UI_URL": "https://jalon.exemple.fr/dagster/"})
    watch.tick()
    note(landing, received, 1, "killed")
    watch.tick()
    assert hook.posted == []
    note(landing, received, 2, "killed")
    hook.status = 503
    watch.tick()
    hook.status, hook.posted[:] = 200, []
    for _ in range(2):
        watch.tick()
    note(landing, received, 4, "killed")  # another run tried
    watch.tick()
    (told,) = hook.posted
    assert (told["event"], told["run_url"]) == ("file_waiting", "https://jalon.exemple.fr/dagster")
    assert f"ANS/{received.sha256[:8]}" in told["text"]
    assert "Nomdefichier" not in str(told), "a notice leaves the installation"
    assert "3 lectures interrompues (killed)" in told["text"]
    forget(landing, received.sha256)
    watch.tick()
    assert received.sha256 not in watch.cursor
    note(landing, received, 4, "killed")
    watch.tick()
    assert len(hook.posted) == 2


def test_new_deliverables_are_told_unchanged_ones_are_not(
    instance: DagsterInstance, server: "Server", hook: "Hook"
) -> None:
    watch = Watch(instance, {**server.env, "JALON_NOTIFY_TO": TEAM, "JALON_NOTIFY_WEBHOOK": hook.url})
    watch.tick()
    render(instance, unchanged=True)
    watch.tick()
    assert hook.posted == []
    run_id = render(instance, unchanged=False)
    watch.tick()
    watch.tick()
    (told,) = hook.posted
    assert (told["event"], told["session"]) == ("deliverables_ready", "CNS-12")
    (message,) = server.mailbox.messages(TEAM)
    assert message["Subject"] == "Livrables prêts\u00a0: CNS-12"
    assert message["Auto-Submitted"] == "auto-generated"
    assert f"http://127.0.0.1:3000/runs/{run_id}" in message.get_content()
    assert "CNS-12_etat-avancement.docx" in message.get_content()


def test_a_failure_seen_on_the_screen_is_not_mailed(instance: DagsterInstance, hook: "Hook") -> None:
    watch = Watch(instance, {"JALON_NOTIFY_WEBHOOK": hook.url})
    watch.tick()
    fail(instance, **{"jalon/command": "report"})
    watch.tick()
    assert hook.posted == []


def test_a_night_without_mail_loses_no_notice_and_repeats_none(
    instance: DagsterInstance, server: "Server", hook: "Hook"
) -> None:
    watch = Watch(instance, {**server.env, "JALON_NOTIFY_TO": TEAM, "JALON_NOTIFY_WEBHOOK": hook.url})
    watch.tick()
    server.mailbox.answer = "451 4.3.0 closed for the night"
    fail(instance)
    watch.later = timedelta(hours=6)
    fail(instance)
    assert "closed for the night" in watch.tick()
    assert "Tried again at the next tick" in watch.tick()
    server.mailbox.answer = "250 OK"
    assert [watch.tick(), watch.tick()] == ["every run that ended is reported"] * 2
    assert len(server.mailbox.messages(TEAM)) == 2
    assert len(hook.posted) == 2


def test_a_notice_nobody_takes_is_given_up_after_a_day(instance: DagsterInstance, hook: "Hook") -> None:
    watch = Watch(instance, {"JALON_NOTIFY_WEBHOOK": hook.url})
    watch.tick()
    hook.status = 500
    fail(instance)
    assert "answers 500" in watch.tick()
    watch.later = timedelta(days=2)
    assert "given up after a day" in watch.tick()
    posted = len(hook.posted)
    watch.tick()
    assert len(hook.posted) == posted


def test_nobody_to_tell_is_said_and_the_past_is_not_told_later(instance: DagsterInstance) -> None:
    env: dict[str, str] = {}
    watch = Watch(instance, env)
    assert "nobody to notify" in watch.tick()
    assert json.loads(watch.cursor)["sent"] == []


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"JALON_NOTIFY_TO": TEAM}, "without JALON_SMTP_HOST"),
        ({"JALON_NOTIFY_TO": "x\r\ny"}, "JALON_NOTIFY_TO"),
        ({"JALON_NOTIFY_WEBHOOK": "http://exemple.fr/planted-token"}, "JALON_NOTIFY_WEBHOOK"),
        ({"JALON_UI_URL": "javascript:alert(1)"}, "JALON_UI_URL"),
    ],
)
def test_a_wrong_setting_names_its_variable_and_no_secret(env: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        channels_from(env, lambda: datetime.now(UTC))
    assert "planted-token" not in str(caught.value)


def test_no_error_prints_the_webhooks_address(hook: "Hook", rude: "Callable[[str], RudeServer]") -> None:
    def problem(url: str) -> str:
        (channel,) = channels_from({"JALON_NOTIFY_WEBHOOK": url}, lambda: datetime.now(UTC))
        with pytest.raises(NotificationError) as caught:
            channel.send(NOTICE)
        return str(caught.value)

    hook.status = 403
    assert problem(hook.url) == "the webhook answers 403. Check JALON_NOTIFY_WEBHOOK."
    gone = rude("silent")
    gone.close()
    said = problem(f"http://127.0.0.1:{gone.port}/planted-token")
    assert "cannot be reached" in said
    assert "planted-token" not in said
    assert "planted-token" not in problem(f"http://127.0.0.1:{rude('never answers').port}/planted-token")


def test_a_redirection_is_not_followed(hook: "Hook") -> None:
    hook.status, hook.headers = 307, {"Location": hook.url + "/elsewhere"}
    (channel,) = channels_from({"JALON_NOTIFY_WEBHOOK": hook.url}, lambda: datetime.now(UTC))
    with pytest.raises(NotificationError, match="answers 307"):
        channel.send(NOTICE)
    assert len(hook.posted) == 1


def test_a_reason_of_many_lines_makes_no_header() -> None:
    notice = Notice("run_failed", "5f0c", "report\r\nBcc: x@y.fr", "CNS-12", reason="a\r\nb\x1b[31m")
    subject, body = words(notice, "https://jalon.exemple.fr")
    assert "\n" not in subject
    assert "\x1b" not in body


def test_deliverables_that_are_ready_are_told_with_what_they_say_and_what_blocks() -> None:
    lines = ("Sur 65 actions, inventé.", "En retard : 3-1, inventé.")
    ready = Notice("deliverables_ready", "5f0c", "report", "CNS-12", files=("a.docx",), headline=lines)
    for blockers, said in (
        (("contradiction inventée",), "Ce qui empêche la version finale (1)\u00a0:\n- contradiction inventée"),
        ((), "Rien n’empêche la version finale."),
        (tuple(f"motif {number}" for number in range(14)), "- et 4 de plus"),
    ):
        _, body = words(replace(ready, blockers=blockers), "https://exemple.fr")
        assert said in body
        assert "\n".join(lines) in body
    _, unknown = words(ready, "https://exemple.fr")
    assert "version finale" not in unknown, "what was not looked at is not said to be free of faults"
    assert "\n\n\n" not in unknown
