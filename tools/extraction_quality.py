"""How well documents are read: precision and recall per kind of fact, against what a person annotated.

Run as `python -m tools.extraction_quality` from the project's root. Each folder of the gold set is one document;
its README describes the files. The texts expected are cut from the document itself by the annotated line
numbers, with none of the extractor's code, so that the measure does not lean on what it measures.
"""

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.documents.extraction import extract
from sources.documents.facts import Extraction, plain_number
from sources.reference.roadmap import Reference, load_reference

KINDS = (
    "actions",
    "titles",
    "partners",
    "objectives",
    "progress texts",
    "declared states",
    "target values",
    "targets",
    "quantity values",
    "quantities",
    "periods",
    "roles",
    "KPI links",
    "accepted",
)
Facts = Mapping[str, Counter[Hashable]]


@dataclass(frozen=True)
class Score:
    """How many facts of one kind were expected, found, and right."""

    kind: str
    expected: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what was expected that was found; 1 when nothing was expected."""
        return self.right / self.expected if self.expected else 1.0


@dataclass(frozen=True)
class Level:
    """The least precision and recall of one kind of fact."""

    precision: float
    recall: float


def measure(found: Facts, expected: Facts) -> list[Score]:
    """One score per kind of fact the gold set annotates, repeated facts counted as often as they are stated."""
    return [
        Score(
            kind,
            sum(expected[kind].values()),
            sum(found.get(kind, Counter()).values()),
            sum((found.get(kind, Counter()) & expected[kind]).values()),
        )
        for kind in KINDS
        if kind in expected
    ]


def facts_of(extraction: Extraction) -> Facts:
    """What was extracted, in the form the gold set compares."""
    actions = extraction.actions
    return {
        "actions": Counter(action.code for action in actions),
        "titles": Counter((action.code, action.title) for action in actions),
        "partners": Counter(
            (action.code, rank, partner) for action in actions for rank, partner in enumerate(action.partners)
        ),
        "objectives": Counter((action.code, action.objective) for action in actions),
        "progress texts": Counter((action.code, action.narrative) for action in actions),
        "declared states": Counter(
            (action.code, action.declared_status) for action in actions if action.declared_status
        ),
        "target values": Counter((item.action, plain_number(item.value)) for item in extraction.targets),
        "targets": Counter(
            (
                item.action,
                plain_number(item.value),
                item.unit,
                item.qualifier,
                str(item.deadline or ""),
                item.deadline_precision or "",
            )
            for item in extraction.targets
        ),
        "quantity values": Counter((item.action or "", plain_number(item.value)) for item in extraction.quantities),
        "quantities": Counter(
            (
                item.action or "",
                plain_number(item.value),
                item.unit,
                item.qualifier,
                str(item.period_end or ""),
                item.period_precision or "",
            )
            for item in extraction.quantities
        ),
        "periods": Counter(
            (item.action or "", plain_number(item.value), str(item.period_end or "")) for item in extraction.quantities
        ),
        "roles": Counter((item.action or "", plain_number(item.value), item.role) for item in extraction.quantities),
        "KPI links": Counter(
            (item.action or "", plain_number(item.value), item.kpi_id) for item in extraction.quantities if item.kpi_id
        ),
        "accepted": Counter(
            (item.action or "", plain_number(item.value), item.kpi_id, str(item.period_end or ""))
            for item in extraction.quantities
            if item.kpi_id and not item.doubts and item.link_confidence == 1
        ),
    }


def expected_facts(folder: Path, document: Path) -> Facts:
    """What a person annotated of one document."""
    facts: dict[str, Counter[Hashable]] = {}
    actions = _rows(folder / "actions.csv")
    if actions:
        lines = document.read_text(encoding="utf-8").split("\n")
        facts |= _expected_of_actions(actions, lines)
    targets = _rows(folder / "targets.csv")
    if targets or actions:
        facts["target values"] = Counter((row["action_code"], _value(row)) for row in targets)
        facts["targets"] = Counter(
            (row["action_code"], _value(row), row["unit"], row["qualifier"], row["deadline"], row["precision"])
            for row in targets
        )
    quantities = _rows(folder / "quantities.csv")
    facts["quantity values"] = Counter((row["action_code"], _value(row)) for row in quantities)
    facts["quantities"] = Counter(
        (row["action_code"], _value(row), row["unit"], row["qualifier"], row["period_end"], row["precision"])
        for row in quantities
    )
    facts["periods"] = Counter((row["action_code"], _value(row), row["period_end"]) for row in quantities)
    if all(row.get("role") for row in quantities):
        facts["roles"] = Counter((row["action_code"], _value(row), row["role"]) for row in quantities)
    facts["KPI links"] = Counter(
        (row["action_code"], _value(row), row["kpi_id"]) for row in quantities if row["kpi_id"]
    )
    facts["accepted"] = Counter(
        (row["action_code"], _value(row), row["kpi_id"], row["period_end"]) for row in quantities if row["kpi_id"]
    )
    return facts


def wrongly_accepted(folder: Path, document: Path, reference: Reference) -> list[Hashable]:
    """The figures that would count without a person though nobody annotated them so."""
    found = facts_of(extract(document, reference))["accepted"]
    return list((found - Counter(expected_facts(folder, document)["accepted"])).elements())


def _expected_of_actions(rows: Sequence[Mapping[str, str]], lines: Sequence[str]) -> dict[str, Counter[Hashable]]:
    return {
        "actions": Counter(row["action_code"] for row in rows),
        "titles": Counter(
            (row["action_code"], re.sub(r"^\S*\d+\W+\d+\W*", "", _text(lines, row["title_line"], row["title_line"])))
            for row in rows
        ),
        "partners": Counter(
            (row["action_code"], rank, partner)
            for row in rows
            for rank, partner in enumerate(row["partners"].split("|"))
        ),
        "objectives": Counter(
            (row["action_code"], _text(lines, row["objective_start"], row["objective_end"])) for row in rows
        ),
        "progress texts": Counter(
            (row["action_code"], _text(lines, row["narrative_start"], row["narrative_end"])) for row in rows
        ),
        "declared states": Counter(
            (row["action_code"], row["declared_status"]) for row in rows if row["declared_status"]
        ),
    }


def _text(lines: Sequence[str], first: str, last: str) -> str:
    """The annotated lines as one text, without emphasis, arrow or odd spaces."""
    joined = " ".join(lines[int(first) - 1 : int(last)]).replace("**", "")
    return " ".join(joined.split()).removeprefix("→").strip()


def _value(row: Mapping[str, str]) -> float | int:
    return plain_number(float(row["value"]))


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document_of(folder: Path, documents: Path) -> Path | None:
    """The document a gold folder annotates; None when it is among source documents that are not there."""
    name = (folder / "source.txt").read_text(encoding="utf-8").strip()
    if (folder / name).is_file():
        return folder / name
    return next(iter(sorted(documents.glob(name))), None) if documents.is_dir() else None


def levels_of(folder: Path) -> dict[str, Level]:
    """The levels a gold folder sets, by kind of fact."""
    return {row["kind"]: Level(float(row["precision"]), float(row["recall"])) for row in _rows(folder / "levels.csv")}


def below(scores: Iterable[Score], levels: Mapping[str, Level]) -> list[str]:
    """What fell under its level, one line each."""
    return [
        f"{score.kind}: precision {score.precision:.3f} (level {levels[score.kind].precision:.3f}), "
        f"recall {score.recall:.3f} (level {levels[score.kind].recall:.3f})"
        for score in scores
        if score.kind in levels
        and (
            score.precision < levels[score.kind].precision - 0.0005 or score.recall < levels[score.kind].recall - 0.0005
        )
    ]


def score_folder(folder: Path, documents: Path, reference: Reference) -> list[Score] | None:
    """The scores of one gold folder; None when its document is not on this machine."""
    document = document_of(folder, documents)
    return measure(facts_of(extract(document, reference)), expected_facts(folder, document)) if document else None


def gold_folders(gold: Path) -> list[Path]:
    """The annotated documents, in the order of their names."""
    return sorted(path.parent for path in gold.glob("*/source.txt"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every score; 1 when one is under its level, 0 otherwise."""
    parser = argparse.ArgumentParser(description="Precision and recall of the documents' reading.")
    parser.add_argument("--gold", type=Path, default=Path("tests/documents/gold"), help="annotated documents")
    parser.add_argument("--documents", type=Path, default=Path("../shared/seeds"), help="source documents")
    parser.add_argument("--seeds", type=Path, default=Path("dbt_project/seeds"), help="reference seeds")
    parser.add_argument("--differences", action="store_true", help="also list what was missed and what was wrong")
    options = parser.parse_args(arguments)
    reference = load_reference(options.seeds)
    wrong = {
        folder.name: wrongly_accepted(folder, document, reference)
        for folder in gold_folders(options.gold)
        if (document := document_of(folder, options.documents))
    }
    _print(f"wrong accepted = {sum(map(len, wrong.values()))}")
    fallen = [f"{name}: accepted {fact}" for name, facts in wrong.items() for fact in facts]
    for folder in gold_folders(options.gold):
        scores = score_folder(folder, options.documents, reference)
        if scores is None:
            _print(f"{folder.name}: its document is not on this machine, not measured")
            continue
        _print_scores(folder.name, scores)
        if options.differences:
            _print_differences(folder, options.documents, reference)
        fallen += [f"{folder.name}: {line}" for line in below(scores, levels_of(folder))]
    for line in fallen:
        _print(f"UNDER ITS LEVEL  {line}")
    return 1 if fallen else 0


def _print_scores(name: str, scores: Sequence[Score]) -> None:
    _print(f"\n{name}\n{'kind':<17}{'expected':>9}{'found':>7}{'right':>7}{'precision':>11}{'recall':>8}")
    for score in scores:
        _print(
            f"{score.kind:<17}{score.expected:>9}{score.found:>7}{score.right:>7}"
            f"{score.precision:>11.3f}{score.recall:>8.3f}"
        )


def _print_differences(folder: Path, documents: Path, reference: Reference) -> None:
    document = document_of(folder, documents)
    if document is None:
        return
    found, expected = facts_of(extract(document, reference)), expected_facts(folder, document)
    for kind, wanted in expected.items():
        for fact in wanted - found.get(kind, Counter()):
            _print(f"  missed {kind}: {fact}")
        for fact in found.get(kind, Counter()) - wanted:
            _print(f"  wrong  {kind}: {fact}")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
