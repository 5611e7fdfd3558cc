"""Adding a column to the workbook is one entry of its schema: its answer is in the marts, nothing else written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

COLUMNS = {
    "contribution": {
        "key": "budget_note",
        "header": "Moyens engagés",
        "says": "Means committed, in the partner's words.",
    },
    "milestone": {"key": "delay_note", "header": "Motif du décalage", "says": "Why the milestone moved."},
    "measurement": {"key": "method_note", "header": "Mode de calcul", "says": "How the value was worked out."},
}
PARTS = ("orchestration", "sources", "quality", "exports", "tools", "dbt_project")
JALON = "from orchestration.cli import main; main()"
SAID = {
    "contribution": "Deux équivalents temps plein.",
    "milestone": "Marché infructueux.",
    "measurement": "Comptage en fin de mois.",
}


@pytest.mark.long
def test_its_answer_is_in_the_marts(project_root: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in PARTS:
        left = shutil.ignore_patterns("__pycache__", "inbox", "target", "logs")
        shutil.copytree(project_root / name, project / name, ignore=left)
    shutil.copy(project_root / "dagster.yaml", project)
    schema = project / "sources" / "workbook" / "schema.yml"
    content = yaml.safe_load(schema.read_text(encoding="utf-8"))
    for sheet in content["sheets"]:
        if sheet["key"] in COLUMNS:
            sheet["columns"].append({**COLUMNS[sheet["key"]], "type": "text", "width": 20, "note": "Facultatif."})
    schema.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")

    home, inbox = tmp_path / "home", tmp_path / "inbox"
    (inbox / "partners" / "DNS").mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(project), "JALON_HOME": str(home), "JALON_INBOX": str(inbox)}

    def run(*command: str) -> None:
        done = subprocess.run(
            [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    run("-m", "tools.workbook_columns")
    run("-c", JALON, "templates", "--session", "CNS-13", "--partner", "DNS", "--out", str(tmp_path / "sent"))
    [template] = (tmp_path / "sent").rglob("*.xlsx")
    book = openpyxl.load_workbook(template)
    answers = {
        "Avancement": ("4-2", {"Avancement": "Deux régions.", "Moyens engagés": SAID["contribution"]}),
        "Jalons": ("4-3.1", {"État": "En bonne voie", "Motif du décalage": SAID["milestone"]}),
        "Indicateurs": ("IND-4-2-1", {"Valeur": 4100, "Période": "T1 2025", "Mode de calcul": SAID["measurement"]}),
    }
    for sheet, (code, said) in answers.items():
        page = book[sheet]
        headers = {cell.value: cell.column for cell in page[4]}
        row = next(line[0].row for line in page.iter_rows(min_row=5) if line[0].value == code)
        for header, answer in said.items():
            page.cell(row, headers[header]).value = answer
    book.save(inbox / "partners" / "DNS" / template.name)
    run("-c", JALON, "report", "--session", "CNS-13")
    with duckdb.connect(str(home / "jalon.duckdb"), read_only=True) as marts:
        found = {
            "contribution": marts.execute("select budget_note from marts.fct_contribution").fetchall(),
            "milestone": marts.execute("select delay_note from marts.fct_commitment_progress").fetchall(),
            "measurement": marts.execute("select method_note from marts.fct_kpi_observation").fetchall(),
        }
    assert {sheet: [answer for (answer,) in rows if answer] for sheet, rows in found.items()} == {
        sheet: [answer] for sheet, answer in SAID.items()
    }
