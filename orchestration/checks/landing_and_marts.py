"""Asset checks of our own: the suites on accepted rows, what was set aside, what blocks the final state of a session.

dbt's tests are checks too, made with its models in `orchestration.assets.warehouse`. A check blocks where a
deliverable would be wrong; one that only asks for somebody's attention warns.
"""

from collections.abc import Collection, Iterator, Sequence

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

from orchestration.resources import Installation
from orchestration.services.reception.acceptance import accepted_rows_results, refused, set_aside
from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import current_readings
from orchestration.services.reception.rules import FRAMES, FrameResult
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.session.provenance import unverified_facts
from orchestration.services.session.readiness import open_contradictions
from orchestration.services.warehouse.database import markdown_table

SUBMISSIONS = AssetKey("submissions")
MARTS_COPY = AssetKey("marts_copy")
SET_ASIDE = "no_row_was_set_aside"
REFUSED = "no_file_was_refused"
QUOTES_FOUND = "every_published_quote_is_found_again"
NO_CONTRADICTION = "no_contradiction_waits_for_a_decision"


def _rules_check(frame: str) -> str:
    return f"accepted_{frame}_rows_meet_the_rules"


def _fix(found: Collection[object], text: str) -> dict[str, str]:
    """What to do, where there is something to do."""
    return {"fix": text} if found else {}


def of_session(session_code: str, check_name: str) -> str:
    """The name of a check of one session: `cns_13_no_row_was_set_aside`."""
    return f"{session_code.lower().replace('-', '_')}_{check_name}"


def submissions_checks(session_codes: Sequence[str]) -> AssetChecksDefinition:
    """What is checked of the submissions: the rules on all rows that were accepted, and by session what was not."""

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
            AssetCheckSpec(SET_ASIDE, asset=SUBMISSIONS, description="No row is set aside for an unknown session."),
            *(
                AssetCheckSpec(
                    of_session(code, SET_ASIDE),
                    asset=SUBMISSIONS,
                    description=f"{code}: no row of a submission waits for its partner.",
                )
                for code in session_codes
            ),
        ],
    )
    def checks(
        context: AssetCheckExecutionContext, installation: ResourceParam[Installation]
    ) -> Iterator[AssetCheckResult]:
        """The suites on every accepted row, and the rows set aside, by session and partner."""
        with installation.writing(context.log.info):
            paths = installation.paths
            reader = SubmissionsReader(paths, installation.reference())
            readings = current_readings(installation.landing(), [reader])
            results, is_new = accepted_rows_results(readings, paths)
            aside, refused_files = set_aside(readings), refused(readings)
        rows = sum(result.rows for result in results)
        context.log.info(f"rules: {rows} accepted rows{'' if is_new else ', unchanged'}")
        yield from (_rules_result(result) for result in results)
        yield _refused_result(refused_files)
        yield _set_aside_result(SET_ASIDE, [row for row in aside if row[0] not in session_codes])
        for code in session_codes:
            yield _set_aside_result(of_session(code, SET_ASIDE), [row for row in aside if row[0] == code])

    return checks


def _rules_result(result: FrameResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=SUBMISSIONS,
        check_name=_rules_check(result.frame),
        passed=not result.broken,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "rows": result.rows,
            "expectations": result.expectations,
            "broken": MetadataValue.md(markdown_table(["rule: where"], [(line,) for line in result.broken])),
            **_fix(result.broken, "A row that breaks a rule was accepted: rows.py and suites.py of quality/ disagree."),
        },
    )


def _refused_result(refused_files: Sequence[tuple[str, str, str]]) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=SUBMISSIONS,
        check_name=REFUSED,
        passed=not refused_files,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "files_refused": len(refused_files),
            "refused": MetadataValue.md(markdown_table(["file", "rule", "message"], list(refused_files))),
            **_fix(refused_files, "Send the message to the partner, and ask for the file again."),
        },
    )


def _set_aside_result(check_name: str, aside: Sequence[tuple[str, str, str, int]]) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=SUBMISSIONS,
        check_name=check_name,
        passed=not aside,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "rows_set_aside": sum(count for *_, count in aside),
            "by_partner": MetadataValue.md(markdown_table(["session", "partner", "rule", "rows"], list(aside))),
            **_fix(aside, "The partner corrects and drops the file again; `jalon check FILE` prints what to correct."),
        },
    )


def contradictions_checks(session_codes: Sequence[str]) -> AssetChecksDefinition:
    """One check a session: contradictions between sources that nobody settled. A draft is rendered all the same."""

    @multi_asset_check(
        name="contradictions_checks",
        specs=[
            AssetCheckSpec(
                of_session(code, NO_CONTRADICTION),
                asset=MARTS_COPY,
                description=f"{code}: sources agree, or the DNS decided; what is left blocks its final state.",
            )
            for code in session_codes
        ],
    )
    def checks(
        context: AssetCheckExecutionContext, installation: ResourceParam[Installation]
    ) -> Iterator[AssetCheckResult]:
        """What waits for a decision, by session."""
        for code in session_codes:
            waiting = open_contradictions(installation.paths, code)
            context.log.info(f"{code}: {len(waiting)} contradictions waiting for a decision")
            yield AssetCheckResult(
                asset_key=MARTS_COPY,
                check_name=of_session(code, NO_CONTRADICTION),
                passed=not waiting,
                severity=AssetCheckSeverity.WARN,
                metadata={
                    "waiting": len(waiting),
                    "contradictions": MetadataValue.md(
                        markdown_table(["contradiction"], [(line,) for line in waiting])
                    ),
                    **_fix(waiting, f"`jalon review --session {code} --export F.xlsx`, decide, `--import` it."),
                },
            )

    return checks


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
        readings = current_readings(landing, [DocumentsReader(installation.paths, installation.reference())])
        published, unverified = unverified_facts(installation.paths, landing, readings)
    context.log.info(f"quotes: {published} published figures read again, {len(unverified)} not found")
    yield AssetCheckResult(
        asset_key=MARTS_COPY,
        check_name=QUOTES_FOUND,
        passed=not unverified,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "published": published,
            "not_found": MetadataValue.md(markdown_table(["document", "reason"], unverified)),
            **_fix(
                unverified, "`jalon doctor` checks whether the archive was altered; else fix the reader, or reject it."
            ),
        },
    )


def all_checks(session_codes: Sequence[str]) -> list[AssetChecksDefinition]:
    """Every check of this module, for the sessions of the reference."""
    return [submissions_checks(session_codes), contradictions_checks(session_codes), quotes_checks]
