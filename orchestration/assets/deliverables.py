"""A session's files, rendered from the readers' copy of the marts alone; one partition a session."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    Config,
    DataVersion,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    StaticPartitionsDefinition,
    multi_asset,
)
from pydantic import Field

from orchestration.assets import groups
from orchestration.checks.deliverables import CHECKS, check_results
from orchestration.failures import failure
from orchestration.resources import Installation
from orchestration.services.session.figures import status_counts, status_plot, status_table
from orchestration.services.session.rendering import render_session
from sources.command_line import command

# asset → end of the file's name, kinds, what it is
FILES = {
    "word_report": ("_etat-avancement.docx", {"word"}, "État d'avancement: the session's report, for the DNS to edit."),
    "excel_dashboard": ("_tableau-de-bord.xlsx", {"excel"}, "Tableau de bord: the same facts as tables and charts."),
    "open_data": ("_donnees-ouvertes.zip", {"csv"}, "Données ouvertes: CSV files described as a Data Package."),
    "html_dashboard": (
        "_tableau-de-bord.html",
        {"html"},
        "Tableau de bord: the same facts as one page to filter, without a network.",
    ),
    "summary_note": (
        "_note-de-synthese.docx",
        {"word"},
        "Note de synthèse: two pages, up to what the DNS must decide.",
    ),
    "slides": (
        "_presentation.pptx",
        {"powerpoint"},
        "Présentation: page one, slips, what lies ahead, one slide a priority, to show in the room.",
    ),
    "manifest": (
        "manifest.json",
        {"json"},
        "Every input and output with its SHA-256, method and code versions, state.",
    ),
}
REFUSED = (
    "The draft is there. Settle each line: `{review}` for a contradiction, the partner for a missing contribution (or "
    "a waiver with its reason); then launch the job again."
)
PUBLIC = {"open_data", "html_dashboard"}


class DeliverablesConfig(Config):
    """What may be asked for."""

    state: str = Field(
        default="",
        description="`draft` or `final`; empty: the current state, and a published session as it was frozen.",
    )


def rendered_of(session_code: str) -> AssetKey:
    """The asset of one session's files, for Dagster's freshness, which knows no partition."""
    return AssetKey(["rendered", session_code.replace("-", "_")])


def rendered_sessions(session_codes: Sequence[str], freshness: Mapping[str, FreshnessPolicy]) -> list[AssetSpec]:
    """One asset a session, noted whenever its files were rendered; `freshness` by session.

    The files' own assets have one history for all sessions: another session's rendering would be taken for this one's.
    """
    return [
        AssetSpec(
            rendered_of(code),
            deps=[AssetKey(["deliverables", "manifest"])],
            group_name=groups.DELIVERABLES,
            owners=[groups.DNS],
            kinds={"word", "excel"},
            tags=groups.tags(groups.DELIVERABLES, "dns"),
            freshness_policy=freshness.get(code),
            description=f"When the files of {code} were last rendered, or found as they must be.",
        )
        for code in session_codes
    ]


def deliverable_assets(session_codes: Sequence[str]) -> AssetsDefinition:
    """All the files of a session, rendered together so that they agree."""

    @multi_asset(
        name="deliverables",
        pool=groups.WRITER,
        partitions_def=StaticPartitionsDefinition(list(session_codes)),
        specs=[
            AssetSpec(
                AssetKey(["deliverables", name]),
                deps=["marts_copy", "drafts"],
                group_name=groups.DELIVERABLES,
                owners=[groups.DNS],
                kinds=kinds,
                tags=groups.tags(groups.DELIVERABLES, groups.EVERYBODY if name in PUBLIC else "dns"),
                description=description,
            )
            for name, (_, kinds, description) in FILES.items()
        ],
        check_specs=[check.spec for check in CHECKS],
    )
    def deliverables(
        context: AssetExecutionContext, config: DeliverablesConfig, installation: ResourceParam[Installation]
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """Render the session's files, or leave them as they are when nothing that decides them has changed.

        A final version that is refused leaves a draft, and fails with everything that blocks.
        """
        with installation.writing(context.log.info):
            rendered = render_session(
                installation.paths, context.partition_key, context.log.info, state=config.state or None
            )
            verdicts = list(check_results(installation.paths, context.partition_key, rendered))
        counts = status_counts(installation.paths.marts, context.partition_key)
        shown = {"statuses": MetadataValue.md(status_table(counts)), "plot": MetadataValue.md(status_plot(counts))}
        for name, (ending, _, _) in FILES.items():
            path = next(path for path in rendered.files if path.name.endswith(ending))
            yield MaterializeResult(
                asset_key=AssetKey(["deliverables", name]),
                data_version=DataVersion(rendered.sha256[path.name][:16]),
                metadata={
                    **(shown if name == "word_report" else {}),
                    "path": MetadataValue.path(str(path)),
                    "sha256": rendered.sha256[path.name],
                    "bytes": path.stat().st_size,
                    "unchanged": rendered.is_unchanged,
                    "state": rendered.state,
                    "to_look_at": MetadataValue.md("\n".join(f"- {line}" for line in rendered.warnings)),
                },
            )
        context.log_event(AssetMaterialization(rendered_of(context.partition_key)))
        yield from verdicts
        if rendered.refused:
            raise failure(
                "\n".join(rendered.refused),
                fix=REFUSED.format(
                    review=command("review", "--session", context.partition_key, "--export", "revue.xlsx")
                ),
            )

    return deliverables
