"""The progress note says what the report says: same actions, partners, figures and states, in other words."""

import re

import pytest

from sources.french.folding import fold
from sources.reference.roadmap import Reference
from tools.reconstitution.published import Published

# The same thing written another way: (in the report, in the note).
WRITTEN_OTHERWISE = {
    "9-2": ({"8.3"}, {"8", "3"}),  # action 8.3, action 8-3
    "13-2": ({"12"}, set()),  # le 9/12, le 9 décembre
    "15-3": (set(), {"2"}),  # kit V2, version 2 du kit
    "15-5": (set(), {"2"}),  # HDS V2, version 2 du référentiel HDS
    "16-5": (set(), {"2"}),  # HOP'EN2, HOP'EN 2
    "18-3": (set(), {"5"}),  # cinq cas d'usage, 5 cas d'usage
}
NOTHING: tuple[set[str], set[str]] = (set(), set())
# The year and the day of the report itself, which it leaves unsaid and the note does not.
OF_THE_REPORT = {"2024", "17"}
DECLARED = {
    "9-1": "objectif atteint",
    "15-2": "objectif atteint",
    "15-5": "objectif atteint",
    "8-1": "sans avancee majeure ce semestre",
    "17-1": "sans avancee significative ce semestre",
    "13-3": "travaux a cadrer",
    "17-3": "travaux a cadrer",
    "8-4": "le niveau vise pour fin 2024 ne sera pas atteint",
}


def figures(text: str) -> set[str]:
    """The figures of a text, thousands closed up and decimals with a point."""
    closed = re.sub(r"(?<=\d)[ \u00a0\u202f.](?=\d{3}(?!\d))", "", re.sub(r"https?://\S+", "", text))
    return {item.replace(",", ".") for item in re.findall(r"(?<![\w/])\d+(?:[.,]\d+)?", closed)}


def test_has_every_action_under_its_exact_title(note, reference: Reference) -> None:
    assert {code: block.title for code, block in note.items()} == {
        code: action.action_title for code, action in reference.actions.items()
    }


def test_has_every_priority_under_its_exact_title(reports, reference: Reference) -> None:
    text = (reports / "2024-12-17_etat-avancement_CNS-12.md").read_text(encoding="utf-8")
    found = re.findall(r"^PRIORITÉ (\d+)\n\n(.+)$", text, re.MULTILINE)
    assert found == [(str(number), item.priority_title) for number, item in reference.priorities.items()]


def test_names_the_partners_in_the_reference_order(note, reference: Reference) -> None:
    printed = {code: block.rest.strip().splitlines()[0].split(" - ") for code, block in note.items()}
    ours = {code: [partner for partner, _ in named] for code, named in reference.action_partners.items()}
    assert set(printed) == set(ours)
    # a partner that joined an action since comes after those of the note
    assert all(ours[code][: len(named)] == named for code, named in printed.items())


def test_keeps_every_figure_of_the_progress_texts(note, report) -> None:
    lost = {
        code: missing
        for code, block in report.items()
        if (missing := figures(block.rest) - figures(note[code].rest) - WRITTEN_OTHERWISE.get(code, NOTHING)[0])
    }
    assert lost == {}


def test_adds_no_figure_to_the_progress_texts(note, report) -> None:
    added = {
        code: more
        for code, block in note.items()
        if (
            more := figures(block.rest)
            - figures(report[code].rest)
            - OF_THE_REPORT
            - WRITTEN_OTHERWISE.get(code, NOTHING)[1]
        )
    }
    assert added == {}


def test_keeps_every_figure_of_the_objectives(note, report) -> None:
    lost = {
        code: missing
        for code, block in report.items()
        if (missing := figures(block.objective) - figures(note[code].objective))
    }
    assert lost == {}


@pytest.mark.parametrize(("code", "words"), DECLARED.items())
def test_declares_the_states_the_report_declares(note, code: str, words: str) -> None:
    assert words in fold(note[code].rest)


def test_says_the_same_words_as_the_workbooks(note, published: Published) -> None:
    drifted = [
        (row["action_code"], text)
        for row in published.contributions
        for text in (row["progress_text"], row["next_steps"], row["risks"])
        if text not in note[row["action_code"]].rest
    ]
    assert drifted == []
