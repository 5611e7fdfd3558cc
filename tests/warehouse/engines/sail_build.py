"""Run by the Python of .venv-sail: build and test the dbt project on a Sail server, write its marts as Parquet.

Arguments: the dbt project, a folder that holds `asked.json` (the tables of `raw` with their columns, the marts) and
`raw/<table>/`. Ends with 1 and what failed when a node did.
"""

import json
import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession


def main(project: Path, work: Path) -> int:
    """Build everything but unit tests, then those: one that fails keeps no model from being built."""
    asked = json.loads((work / "asked.json").read_text())
    server = SparkConnectServer()
    server.start()
    os.environ |= {"SPARK_REMOTE": f"sc://127.0.0.1:{server.listening_address[1]}", "JALON_HOME": str(work)}
    session = SparkSession.builder.remote(os.environ["SPARK_REMOTE"]).getOrCreate()
    session.sql("create schema raw")
    for table, columns in asked["tables"].items():
        listed = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
        session.sql(f"create table raw.{table} ({listed}) using parquet location '{work}/raw/{table}'")
    profiles = Path(__file__).parent
    places = [
        "--project-dir",
        project,
        "--profiles-dir",
        profiles,
        "--target-path",
        work / "target",
        "--log-path",
        work / "logs",
    ]
    failed = 0
    for command in (["build", "--exclude-resource-type", "unit_test"], ["test", "--select", "test_type:unit"]):
        outcome = dbtRunner().invoke([*command, *map(str, places), "--quiet", "--no-send-anonymous-usage-stats"])
        results = getattr(outcome.result, "results", None) or []
        for result in results:
            if str(result.status) not in {"success", "pass", "warn"}:
                failed += 1
                sys.stdout.write(f"{result.node.unique_id}: {result.status}: {result.message}\n")
        if outcome.exception is not None or not results:
            sys.stdout.write(f"{command[0]}: {outcome.exception}\n")
            return 1
    for table in asked["marts"]:
        session.table(f"marts.{table}").write.parquet(f"{work}/marts/{table}")
    server.stop()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
