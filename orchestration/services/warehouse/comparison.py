"""Two DuckDB files with a schema `marts`, compared row by row: types, NULLs, order of lists included."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# of the rows that differ, how many are named
NAMED = 5
# decimal digits that two engines agree on: sums of floating-point numbers depend on their order
ENGINE_DIGITS = 12


@dataclass(frozen=True)
class TableDifference:
    """How one table differs: in its columns, or by rows that only one side has, the first ones by their keys."""

    table: str
    columns: str = ""
    only_in_first: int = 0
    only_in_second: int = 0
    keys: tuple[str, ...] = ()

    def line(self, first: str, second: str) -> str:
        """One line that names the table, the counts and the keys."""
        if self.columns:
            return f"marts.{self.table}: {self.columns}"
        counts = f"{self.only_in_first} rows only in {first}, {self.only_in_second} only in {second}"
        return f"marts.{self.table}: {counts}: {'; '.join(self.keys)}"


def compare_marts(
    first: Path,
    second: Path,
    keys: Mapping[str, Sequence[str]],
    *,
    digits: int | None = None,
    without_sessions: Collection[str] = (),
) -> list[TableDifference]:
    """The tables that differ; [] when every row is the same. duckdb.Error when a file cannot be read.

    `keys` gives the columns that identify a row of each table. `digits` rounds floating-point numbers, for files that
    two engines built. Rows of `without_sessions` are left out: what was published is its snapshot's.
    """
    import duckdb

    with duckdb.connect() as connection:
        _attach(connection, first, second)
        tables = {name: _columns(connection, name) for name in ("a", "b")}
        found = []
        for table in sorted(tables["a"].keys() | tables["b"].keys()):
            difference = _difference(
                connection, table, tables, key=keys.get(table, ()), digits=digits, without_sessions=without_sessions
            )
            if difference is not None:
                found.append(difference)
        return found


@dataclass(frozen=True)
class KeyDifference:
    """A row that differs, by its key: `kind` is row_added, row_removed or row_changed from first to second."""

    table: str
    key: str
    kind: str


def differing_keys(
    first: Path, second: Path, keys: Mapping[str, Sequence[str]], *, session_code: str | None = None
) -> list[KeyDifference]:
    """Every row that differs between two files, by table and key, in order. duckdb.Error when one cannot be read.

    `session_code` leaves the rows of other sessions out.
    """
    import duckdb

    found = []
    with duckdb.connect() as connection:
        _attach(connection, first, second)
        tables = {name: _columns(connection, name) for name in ("a", "b")}
        for table in sorted(tables["a"].keys() & tables["b"].keys()):
            shared = sorted(tables["a"][table].keys() & tables["b"][table].keys())
            named = [name for name in keys.get(table, ()) if name in shared]
            if not named:
                continue
            where = ""
            if session_code is not None and "session_code" in shared:
                where = f" where session_code = '{_quoted(session_code)}'"
            _write_compared(connection, table, ", ".join(f'"{name}"' for name in shared), where)
            listed = ", ".join(f'"{name}"' for name in named)
            rows = connection.execute(
                f"select {listed}, list_sort(list_distinct(list(side))) from compared group by {listed} order by all"
            ).fetchall()
            for *values, sides in rows:
                kind = {(1,): "row_removed", (2,): "row_added"}.get(tuple(sides), "row_changed")
                key = ", ".join(f"{name} {value}" for name, value in zip(named, values, strict=True))
                found.append(KeyDifference(table, key, kind))
    return found


def _attach(connection: Any, first: Path, second: Path) -> None:
    for name, path in (("a", first), ("b", second)):
        connection.execute(f"attach '{_quoted(str(path))}' as {name} (read_only)")


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _write_compared(connection: Any, table: str, columns: str, where: str) -> None:
    """The rows that one side has more of than the other, in a table `compared`."""
    sides = [f'select {columns} from {name}.marts."{table}"{where}' for name in ("a", "b")]
    connection.execute(
        f"create or replace temp table compared as select 1 as side, * from ({sides[0]} except all {sides[1]}) "
        f"union all by name select 2 as side, * from ({sides[1]} except all {sides[0]})"
    )


def _columns(connection: Any, name: str) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ? "
        "and schema_name = 'marts' order by table_name, column_index",
        [name],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def _difference(
    connection: Any,
    table: str,
    tables: Mapping[str, Mapping[str, Mapping[str, str]]],
    *,
    key: Sequence[str],
    digits: int | None,
    without_sessions: Collection[str],
) -> TableDifference | None:
    first, second = tables["a"].get(table), tables["b"].get(table)
    if first is None or second is None:
        return TableDifference(table, columns=f"only in the {'second' if first is None else 'first'} one")
    if first != second:
        changed = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
        kinds = ", ".join(f"{name} ({first.get(name, 'absent')} and {second.get(name, 'absent')})" for name in changed)
        return TableDifference(table, columns=f"columns differ: {kinds}")
    columns = ", ".join(_comparable(name, kind, digits) for name, kind in sorted(first.items()))
    where = ""
    if without_sessions and "session_code" in first:
        listed = ", ".join(f"'{_quoted(code)}'" for code in sorted(without_sessions))
        where = f" where session_code not in ({listed})"
    _write_compared(connection, table, columns, where)
    counts = dict(connection.execute("select side, count(*) from compared group by side").fetchall())
    if not counts:
        return None
    named = [name for name in key if name in first] or sorted(first)[:3]
    listed = ", ".join(f'"{name}"' for name in named)
    rows = connection.execute(f"select distinct {listed} from compared order by all limit {NAMED}").fetchall()
    texts = tuple(", ".join(f"{name} {value}" for name, value in zip(named, row, strict=True)) for row in rows)
    return TableDifference(table, "", counts.get(1, 0), counts.get(2, 0), texts)


def _comparable(name: str, kind: str, digits: int | None) -> str:
    if digits is not None and kind in {"DOUBLE", "FLOAT"}:
        # significant digits, not decimals: values go from shares to billions; + 0 makes -0 the zero it equals
        return f'printf(\'%.{digits}g\', "{name}" + 0.0::double) as "{name}"'
    return f'"{name}"'
