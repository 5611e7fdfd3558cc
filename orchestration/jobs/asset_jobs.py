"""The jobs: what the command line runs and what the UI offers, the same ones."""

from collections.abc import Sequence
from typing import Any

from dagster import AssetKey, AssetsDefinition, AssetSelection, define_asset_job

from orchestration.assets import groups

DELIVERABLES = AssetSelection.groups(groups.DELIVERABLES)
MAILBOX = AssetSelection.assets("mailbox", "remote_folders")
# What a workbook of a partner may change. The whole landing and `raw` are among it: after a change of a reader they
# are read and loaded together. Nothing between two of them is left out: the order of the steps comes from it.
OF_A_WORKBOOK = (
    AssetSelection.groups(groups.INBOX, groups.LANDING, groups.RAW) | AssetSelection.assets("submissions").downstream()
)

# job → the configuration it runs with unless the UI asks for another
RUN_CONFIG: dict[str, dict[str, Any]] = {
    "report": {},
    "ingest": {},
    "decide": {"ops": {"inbox": {"config": {"take_new": False}}}},
    "collect": {"ops": {"answers": {"config": {"after_reading": False}}}},
    "rebuild": {"ops": {"inbox": {"config": {"take_new": False}}, "raw": {"config": {"from_scratch": True}}}},
}

# One run at a time: the run queue of dagster.yaml serialises them, the writer's lock covers the command line.
report = define_asset_job(
    "report",
    selection=AssetSelection.all() - MAILBOX,
    description="A session's deliverables: take what is new, build, check, render. `jalon report --session CNS-12`.",
)
ingest = define_asset_job(
    "ingest",
    selection=AssetSelection.all() - DELIVERABLES - MAILBOX,
    description="Take what is new in the drop folder up to the marts; render nothing.",
)
decide = define_asset_job(
    "decide",
    selection=AssetSelection.all() - DELIVERABLES - MAILBOX,
    config=RUN_CONFIG["decide"],
    description="Decisions just received up to the marts; take nothing else. As `jalon review` with --import.",
)
rebuild = define_asset_job(
    "rebuild",
    selection=AssetSelection.all() - DELIVERABLES - AssetSelection.groups(groups.MAIL),
    config=RUN_CONFIG["rebuild"],
    description="The warehouse again from the landing and the reference. `jalon rebuild`.",
)
collect = define_asset_job(
    "collect",
    selection=AssetSelection.groups(groups.MAIL),
    config=RUN_CONFIG["collect"],
    description="Take mails and remote files into the drop folder, send the answers that are owed. `jalon collect`.",
)


def keys_of_a_workbook(assets: Sequence[AssetsDefinition]) -> dict[str, list[AssetKey]]:
    """By job, the assets a run selects that takes workbooks of partners: what cannot change is not shown again."""
    selections = {report.name: OF_A_WORKBOOK, ingest.name: OF_A_WORKBOOK - DELIVERABLES}
    return {job: sorted(selection.resolve(assets)) for job, selection in selections.items()}


JOBS = [report, ingest, decide, rebuild, collect]
