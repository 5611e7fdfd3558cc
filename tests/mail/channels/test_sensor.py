"""The sensor of the channels and the run it asks for: a remote file is taken without a hand, once."""

from datetime import timedelta

import pytest
from dagster import DagsterInstance, SensorResult, build_sensor_context

from orchestration.definitions import build_defs
from orchestration.services.channels import pulling
from tests.mail.channels.conftest import PASSWORD, Line, archive


@pytest.mark.long
def test_a_new_remote_file_asks_for_one_run_that_takes_it(dav: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in dav.room.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pulling, "STILL_SECONDS", 0.0)
    dav.room.paths.export()
    defs = build_defs(dav.room.paths, clock=lambda: dav.room.now)
    sensor = defs.resolve_sensor_def("mailbox")
    cursor: str | None = None

    def tick() -> SensorResult:
        nonlocal cursor
        dav.room.now += timedelta(minutes=1)
        result = sensor(build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(result, SensorResult)
        cursor = result.cursor
        return result

    with DagsterInstance.ephemeral() as instance:
        assert str(tick().skip_reason and tick().skip_reason.skip_message).startswith("nothing waits")
        dav.channels(f"ANS,{dav.remotes['ANS'].url},REMOTE_ANS", "HAS,webdavs://127.0.0.1:1/x,REMOTE_ANS")
        assert "HAS, webdavs://127.0.0.1: out of reach" in str(tick().skip_reason.skip_message)
        dav.remotes["ANS"].put("CNS-13_ANS.xlsx", archive("x"))
        (request,) = tick().run_requests or ()
        assert not tick().run_requests, "asked for once"
        receipt = dav.room.paths.home / "receipts" / "CNS-13" / "ANS" / "CNS-13_ANS_accuse_01234567.xlsx"
        receipt.parent.mkdir(parents=True)
        receipt.write_bytes(b"PK receipt")
        done = defs.resolve_job_def("collect").execute_in_process(
            instance=instance, run_config=request.run_config, tags=request.tags
        )
        assert done.success
        checks = {item.check_name: item.passed for item in done.get_asset_check_evaluations()}
        assert checks["every_remote_folder_answers"] is False, "one is out of reach"
        assert list(dav.room.drops()) == ["partners/ANS/CNS-13_ANS.xlsx"]
        assert list(dav.remotes["ANS"].answers()) == [receipt.name]
        assert not tick().run_requests, "all of it is known"
        said = "".join(str(event) for event in instance.all_logs(done.run_id))
        assert PASSWORD not in said
