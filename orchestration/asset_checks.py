"""Asset checks of our own: the suites on accepted rows, what was set aside, what keeps a session from its final state.

dbt's tests are checks too, made with its models in `orchestration.assets.warehouse`. A check blocks where a
deliverable would be wrong; one that only asks for somebody's attention warns.
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    ResourceParam,
    multi_asset_check,
)

from orchestration.acceptance import accepted_rows_results, refused, set_aside
from orchestration.ingest import current_readings
from orchestration.installation import Installation
from orchestration.provenance import unverified_facts
from orchestration.readers import documents_reader, submissions_reader
from orchestration.readiness import open_contradictions
from orchestration.rules_process import FRAMES
from orchestration.warehouse import markdown_table

SUBMISSIONS = AssetKey("submissions")
MARTS_COPY = AssetKey("marts_copy")
SET_ASIDE = "no_row_was_set_aside"
REFUSED = "no_file_was_refused"
QUOTES_FOUND = "every_published_quote_is_found_again"
NO_CONTRADICTION = "no_contradiction_waits_for_a_decision"


def _rules_check(frame: str) -> str:
    return f"accepted_{frame}_rows_meet_the_rules"


@multi_asset_check(
    name="submissions_checks",
    specs=[
        *(
            AssetCheckSpec(
                _rules_check(frame),
                asset=SUBMISSIONS,
                blocking=True,
                description=f"Great Expectations, {sheet}: no accepted row breaks a rule that refuses rows.",
            )
            for frame, sheet in FRAMES.items()
        ),
        AssetCheckSpec(REFUSED, asset=SUBMISSIONS, description="Something could be taken of every file received."),
        AssetCheckSpec(SET_ASIDE, asset=SUBMISSIONS, description="No row of a submission waits for its partner."),
    ],
)
def submissions_checks(
    context: AssetCheckExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[AssetCheckResult]:
    """The suites on every accepted row, and the rows set aside, by session and partner."""
    with installation.writing(context.log.info):
        paths = installation.paths
        readings = current_readings(installation.landing(), [submissions_reader(installation.reference())])
        results, is_new = accepted_rows_results(readings, paths.seeds, paths.rules_checked)
        aside, refused_files = set_aside(readings), refused(readings)
    context.log.info(f"rules: {sum(result.rows for result in results)} accepted rows{'' if is_new else ', unchanged'}")
    for result in results:
        yield AssetCheckResult(
            asset_key=SUBMISSIONS,
            check_name=_rules_check(result.frame),
            passed=not result.broken,
            severity=AssetCheckSeverity.ERROR,
            metadata={
                "rows": result.rows,
                "expectations": result.expectations,
                "broken": MetadataValue.md(markdown_table(["rule: where"], [(line,) for line in result.broken])),
                "mend": "A row that breaks a rule was accepted: quality/rows.py and quality/suites.py disagree.",
            },
        )
    yield AssetCheckResult(
        asset_key=SUBMISSIONS,
        check_name=REFUSED,
        passed=not refused_files,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "files_refused": len(refused_files),
            "refused": MetadataValue.md(markdown_table(["file", "rule", "message"], list(refused_files))),
            "mend": "Send the message to the partner, and ask for the file again.",
        },
    )
    yield AssetCheckResult(
        asset_key=SUBMISSIONS,
        check_name=SET_ASIDE,
        passed=not aside,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "rows_set_aside": sum(count for *_, count in aside),
            "by_partner": MetadataValue.md(markdown_table(["session", "partner", "rule", "rows"], list(aside))),
            "mend": "The partner corrects and drops the file again; `jalon check FILE` says what to correct.",
        },
    )


@multi_asset_check(
    name="marts_checks",
    specs=[
        AssetCheckSpec(
            NO_CONTRADICTION,
            asset=MARTS_COPY,
            description="Sources agree, or the DNS decided: what is left keeps a session from its final state.",
        )
    ],
)
def marts_checks(
    context: AssetCheckExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[AssetCheckResult]:
    """Contradictions between sources that nobody settled, by session. A draft is rendered all the same."""
    sessions = installation.reference().sessions
    waiting = {code: open_contradictions(installation.paths, code) for code in sessions}
    rows = [(code, line) for code, lines in waiting.items() for line in lines]
    context.log.info(f"contradictions: {len(rows)} waiting for a decision")
    yield AssetCheckResult(
        asset_key=MARTS_COPY,
        check_name=NO_CONTRADICTION,
        passed=not rows,
        severity=AssetCheckSeverity.WARN,
        metadata={
            **{code: len(lines) for code, lines in waiting.items()},
            "waiting": MetadataValue.md(markdown_table(["session", "contradiction"], rows)),
            "mend": "Decide in `jalon review`; the state final is refused until then.",
        },
    )


@multi_asset_check(
    name="quotes_checks",
    specs=[
        AssetCheckSpec(
            QUOTES_FOUND,
            asset=MARTS_COPY,
            blocking=True,
            description="Each published figure of a document is found again in its archived bytes and reads the same.",
        )
    ],
)
def quotes_checks(
    context: AssetCheckExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[AssetCheckResult]:
    """Quotes and values of every published figure, read anew from the archive; one lost stops the deliverables."""
    with installation.writing(context.log.info):
        landing = installation.landing()
        readings = current_readings(landing, [documents_reader(installation.reference())])
        paths = installation.paths
        published, unverified = unverified_facts(paths.marts, landing, readings, paths.quotes_checked)
    context.log.info(f"quotes: {published} published figures read again, {len(unverified)} not found")
    yield AssetCheckResult(
        asset_key=MARTS_COPY,
        check_name=QUOTES_FOUND,
        passed=not unverified,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "published": published,
            "not_found": MetadataValue.md(markdown_table(["document", "reason"], unverified)),
            "mend": "`jalon doctor` says whether the archive was altered; else mend the reader, or reject the fact.",
        },
    )


def all_checks() -> list[AssetChecksDefinition]:
    """Every check of this module."""
    return [submissions_checks, marts_checks, quotes_checks]
