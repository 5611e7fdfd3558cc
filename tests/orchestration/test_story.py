"""What the UI has to tell of every asset, check, job and failure; the definitions are the real ones."""

import base64
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from dagster import AssetCheckResult, AssetKey, DagsterInstance, Definitions, Failure, materialize
from dagster._core.definitions.freshness import CronFreshnessPolicy
from dagster._utils.schedules import get_latest_completed_cron_tick

from orchestration.assets import deliverables
from orchestration.assets.deliverables import rendered_of
from orchestration.checks.landing_and_marts import all_checks
from orchestration.definitions import build_defs
from orchestration.failures import RUNBOOK
from orchestration.freshness import next_session, session_freshness
from orchestration.resources import Installation, installation_resource
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.figures import StatusCount, status_plot, status_table
from orchestration.services.session.rendering import Rendered
from sources.errors import PlainError
from sources.landing.drops import InboxError
from sources.landing.store import LandingError
from sources.reference.roadmap import Session, load_sessions

FLOW = ["mail", "inbox", "landing", "raw", "reference", "staging", "intermediate", "marts", "readers", "deliverables"]
SESSIONS = load_sessions(PROJECT / "dbt_project" / "seeds")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    folder = tmp_path_factory.mktemp("story")
    return build_defs(Paths(folder / "home", folder / "inbox"), clock=lambda: datetime(2025, 5, 1, tzinfo=UTC))


def test_every_asset_says_its_place_in_the_flow_its_owner_its_kind_and_what_it_is(defs: Definitions) -> None:
    specs = list(defs.resolve_all_asset_specs())
    lacking = [
        (spec.key.to_user_string(), what)
        for spec in specs
        for what, there in (
            ("a group of the flow", spec.group_name in FLOW),
            ("an owner", spec.owners),
            ("a kind", spec.kinds),
            ("a layer", spec.tags.get("jalon/layer") == spec.group_name),
            ("a reader", spec.tags.get("jalon/read_by")),
            ("a description", spec.description and len(spec.description.strip()) > 15),
        )
        if not there
    ]
    assert lacking == []
    assert {spec.group_name for spec in specs} == set(FLOW)


def test_every_check_job_schedule_and_sensor_says_what_it_is(defs: Definitions) -> None:
    repository = defs.get_repository_def()
    silent = [
        part.name
        for part in (*repository.get_all_jobs(), *repository.schedule_defs, *repository.sensor_defs)
        if not part.description and not part.name.startswith("__")
    ]
    assert silent == []
    own = [check for part in all_checks(list(SESSIONS)) for check in part.check_specs]
    assert len(own) > 8
    assert [check.name for check in own if not check.description] == []


def test_checks_are_told_by_session(defs: Definitions) -> None:
    names = {key.name for key in defs.get_repository_def().asset_graph.asset_check_keys}
    for code in ("cns_12", "cns_13"):
        assert {f"{code}_no_row_was_set_aside", f"{code}_no_contradiction_waits_for_a_decision"} <= names


# --- freshness -------------------------------------------------------------------------------------------------------


def test_the_marts_and_the_deliverables_must_be_fresh_by_the_next_sessions_deadlines(defs: Definitions) -> None:
    policies = {spec.key: spec.freshness_policy for spec in defs.resolve_all_asset_specs() if spec.freshness_policy}
    for key, cron in (
        (AssetKey("marts_copy"), "0 18 10 6 *"),
        (rendered_of("CNS-13"), "0 18 21 6 *"),
    ):
        policy = policies.pop(key)
        assert isinstance(policy, CronFreshnessPolicy)
        assert (policy.deadline_cron, policy.timezone) == (cron, "Europe/Paris")
    assert not [key for key in policies if key.path[0] in {"deliverables", "rendered"}]  # nothing of another session


def test_one_sessions_rendering_says_nothing_of_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / f"CNS-12{ending}" for ending, _, _ in deliverables.FILES.values()]
    for path in files:
        path.write_text("x")
    rendered = Rendered(tuple(files), {path.name: "0" * 64 for path in files}, is_unchanged=False, state="draft")
    for name, given in (
        ("render_session", rendered),
        ("check_results", [AssetCheckResult(passed=True, asset_key=spec.asset_key, check_name=spec.name)
                           for spec in (check.spec for check in deliverables.CHECKS)]),
        ("status_counts", []),
    ):  # fmt: skip
        monkeypatch.setattr(deliverables, name, lambda *_, given=given, **__: given)
    paths = Paths(tmp_path / "home", tmp_path / "inbox")
    with DagsterInstance.ephemeral() as instance:
        done = materialize(
            [deliverables.deliverable_assets(list(SESSIONS))],
            instance=instance,
            partition_key="CNS-12",
            resources={"installation": installation_resource(Installation(paths))},
        )
        assert done.success
        noted = {code for code in SESSIONS if instance.get_latest_materialization_event(rendered_of(code))}
    assert noted == {"CNS-12"}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2024, 1, 1), "CNS-12"),
        (date(2024, 12, 17), "CNS-12"),
        (date(2024, 12, 18), "CNS-13"),
        (date(2030, 1, 1), "CNS-13"),
    ],
)
def test_the_session_that_counts_is_the_next_one_else_the_last(today: date, expected: str) -> None:
    found = next_session(SESSIONS.values(), today)
    assert found is not None
    assert found.session_code == expected


def test_a_session_on_a_leap_day_and_no_session_at_all_have_no_wrong_deadline() -> None:
    leap = Session("CNS-19", 19, date(2028, 3, 3), date(2028, 3, 3), date(2028, 2, 20), "open")
    policy = session_freshness(leap, by="final", within=timedelta(days=4))
    assert isinstance(policy, CronFreshnessPolicy)
    assert policy.deadline_cron == "0 18 29 2 *"
    assert next_session([], date(2025, 1, 1)) is None
    assert session_freshness(None, by="final", within=timedelta(days=4)) is None


def test_what_was_rendered_too_early_is_not_fresh_on_the_evening_of_the_deadline() -> None:
    """Dagster's own reading of the policy, in the terms of its evaluator."""
    policy = session_freshness(SESSIONS["CNS-13"], by="final", within=timedelta(days=4))
    assert isinstance(policy, CronFreshnessPolicy)

    def is_fresh(made: datetime, now: datetime) -> bool:
        tick = get_latest_completed_cron_tick(policy.deadline_cron, now, policy.timezone)
        assert tick is not None
        return made >= tick - policy.lower_bound_delta

    early, late = datetime(2025, 6, 12, tzinfo=UTC), datetime(2025, 6, 18, tzinfo=UTC)
    assert is_fresh(early, datetime(2025, 6, 21, 15, tzinfo=UTC))  # 17:00 in Paris: not yet
    assert not is_fresh(early, datetime(2025, 6, 21, 17, tzinfo=UTC))
    assert is_fresh(late, datetime(2025, 6, 21, 17, tzinfo=UTC))


# --- what failed, and what to do -------------------------------------------------------------------------------------


def failed_by(error: Exception, folder: Path) -> Failure:
    installation = Installation(Paths(folder / "home", folder / "inbox"))
    with pytest.raises(Failure) as caught, installation.writing(lambda _: None):
        raise error
    return caught.value


def test_every_expected_error_has_its_fix(tmp_path: Path) -> None:
    assert {InboxError, LandingError} <= set(PlainError.__subclasses__())
    assert [error for error in PlainError.__subclasses__() if not vars(error).get("fix")] == []
    found = failed_by(InboxError("/gone: not there"), tmp_path)
    assert found.description == "/gone: not there"
    assert "JALON_INBOX" in str(found.metadata["fix"].value)
    assert "re-execute the run" in str(found.metadata["fix"].value)


def test_a_full_disk_says_where(tmp_path: Path) -> None:
    found = failed_by(OSError(28, "No space left on device", str(tmp_path / "landing" / "x")), tmp_path)
    assert found.description is not None
    assert found.description.startswith(f"{tmp_path / 'landing' / 'x'}: no space left")
    assert "jalon doctor" in str(found.metadata["fix"].value)


def test_a_defect_is_called_one_and_placed(tmp_path: Path) -> None:
    found = failed_by(ZeroDivisionError("division by zero"), tmp_path)
    assert found.description == "ZeroDivisionError: division by zero"
    assert re.search(r"test_story\.py:\d+, in failed_by", str(found.metadata["where"].value))
    assert "defect of Jalon" in str(found.metadata["fix"].value)
    assert not found.allow_retries


def test_the_runbook_that_failures_point_at_is_there() -> None:
    assert (PROJECT / RUNBOOK).is_file()


# --- the plot --------------------------------------------------------------------------------------------------------

COUNTS = [StatusCount("CNS-13", "achieved", "Atteint", 12), StatusCount("CNS-13", "late", "En <retard> & co", 0)]


def test_the_plot_is_an_image_that_says_its_counts_and_is_well_formed() -> None:
    found = re.fullmatch(r"!\[(.+)\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", status_plot(COUNTS))
    assert found is not None
    assert found[1] == "CNS-13 : Atteint 12, En <retard> & co 0"
    image = ET.fromstring(base64.b64decode(found[2]))  # noqa: S314 — our own
    written = [text.text for text in image.iter("{http://www.w3.org/2000/svg}text")]
    assert written == ["Atteint", "● 12", "En <retard> & co", "■ 0"]
    assert status_plot([]) == ""


def test_the_table_has_a_column_a_session() -> None:
    other = StatusCount("CNS-12", "late", "En <retard> & co", 3)
    assert status_table([*COUNTS, other]).splitlines()[0] == "| statut | CNS-13 | CNS-12 |"
    assert status_table([*COUNTS, other]).splitlines()[-1] == "| En <retard> & co | 0 | 3 |"
