"""The board says the same on the command line, in the UI and in its JSON; reminders become files."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from dagster import materialize

from orchestration.assets.partners import partner_board
from orchestration.cli import main
from orchestration.resources import Installation
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.figures import PartnerLine, board_of
from orchestration.services.warehouse.database import note_build

MAILED = ["canal", "invité", "le", "rappels", "réponses", "retours"]
NOTHING_MAILED = ["—", "—", "0", "0", "0"]
LINES = [
    PartnerLine("ANS", 20, 18, 0, True, 2, 16, 2),
    PartnerLine("HAS", 4, 0, 3, None, 0, 0, 1),
    PartnerLine("PDS", 3, 3, 0, False, 0, 3, 0),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose readers' copy holds a fictional board."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'jalon.duckdb'}' as written")
        connection.execute("create schema written.marts")
        connection.execute("use written")
        note_build(connection, "fictional")
        connection.execute(
            "create table written.marts.mart_partner_completeness (session_code varchar, partner_code varchar, "
            "items_expected bigint, items_received bigint, items_reconstituted bigint, is_on_time boolean, "
            "items_to_correct bigint, items_validated bigint, items_missing bigint)"
        )
        for line in LINES:
            connection.execute(
                "insert into written.marts.mart_partner_completeness values ('CNS-13', ?, ?, ?, ?, ?, ?, ?, ?)",
                list(vars(line).values()),
            )
    return tmp_path


def test_the_board_reads_the_mart_in_partner_order(home: Path) -> None:
    assert board_of(home / "jalon.duckdb", "CNS-13") == LINES
    assert board_of(home / "jalon.duckdb", "CNS-12") == []


def test_the_ui_shows_the_board_as_a_table(home: Path) -> None:
    installation = Installation(Paths(home=home, inbox=home / "inbox", project=PROJECT))
    done = materialize([partner_board], resources={"installation": installation})
    (shown,) = done.asset_materializations_for_node("partner_board")
    table = str(shown.metadata["board CNS-13"].value)
    assert (
        "| partenaire | attendu | reçu | reconstitué | à l’heure | à corriger | validé | manquant | canal | invité le |"
        in table
    )
    assert "| ANS | 20 | 18 | 0 | oui | 2 | 16 | 2 |" in table
    assert "| HAS | 4 | 0 | 3 | — | 0 | 0 | 1 |" in table
    assert shown.metadata["waited for CNS-13"].value == 2


def test_the_command_shows_the_same_columns_and_figures(home: Path) -> None:
    shown = CliRunner().invoke(main, ["status", "--session", "CNS-13", "--home", str(home)])
    assert shown.exit_code == 0
    assert [line.split() for line in shown.output.splitlines()] == [
        ["CNS-13", "attendu", "reçu", "reconstitué", "à", "l’heure", "à", "corriger", "validé", "manquant", *MAILED],
        ["ANS", "20", "18", "0", "oui", "2", "16", "2", *NOTHING_MAILED],
        ["HAS", "4", "0", "3", "—", "0", "0", "1", *NOTHING_MAILED],
        ["PDS", "3", "3", "0", "non", "0", "3", "0", *NOTHING_MAILED],
    ]
    as_json = CliRunner().invoke(main, ["status", "--session", "CNS-13", "--json", "--home", str(home)])
    nothing = {
        "channels": [],
        "invited_on": None,
        "reminders": 0,
        "answers": 0,
        "bounces": 0,
        "read_again": [],
        "waiting": [],
    }
    assert json.loads(as_json.output) == [vars(line) | nothing for line in LINES]


def test_the_board_says_what_was_read_again_with_another_result(home: Path) -> None:
    """A line of its own under the table, and with its partner in the JSON and in the UI."""
    folder = home / "receipts" / "CNS-13" / "ANS"
    folder.mkdir(parents=True)
    told = {
        "partner": "ANS",
        "file": "CNS-13_ANS.xlsx",
        "former_verdict": "rejected",
        "verdict": "accepted",
        "changes": [{}, {}],
    }
    (folder / "CNS-13_ANS_relu-1_0123abcd.json").write_text(json.dumps(told))
    shown = CliRunner().invoke(main, ["status", "--session", "CNS-13", "--home", str(home)])
    line = shown.output.splitlines()[-1].replace("\u00a0", " ")
    assert line == "ANS : CNS-13_ANS.xlsx relu, « Refusé » devient « Accepté » ; 2 réponses changées"
    as_json = CliRunner().invoke(main, ["status", "--session", "CNS-13", "--json", "--home", str(home)])
    assert {each["partner"]: len(each["read_again"]) for each in json.loads(as_json.output)} == {
        "ANS": 1,
        "HAS": 0,
        "PDS": 0,
    }
    installation = Installation(Paths(home=home, inbox=home / "inbox", project=PROJECT))
    done = materialize([partner_board], resources={"installation": installation})
    (board,) = done.asset_materializations_for_node("partner_board")
    assert "CNS-13_ANS.xlsx relu" in str(board.metadata["read again CNS-13"].value)
