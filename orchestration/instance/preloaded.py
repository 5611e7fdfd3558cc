"""What the worker holds in memory before any run is asked for: the code, and the dbt manifest where there is one."""

import dagster._cli.api
import dbt.cli.main
import dbt.contracts.graph.manifest
import duckdb
import pdfplumber
import python_calamine

import exports.rendering
import orchestration.definitions
import orchestration.instance.history
import orchestration.instance.launcher
import sources.workbook.loading
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.dbt_build import hold
from quality.suites import load_library

load_library()
hold(Paths.from_environment())

__all__ = [
    "dagster",
    "dbt",
    "duckdb",
    "exports",
    "orchestration",
    "pdfplumber",
    "python_calamine",
    "sources",
]
