"""What the models read in French words, the reader of documents reads too: one meaning, whoever reads."""

import duckdb
import pytest

from sources.documents.states import declared_status
from sources.files.memo import PROJECT
from sources.reference.sql_rules import rules

MACROS = PROJECT / "dbt_project" / "macros"


def speaks_of_the_whole(text: str) -> bool:
    rule = rules(
        MACROS / "engine" / "engine.sql", MACROS / "engine" / "duckdb.sql", MACROS / "texts.sql"
    ).speaks_of_the_whole("said")
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {rule} from (select ? as said)", [text]).fetchall()
    return bool(rows[0][0])


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("Objectif atteint.", True),
        ("L’objectif est pleinement atteint.", True),
        ("Les objectifs sont tous atteints.", True),
        ("L’objectif a\u00a0été atteint en avril.", True),
        ("L’objectif n’est pas atteint.", False),
        ("Objectif atteint à 80\u00a0%.", False),
        ("Objectif atteint, sauf outre-mer.", False),
        ("Objectif partiellement atteint.", False),
        ("Si l’objectif est atteint, la suite sera lancée.", False),
        ("Une fois l’objectif atteint, le portail ouvrira.", False),
        ("Les travaux ont atteint leur rythme.", False),
    ],
)
def test_the_whole_objective_is_met_only_when_both_readers_say_so(text: str, is_whole: bool) -> None:
    assert speaks_of_the_whole(text) is is_whole
    if is_whole:
        assert declared_status(text) == "achieved"
