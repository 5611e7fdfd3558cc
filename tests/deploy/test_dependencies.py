"""What Jalon is made of: pinned with hashes, listed, under licences somebody looked at."""

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.version import Version

from orchestration.services.runtime.paths import PROJECT
from tools.licences import TARGET, document, installed, shipped

LOCK = PROJECT / "requirements.lock"
BIN = Path(sys.executable).parent


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_pinned_package_has_its_hashes() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.read_text())
    pins = [block for block in blocks if "==" in block.splitlines()[0]]
    assert len(pins) > 150
    assert [block.splitlines()[0] for block in pins if "--hash=sha256:" not in block] == []
    assert "index-url" not in LOCK.read_text()


def test_the_audit_reads_the_whole_lock() -> None:
    done = subprocess.run(
        [BIN / "pip-audit", "--requirement", LOCK, "--disable-pip", "--require-hashes", "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read = re.search(r"would have audited (\d+) packages", done.stderr)
    assert read is not None, done.stderr
    assert int(read.group(1)) > 150


def test_no_pin_is_older_than_the_fix_of_an_advisory_that_was_found() -> None:
    page = (
        (PROJECT / "docs" / "security" / "dependencies.md")
        .read_text(encoding="utf-8")
        .partition("## Known vulnerabilities")[2]
    )
    fixed = dict(re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| ([0-9.]+) \|$", page, re.M))
    assert len(fixed) > 15
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), re.M)
    pinned = {plain(name): Version(version) for name, version in pins}
    assert {name: str(pinned[name]) for name, version in fixed.items() if pinned[name] < Version(version)} == {}


def test_the_bill_of_materials_names_every_installed_package(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    command = [BIN / "cyclonedx-py", "environment", sys.prefix, "--pyproject", PROJECT / "pyproject.toml"]
    subprocess.run(
        # validated by `make sbom`: half a minute
        [*command, "--output-reproducible", "--no-validate", "-o", target],
        check=True,
        capture_output=True,
    )
    bill = json.loads(target.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "jalon"
    here = {plain(item.metadata["Name"]) for item in distributions()} - {"jalon"}
    assert {plain(component["name"]) for component in bill["components"]} >= here
    root = bill["metadata"]["component"]["bom-ref"]
    (needs,) = [item["dependsOn"] for item in bill["dependencies"] if item["ref"] == root]
    assert any("dagster==" in need or "dagster-" in need or need.startswith("dagster") for need in needs)


def test_every_licence_was_looked_at() -> None:
    packages = installed()
    assert [f"{package.name}: {package.licence}" for package in packages if not package.is_accepted] == []
    needed = shipped()
    assert {"dagster", "duckdb", "psycopg2-binary"} <= needed
    assert "pytest" not in needed
    listed = set(re.findall(r"^\| \[?([A-Za-z0-9._-]+)", TARGET.read_text(), re.M))
    wanted = set(re.findall(r"^\| \[?([A-Za-z0-9._-]+)", document(packages, needed), re.M))
    assert wanted - listed == set(), "run `make licences` and commit docs/security/licences.md"
