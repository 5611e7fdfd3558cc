"""Run by the Python of .venv-sail or .venv-spark: build sets of raw tables by dbt, write their marts as Parquet.

Arguments: the engine (`sail` or `spark`), the dbt project, a folder of the work. Each folder of it is one set:
`asked.json` (the tables of each schema with their columns, the marts, whether all is tested) and `<schema>/<table>/`.
One session builds all sets in turn. Ends with 1 and what failed when a node did.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession


def main(engine: str, project: Path, work: Path) -> int:
    """Build everything but unit tests, then those: one that fails keeps no model from being built."""
    os.environ["JALON_HOME"] = str(work)
    profiles, server = project, None
    if engine == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer()
        server.start()
        os.environ["SPARK_REMOTE"] = f"sc://127.0.0.1:{server.listening_address[1]}"
        profiles = Path(__file__).parent
    else:
        os.environ["JALON_ENGINE"] = "spark"
    places = {
        "--project-dir": project,
        "--profiles-dir": profiles,
        "--target-path": work / "target",
        "--log-path": work / "logs",
    }
    options = [
        *(str(part) for pair in places.items() for part in pair),
        *("--quiet", "--no-send-anonymous-usage-stats", "--no-write-json"),
    ]
    parsed = dbtRunner().invoke(["parse", *options]).result
    if engine == "spark":  # with the settings of the profile
        dbtRunner(manifest=parsed).invoke(["run-operation", "run_statements", "--args", "{statements: []}", *options])
    remote = os.environ.get("SPARK_REMOTE")
    session = (SparkSession.builder.remote(remote) if remote else SparkSession.builder).getOrCreate()
    failed = max(build(session, folder.parent, parsed, options) for folder in sorted(work.glob("*/asked.json")))
    session.stop()
    if server is not None:
        server.stop()
    return failed


def build(session: SparkSession, folder: Path, parsed: Any, options: list[str]) -> int:
    """One set, in the session that dbt has too: its tables, the build, its marts."""
    asked = json.loads((folder / "asked.json").read_text())
    for schema, tables in asked["tables"].items():
        session.sql(f"create schema if not exists {schema}")
        for table, columns in tables.items():
            listed = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
            session.sql(f"drop table if exists {schema}.{table}")
            session.sql(f"create table {schema}.{table} ({listed}) using parquet location '{folder}/{schema}/{table}'")
    failed = 0
    commands = [["run", "--full-refresh"]]
    if asked["is_tested"]:
        commands = [
            ["build", "--full-refresh", "--exclude-resource-type", "unit_test"],
            ["test", "--select", "test_type:unit"],
        ]
    for command in commands:
        outcome = dbtRunner(manifest=parsed).invoke([*command, *options])
        results = getattr(outcome.result, "results", None) or []
        for result in results:
            if str(result.status) not in {"success", "pass", "warn", "no-op"}:
                failed += 1
                sys.stdout.write(f"{folder.name}: {result.node.unique_id}: {result.status}: {result.message}\n")
        if outcome.exception is not None or not results:
            sys.stdout.write(f"{command[0]}: {outcome.exception}\n")
            return 1
    for table in asked["marts"]:
        session.table(f"marts.{table}").write.parquet(f"{folder}/marts/{table}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
