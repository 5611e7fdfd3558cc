"""The dialect of Spark, checked on Sail: the same models, data tests, unit tests and marts as on DuckDB, without a JVM.

Sail speaks Spark's protocol and dialect; that it agrees is no proof of Spark (`test_spark.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from sources.files.memo import PROJECT

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (PROJECT / ".venv-sail" / ".ready").exists(), reason="no .venv-sail: `make sail` makes it"),
]


def test_sail_builds_tests_and_gives_what_duckdb_gives(
    hand_made: Path,
    random_sets: Callable[[int], Path],
    differences: Callable[..., list[str]],
    keys: Mapping[str, Sequence[str]],
    tmp_path: Path,
) -> None:
    """All models, data tests and unit tests on what people would say; the models alone on two random sets."""
    sets = {"hand_made": (hand_made, True)} | {f"random{seed}": (random_sets(seed), False) for seed in (1, 2)}
    assert differences("sail", sets, tmp_path, keys) == []
