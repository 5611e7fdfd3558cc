"""The job `send`, as the UI launches it."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from orchestration.instance.instance import open_instance
from orchestration.jobs.send import send_job
from orchestration.resources import Installation

if TYPE_CHECKING:
    from tests.mail.conftest import Home, Server

A, B = "anne.martin@exemple.fr", "b@exemple.fr"


def launch(home: "Home", instance: DagsterInstance, **config: Any) -> ExecuteInProcessResult:
    return send_job(["CNS-12", "CNS-13"]).execute_in_process(
        run_config={"ops": {"send_deliverables": {"config": config}}},
        instance=instance,
        partition_key="CNS-12",
        resources={"installation": Installation(home.paths)},
        raise_on_error=False,
    )


def use(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name, value in env.items():
        if name.startswith("JALON_"):
            monkeypatch.setenv(name, value)


def recipients(result: ExecuteInProcessResult) -> list[dict[str, Any]]:
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    return [record.data for record in event.step_output_data.metadata["recipients"].records]


def test_the_job_is_a_dry_run_unless_told_to_send(
    home: "Home", server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server.env)
    monkeypatch.setenv("JALON_MAIL_TO", f"{A},{B}")
    with DagsterInstance.ephemeral() as instance:
        assert launch(home, instance).success
        assert server.mailbox.taken == []
        done = launch(home, instance, send=True)
        assert done.success
        assert [address for address, _ in server.mailbox.taken] == [A, B]
        assert [row["recipient"] for row in recipients(done)] == ["a…@exemple.fr", "b…@exemple.fr"]
        again = launch(home, instance, send=True)
        assert [row["verdict"] for row in recipients(again)] == ["already_sent"] * 2
    assert {line["via"] for line in home.audit()} == {f"run {done.run_id}"}


def test_a_recipient_left_without_fails_the_run_without_naming_them(
    home: "Home", server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server.env)
    monkeypatch.setenv("JALON_MAIL_TO", f"{A},{B}")
    server.mailbox.refused[A] = f"550 5.1.1 <{A}> unknown"
    with DagsterInstance.ephemeral() as instance:
        done = launch(home, instance, send=True)
    assert not done.success
    (failure,) = [event for event in done.all_events if event.is_step_failure]
    description = failure.step_failure_data.user_failure_data.description
    assert "a…@exemple.fr\u00a0: le serveur répond 550" in description
    assert A not in description
    assert [address for address, _ in server.mailbox.taken] == [B]


def test_what_may_pass_is_tried_again_what_will_not_is_not(
    home: "Home", server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.jobs.send.SECONDS_BETWEEN", 0)
    use(monkeypatch, server.env)
    monkeypatch.setenv("JALON_MAIL_TO", A)
    for answer, retries in (("451 4.7.1 later", 3), ("550 5.1.1 unknown", 0)):
        server.mailbox.refused[A] = answer
        with DagsterInstance.ephemeral() as instance:
            done = launch(home, instance, send=True)
        assert not done.success
        assert len([event for event in done.all_events if event.is_step_restarted]) == retries
    assert server.mailbox.taken == []


def test_neither_secret_nor_address_reaches_dagsters_storage(
    home: "Home",
    start_server: "Callable[..., Server]",
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = start_server("starttls")
    use(monkeypatch, {**server.env, "JALON_SMTP_PASSWORD": "planted-wrong-pass", "JALON_MAIL_TO": A})
    with open_instance(home.paths) as instance:
        assert not launch(home, instance, send=True).success
        use(monkeypatch, server.env)
        assert launch(home, instance, send=True).success
    logs = capfd.readouterr()
    stored = {name: content for name, content in home.files().items() if not name.startswith("outbox/")}
    stored["output"] = f"{logs.out}{logs.err}".encode()
    assert any(name.startswith("dagster/") for name in stored)
    for secret in ("planted-wrong-pass", server.env["JALON_SMTP_PASSWORD"], "anne.martin"):
        for text in (secret.encode(), base64.b64encode(secret.encode())):
            assert [name for name, content in stored.items() if text in content] == []


def test_the_code_location_offers_the_job_and_the_sensor(home: "Home") -> None:
    from orchestration.definitions import build_defs

    defs = build_defs(home.paths)
    assert defs.resolve_job_def("send").partitions_def is not None
    assert defs.resolve_sensor_def("run_notifications").default_status.value == "RUNNING"
