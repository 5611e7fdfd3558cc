"""Around a publication: which checks stop it, which waivers hold, what waits to be taken, who may be sent what."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    MaterializeResult,
    asset,
    materialize,
)

from orchestration.cli import main
from orchestration.jobs.publish import failed_blocking_checks
from orchestration.services.reception.ingest import read_all
from orchestration.services.runtime.paths import Paths
from orchestration.services.session import waivers
from orchestration.services.session.drafts import answers, edits_of, give_answers, still_refused
from orchestration.services.session.drafts_reader import DraftsReader
from orchestration.services.session.publishing import Order, PublishingError, publish_session
from orchestration.services.session.waivers import WaiverError, WaiverOrder, record_waivers, waived_of
from sources.landing.drops import drops
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference

AT = dt.datetime(2025, 6, 20, 22, 30, tzinfo=dt.UTC)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(home=tmp_path / "home", inbox=tmp_path / "inbox")


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def test_only_failed_checks_of_severity_error_stop_a_publication_and_of_its_own_session(
    instance: DagsterInstance,
) -> None:
    verdicts = {
        "fails": (False, AssetCheckSeverity.ERROR, {}),
        "warns": (False, AssetCheckSeverity.WARN, {}),
        "passes": (True, AssetCheckSeverity.ERROR, {}),
        "fails_for_this_session": (False, AssetCheckSeverity.ERROR, {"session": "CNS-12"}),
        "fails_for_another": (False, AssetCheckSeverity.ERROR, {"session": "CNS-13"}),
    }

    @asset(check_specs=[AssetCheckSpec(name, asset="thing") for name in verdicts])
    def thing() -> Iterator[MaterializeResult[None]]:
        results = [
            AssetCheckResult(check_name=name, passed=passed, severity=severity, metadata=told)
            for name, (passed, severity, told) in verdicts.items()
        ]
        yield MaterializeResult(asset_key=AssetKey("thing"), check_results=results)

    assert failed_blocking_checks(instance, list(thing.check_keys), "CNS-12") == []
    materialize([thing], instance=instance)
    assert failed_blocking_checks(instance, list(thing.check_keys), "CNS-12") == [
        "thing : fails",
        "thing : fails_for_this_session",
    ]


def test_waivers_are_kept_in_the_landing_with_role_day_and_reason_and_the_last_word_counts(paths: Paths) -> None:
    reference = load_reference(paths.seeds)
    record_waivers(
        paths.home, "CNS-13", WaiverOrder(["CNAM", "8-4"], ["réorganisation"], "cheffe de projet"), reference, AT
    )
    later = AT + dt.timedelta(days=1)
    record_waivers(paths.home, "CNS-13", WaiverOrder(["CNAM"], ["absence confirmée"]), reference, later)
    found = {row.subject: row for row in waived_of(Landing(paths.home), "CNS-13")}
    assert (found["CNAM"].reason, found["CNAM"].author_role) == ("absence confirmée", "DNS")
    assert found["8-4"].decided_on == dt.date(2025, 6, 21), "the day it is in Paris"
    assert waived_of(Landing(paths.home), "CNS-12") == []


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (WaiverOrder(["PERSONNE"], ["x"]), "ni un partenaire ni une action"),
        (WaiverOrder(["CNAM"], [" "]), "demande un motif"),
        (WaiverOrder(["CNAM", "ANS", "DNS"], ["x", "y"]), "3 dispenses et 2 motifs"),
        (WaiverOrder(["CNAM"], ["x"], " "), "la fonction de qui décide"),
    ],
)
def test_a_waiver_that_cannot_be_taken_says_why_and_keeps_nothing(paths: Paths, order: WaiverOrder, said: str) -> None:
    with pytest.raises(WaiverError, match=said):
        record_waivers(paths.home, "CNS-13", order, load_reference(paths.seeds), AT)
    assert waived_of(Landing(paths.home), "CNS-13") == []
    assert waivers.CHANNEL == "waivers"


def test_nothing_built_yet_is_a_refusal_with_its_fix(paths: Paths) -> None:
    with pytest.raises(PublishingError, match="jalon report --session CNS-13"):
        publish_session(paths, Order("CNS-13"), log=lambda _: None, clock=lambda: AT)
    assert not paths.snapshots.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["publish", "--session", "CNS-12", "--waive", "CNAM"], "--waive wants a --reason"),
        (["publish", "--session", "CNS-12", "--reason", "x"], "--reason goes with --waive"),
        (
            ["report", "--waive", "CNAM", "--waive", "ANS", "--waive", "DNS", "--reason", "x", "--reason", "y"],
            "3 waivers",
        ),
        (["report", "--action", "99-9"], "no action '99-9'"),
        (["report", "--state", "published"], "'published' is not one of"),
    ],
)
def test_wrong_usage_is_code_two(arguments: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [*arguments, "--home", str(tmp_path / "home")])
    assert result.exit_code == 2, result.output
    assert said in result.output


def test_a_file_that_is_no_draft_is_refused_and_the_others_count(paths: Paths) -> None:
    folder = paths.inbox / "drafts"
    folder.mkdir(parents=True)
    (folder / "autre.docx").write_text("rien")
    (drop,) = drops(paths.inbox)
    landing = Landing(paths.home).open()
    landing.receive(drop.path, channel=drop.channel, received_at=AT)
    reader = DraftsReader(paths, load_reference(paths.seeds))
    done = read_all(landing, reader, lambda _: None)
    assert (len(done.read), done.unreadable) == (1, {})
    assert edits_of(landing, reader, "CNS-12") == ()


def test_a_refused_draft_is_told_while_it_lies_in_the_drop_folder_and_not_for_ever(paths: Paths) -> None:
    draft = paths.inbox / "drafts" / "autre.docx"
    draft.parent.mkdir(parents=True)
    draft.write_text("rien")
    landing = Landing(paths.home).open()
    landing.receive(draft, channel="drafts", received_at=AT)
    reader = DraftsReader(paths, load_reference(paths.seeds))
    read_all(landing, reader, lambda _: None)
    found = answers(landing, reader)
    assert still_refused(found, paths.inbox) == found
    (told,) = give_answers(paths.home / "receipts", found, ["CNS-12"], lambda _: None)
    assert "retirez-le ou remplacez-le" in told.read_text(encoding="utf-8")

    draft.write_text("autre chose")
    assert still_refused(found, paths.inbox) == []
    draft.write_text("rien")
    assert still_refused(found, paths.inbox) == found
    draft.unlink()
    assert still_refused(found, paths.inbox) == []
    draft.parent.rmdir()
    paths.inbox.rmdir()
    assert still_refused(found, paths.inbox) == []
