"""The Dagster code location: every asset, check, job, sensor and schedule, built by one function.

Tests call `build_defs` with folders and a clock of their own, and so have the real thing on other data.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from dagster import Definitions, LoggerDefinition, definitions, in_process_executor

from orchestration.assets.deliverables import deliverable_assets, rendered_sessions
from orchestration.assets.drafts import drafts
from orchestration.assets.landing import decisions, documents, inbox, raw_assets, submissions
from orchestration.assets.mailroom import answers, mailbox, remote_folders
from orchestration.assets.partners import partner_board, templates_job
from orchestration.assets.warehouse import build_warehouse_assets
from orchestration.checks.landing_and_marts import all_checks
from orchestration.freshness import next_session, session_freshness
from orchestration.instance.instance import require_own_instance
from orchestration.jobs.archive import archive_job
from orchestration.jobs.asset_jobs import JOBS, keys_of_a_workbook
from orchestration.jobs.letters import letters_jobs
from orchestration.jobs.publish import publish_job
from orchestration.jobs.send import send_job
from orchestration.jobs.states import state_jobs
from orchestration.resources import Installation, installation_resource
from orchestration.schedules.calendar_schedules import calendar_schedules
from orchestration.sensors.dead_runs import dead_runs_sensor
from orchestration.sensors.drop_folder import drop_folder_sensor
from orchestration.sensors.mailbox import mailbox_sensor
from orchestration.sensors.notifications import notification_sensor
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.warehouse import dbt_build
from sources.reference.roadmap import load_reference


def build_defs(
    paths: Paths | None = None,
    *,
    clock: Callable[[], datetime] = now,
    loggers: Mapping[str, LoggerDefinition] | None = None,
) -> Definitions:
    """The definitions for one installation: the one of the environment unless `paths` is given."""
    paths = paths or Paths.from_environment()
    table = load_reference(paths.seeds).sessions
    sessions, coming = list(table), next_session(table.values(), clock().date())
    assets = [
        inbox,
        submissions,
        documents,
        decisions,
        drafts,
        raw_assets(),
        *build_warehouse_assets(
            dbt_build.manifest(paths), session_freshness(coming, by="draft", within=timedelta(days=7))
        ),
        partner_board,
        deliverable_assets(sessions),
    ]
    final = session_freshness(coming, by="final", within=timedelta(days=4))
    rendered = rendered_sessions(sessions, {coming.session_code: final} if coming and final else {})
    checks = all_checks(sessions)
    check_keys = [key for part in (*assets, *checks) for key in part.check_keys]
    return Definitions(
        # Whether mails left is no reason to hold up a publication: their check is not among those above.
        assets=[mailbox, remote_folders, *assets, *rendered, answers],
        asset_checks=checks,
        jobs=[
            *JOBS,
            publish_job(sessions, check_keys),
            send_job(sessions),
            templates_job(sessions),
            *letters_jobs(sessions),
            archive_job(sessions),
            *state_jobs(),
        ],
        sensors=[
            drop_folder_sensor(paths, sessions, of_a_workbook=keys_of_a_workbook(assets)),
            mailbox_sensor(paths, clock),
            dead_runs_sensor(paths),
            notification_sensor(clock),
        ],
        schedules=calendar_schedules(paths, sessions, clock=clock),
        resources={"installation": installation_resource(Installation(paths, clock))},
        loggers=loggers,
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """What Dagster loads; made when a code server asks for it, not when this module is imported."""
    paths = Paths.from_environment()
    require_own_instance(paths)
    return build_defs(paths)
