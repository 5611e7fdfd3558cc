"""Five hundred workbooks gone wrong, and three hundred bad rows in one: a verdict each, and none forgotten."""

import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.services.reception.check import Submission, check_file
from sources.reference.roadmap import Reference
from sources.workbook.loading import BookLoader
from sources.workbook.prefill import Filled
from sources.workbook.template import write_template

VERDICTS = {"accepted", "accepted_with_warnings", "partly_rejected", "rejected"}
KEYS = {"file", "sha256", "verdict", "partner", "session", "rows", "issues"}
NASTY = (
    "", " ", "NC", "nc ", "douze", "10-12", "1,234", "-5", "1e400", "9" * 400, "12 %", "0,12", "31/02/2025", "45657",
    "T2 2025", "T9 2025", "fin mars", "depuis 2030", "Atteint", "atteint ", "Presque", "=1+1", "=cmd|'/c calc'!A0",
    "+33 1 23 45", "@SUM(A1)", "<b>&amp;", "]]>", "\u202e\u200b", "\u00a0", "é" * 9000, "😀", "٣", "#REF!", "#N/A",
    "8-4", "99-9", "IND-1-1-1", "IND-99-9-9", "1-1.1", "SUPPR", "null", "nan", "None", "\t\n", "IND-6-2-1",
)  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, reference: Reference) -> bytes:
    """A filled workbook of a partner with few rows: what every mutation starts from."""
    kpis = [kpi.kpi_id for kpi in reference.kpis_of("HAS")]
    filled = Filled(
        contributions={"15-2": {"status": "achieved", "achieved_on": "mars 2024", "progress_text": "C’est fait."}},
        measurements=[{"kpi_id": kpi, "value": "environ 12", "period": "T1 2025"} for kpi in kpis],
    )
    path = tmp_path_factory.mktemp("good") / "CNS-13_HAS.xlsx"
    return write_template(path, reference, "CNS-13", "HAS", filled=filled).read_bytes()


@pytest.fixture(scope="module")
def loader() -> Iterator[BookLoader]:
    with BookLoader(max_seconds=60) as one:
        yield one


def mutated(good: bytes, seed: int) -> bytes:
    """One to four things done to a good workbook; the seed says which."""
    dice = random.Random(seed)  # noqa: S311 — reproducible on purpose
    parts = {name: zipfile.ZipFile(BytesIO(good)).read(name) for name in zipfile.ZipFile(BytesIO(good)).namelist()}
    for _ in range(dice.randint(1, 4)):
        dice.choice(IN_PARTS)(parts, dice)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    content = packed.getvalue()
    return dice.choice(ON_BYTES)(content, dice) if dice.random() < 0.25 else content


def _escaped(text: str) -> str:
    kept = "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sheet(parts: dict[str, bytes], dice: random.Random) -> str:
    return dice.choice([name for name in parts if name.startswith("xl/worksheets/sheet")] or ["xl/worksheets/none"])


def type_something(parts: dict[str, bytes], dice: random.Random) -> None:
    """A nasty text, or a number, into blank cells."""
    name = _sheet(parts, dice)
    for _ in range(dice.randint(1, 12)):
        cells = re.findall(rb'<c r="[A-Z]+\d+"[^>]*/>', parts.get(name, b""))
        if not cells:
            return
        cell = dice.choice(cells)
        text = _escaped(dice.choice(NASTY)).encode("utf-8", "replace")
        inside = dice.choice(
            (b"<is><t>" + text + b"</t></is>", b"<v>12</v>", b"<f>A1</f>", b"<v>" + text + b"</v>", b"<v>1e999</v>")
        )
        kind = b' t="inlineStr">' if inside.startswith(b"<is>") else dice.choice((b">", b' t="str">', b' t="e">'))
        parts[name] = parts[name].replace(cell, cell[:-2] + kind + inside + b"</c>", 1)


def reword(parts: dict[str, bytes], dice: random.Random) -> None:
    """Other words where a code, a header or an answer stood."""
    strings = parts.get("xl/sharedStrings.xml", b"")
    texts = re.findall(rb"<t[^>]*>[^<]*</t>", strings)
    for text in dice.sample(texts, min(len(texts), dice.randint(1, 5))):
        new = _escaped(dice.choice(NASTY)).encode("utf-8", "replace")
        strings = strings.replace(text, b"<t>" + new + b"</t>", 1)
    parts["xl/sharedStrings.xml"] = strings


def retype(parts: dict[str, bytes], dice: random.Random) -> None:
    """A cell says it holds something else than it does."""
    name = _sheet(parts, dice)
    new = dice.choice((b't="n"', b't="e"', b't="b"', b't="d"', b't="str"', b't="zz"'))
    parts[name] = parts.get(name, b"").replace(b't="s"', new, dice.randint(1, 40))


def rename_cells(parts: dict[str, bytes], dice: random.Random) -> None:
    name = _sheet(parts, dice)
    places = re.findall(rb'r="[A-Z]+\d+"', parts.get(name, b""))
    for place in dice.sample(places, min(len(places), 3)):
        new = dice.choice((b'r="A1"', b'r="XFD1048576"', b'r="ZZZZ9"', b'r="12"', b'r=""', b""))
        parts[name] = parts[name].replace(place, new, 1)


def repeat_rows(parts: dict[str, bytes], dice: random.Random) -> None:
    name = _sheet(parts, dice)
    rows = re.findall(rb"<row .*?</row>", parts.get(name, b""), re.DOTALL)
    if rows:
        row = dice.choice(rows)
        parts[name] = parts[name].replace(row, row * dice.randint(0, 3), 1)


def merge(parts: dict[str, bytes], dice: random.Random) -> None:
    name = _sheet(parts, dice)
    area = dice.choice((b"A5:M9", b"G5:G6", b"A1:XFD1048576", b"Z1:A9", b"rien"))
    merged = b'</sheetData><mergeCells><mergeCell ref="' + area + b'"/></mergeCells>'
    parts[name] = parts.get(name, b"").replace(b"</sheetData>", merged, 1)


def drop_part(parts: dict[str, bytes], dice: random.Random) -> None:
    parts.pop(dice.choice(sorted(parts)))


def swap_parts(parts: dict[str, bytes], dice: random.Random) -> None:
    one, other = dice.choice(sorted(parts)), dice.choice(sorted(parts))
    parts[one], parts[other] = parts[other], parts[one]


def scratch(parts: dict[str, bytes], dice: random.Random) -> None:
    """A few bytes of one part changed."""
    name = dice.choice(sorted(parts))
    content = bytearray(parts[name])
    for _ in range(dice.randint(1, 6)):
        if content:
            content[dice.randrange(len(content))] = dice.randrange(256)
    parts[name] = bytes(content)


def shorten(parts: dict[str, bytes], dice: random.Random) -> None:
    name = dice.choice(sorted(parts))
    parts[name] = parts[name][: dice.randrange(len(parts[name]) + 1)]


def cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content))]


def flip(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 20)):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def pad(content: bytes, dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(100)) + content + dice.randbytes(dice.randrange(100))


IN_PARTS = (
    type_something, type_something, type_something, reword, reword, retype, rename_cells, repeat_rows, merge,
    drop_part, swap_parts, scratch, shorten,
)  # fmt: skip
ON_BYTES = (cut, flip, pad)


def verify(result: dict[str, Any]) -> None:
    """What holds of every answer, whatever the file."""
    assert set(result) == KEYS
    assert result["verdict"] in VERDICTS
    rows = result["rows"]
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["ignored"]
    errors = [issue for issue in result["issues"] if issue["severity"] == "error"]
    assert bool(errors) == (result["verdict"] in {"partly_rejected", "rejected"})
    assert rows["accepted"] == 0 or result["verdict"] != "rejected"
    for issue in result["issues"]:
        assert issue["message"]
        assert issue["fix"]
        assert "Traceback" not in issue["message"]


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_whatever_is_done_to_a_workbook_it_gets_a_verdict(
    seed: int, good: bytes, loader: BookLoader, reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "CNS-13_HAS.xlsx"
    path.write_bytes(mutated(good, seed))
    verify(check_file(path, reference, loader=loader).as_json())


def test_every_mutated_drop_gets_a_receipt(good: bytes, desk: Any, tmp_path: Path) -> None:
    """The answer must come whatever state the file is in, and say what the check says."""
    for seed in range(1000, 1040):
        path = tmp_path / f"CNS-13_HAS ({seed}).xlsx"
        path.write_bytes(mutated(good, seed))
        at = datetime(2025, 6, 2, 8, 0, tzinfo=UTC) + timedelta(minutes=seed)
        desk.landing.receive(path, channel="submissions", received_at=at, folder="HAS")
    receipts = desk.give()
    assert len(receipts) == 40
    for receipt in receipts:
        told = json.loads(receipt.with_suffix(".json").read_text(encoding="utf-8"))
        verify({key: told[key] for key in KEYS})
        assert openpyxl.load_workbook(receipt).sheetnames[0] == "À corriger"


@pytest.mark.long
def test_jalon_check_answers_for_a_folder_of_five_hundred(good: bytes, tmp_path: Path, project_root: Path) -> None:
    for seed in range(500):
        (tmp_path / f"CNS-13_HAS ({seed}).xlsx").write_bytes(mutated(good, seed))
    files = sorted(str(path) for path in tmp_path.iterdir())
    jalon = Path(sys.executable).with_name("jalon")
    command = [str(jalon), "check", "--json", "--home", str(tmp_path / "home"), *files]
    done = subprocess.run(command, capture_output=True, cwd=project_root, check=False)
    assert done.returncode in {1, 2}, done.stderr.decode()
    assert b"Traceback" not in done.stderr + done.stdout
    results = json.loads(done.stdout)
    assert [result["file"] for result in results] == [Path(file).name for file in files]
    for result in results:
        verify(result)
    assert len({result["verdict"] for result in results}) >= 3, "mutations of one kind prove little"


BAD_ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("KPI_VALUE_NOT_A_NUMBER", {"kpi_id": "IND-2-2-1", "value": "beaucoup"}),
    ("KPI_VALUE_IS_A_RANGE", {"kpi_id": "IND-2-2-1", "value": "10 à 12"}),
    ("KPI_VALUE_AMBIGUOUS", {"kpi_id": "IND-2-2-1", "value": "1,234"}),
    ("KPI_UNKNOWN", {"kpi_id": "IND-99-9-9", "value": 3}),
    ("KPI_NOT_YOURS", {"kpi_id": "IND-7-3-1", "value": 3}),
    ("KPI_OUT_OF_BOUNDS", {"kpi_id": "IND-6-1-1", "value": 140}),
    ("KPI_UNIT_MISMATCH", {"kpi_id": "IND-6-1-2", "value": "12 %"}),
    ("KPI_QUALIFIER_UNKNOWN", {"kpi_id": "IND-2-2-1", "value": 380_000, "qualifier": "à peu près"}),
    ("ROW_WITHOUT_CODE", {"value": 3}),
    ("CELL_ERROR", {"kpi_id": "IND-2-2-1", "value": "#DIV/0!"}),
)


def test_three_hundred_bad_rows_are_three_hundred_reported(workbook: Any, check: Callable[..., Submission]) -> None:
    page = workbook.page("measurement")
    columns = {key: workbook.column("measurement", key) for key in ("kpi_id", "value", "period", "qualifier")}
    wanted: dict[int, str] = {}
    first = page.max_row + 1
    for rank in range(300):
        rule, answers = BAD_ROWS[rank % len(BAD_ROWS)]
        row = first + rank
        for key, value in {
            "period": f"{1 + rank % 28:02d}/{1 + rank // 28 % 12:02d}/{2024 - rank // 336}",
            **answers,
        }.items():
            page.cell(row, columns[key]).value = value
        wanted[row] = rule
    good_row = workbook.put("measurement", "IND-7-2-1", value="1 260", period="mai 2025")
    submission = check(workbook.save())
    told = {
        judged.row.row_number: {issue["rule"] for issue in judged.issues if issue["severity"] == "error"}
        for judged in submission.judgement.rejected
    }
    assert {row: rule in told.get(row, set()) for row, rule in wanted.items()} == dict.fromkeys(wanted, True)
    assert len(told) == 300
    assert [judged.row.row_number for judged in submission.judgement.accepted] == [good_row]
    assert submission.as_json()["rows"]["rejected"] == 300
