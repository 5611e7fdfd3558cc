"""Figures of territories by the million: the landing's files.

KPI × territory × month, all invented, from a seed; each month's file also corrects one figure in fifty of the month
before. The files are those the landing would hold, so that what is timed begins where the real line does.
"""

import hashlib
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import plain_territories
from benchmarks.data import MONTHS, SEED, month_end
from sources.landing.load import SQL_TYPES
from sources.landing.store import Reading
from sources.landing.tables import COLUMNS

CORRECTED = 50  # one figure in so many
KEY = "bench"


def write(home: Path, observations: int, months: int = MONTHS) -> list[Reading]:
    """One reading a month, about `observations` rows in all; those already there are left."""
    readings = []
    with duckdb.connect() as connection:
        kpis = [row[0] for row in _kpis(connection, 20 if observations <= 20_000_000 else 100)]
        territories = max(1, observations // (len(kpis) * months))
        connection.execute("create table kpi as select unnest(?::varchar[]) as kpi_id", [kpis])
        connection.execute(_TERRITORY, [territories])
        for number in range(months):
            reading = _reading(home, number)
            if not reading.folder.exists():
                _write_month(connection, reading, number)
            readings.append(reading)
    return readings


def read(home: Path, months: int) -> list[Reading]:
    """The first `months` readings that `write` left."""
    return [_reading(home, number) for number in range(months)]


def _reading(home: Path, number: int) -> Reading:
    sha256 = hashlib.sha256(f"{SEED} {number}".encode()).hexdigest()
    name = f"{sha256}.{KEY}"
    folder = home / "landing" / "readings" / "submissions" / name
    return Reading("submissions", sha256, KEY, folder, home / "quarantine" / name)


def _kpis(connection: Any, count: int) -> list[tuple[str]]:
    seeds = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds" / "ref_kpi.csv"
    found: list[tuple[str]] = connection.execute(
        f"select kpi_id from read_csv('{seeds}') order by kpi_id limit {count}"
    ).fetchall()
    return found


# the first hundred and nineteen are regions and departments, the others FINESS numbers of no establishment
_TERRITORY = f"""
create table territory as
with listed as (
    select territory_code, row_number() over (order by territory_code) as number
    from read_csv('{Path(__file__).resolve().parents[1]}/dbt_project/seeds/ref_territory.csv', all_varchar = true)
    where territory_level <> 'country'
)
select coalesce(listed.territory_code, printf('%02d%07d', 1 + numbers.number % 95, numbers.number)) as territory_code
from (select unnest(range(1, ? + 1)) as number) as numbers
left join listed on numbers.number = listed.number
"""


def _write_month(connection: Any, reading: Reading, number: int) -> None:
    aside = reading.folder.with_suffix(".aside")
    aside.mkdir(parents=True, exist_ok=True)
    said = {
        "sha256": f"'{reading.sha256}'",
        "session_code": "'CNS-13'",
        "partner_code": "'DNS'",
        "kpi_id": "kpi_id",
        "territory_code": "territory_code",
        "value": f"(hash(kpi_id, territory_code, month, round, {SEED}) % 1000000) / 10.0",
        "qualifier": "'exact'",
        "period_start": "date_trunc('month', period_end)",
        "period_end": "period_end",
        "period_precision": "'month'",
        "sheet": "'Indicateurs'",
        "row_number": "row_number() over ()",
        "locator": "'Indicateurs'",
    }
    columns = ", ".join(
        f"cast({said.get(name, 'null')} as {SQL_TYPES[kind]}) as {name}"
        for name, kind in COLUMNS["measurement"].items()
    )
    before = f"""
        union all
        select kpi_id, territory_code, {number - 1} as month, date '{month_end(number - 1)}' as period_end, 1 as round
        from kpi cross join territory where hash(territory_code, kpi_id, {number}) % {CORRECTED} = 0
    """
    connection.execute(f"""
        copy (
            select {columns} from (
                select kpi_id, territory_code, {number} as month, date '{month_end(number)}' as period_end, 0 as round
                from kpi cross join territory
                {before if number else ""}
            )
        ) to '{aside}/measurement.parquet' (format parquet, compression zstd)
    """)
    received = f"timestamptz '2022-02-10 08:00:00+00' + interval {number} month"
    sent = {"sha256": f"'{reading.sha256}'", "partner_code": "'DNS'", "session_code": "'CNS-13'",
            "verdict": "'accepted'", "origin": "'partner'", "received_at": received,
            "file_name": f"'{number}.xlsx'"}  # fmt: skip
    columns = ", ".join(
        f"cast({sent.get(name, 'null')} as {SQL_TYPES[kind]}) as {name}" for name, kind in COLUMNS["submission"].items()
    )
    connection.execute(f"copy (select {columns}) to '{aside}/submission.parquet' (format parquet)")
    aside.rename(reading.folder)


def plain_build(home: Path, database: Path, months: int) -> None:
    """All months in plain SQL, from the same files."""
    plain_territories.build(read(home, months), database)


def plain_month(home: Path, database: Path, number: int) -> None:
    """One more month in the tables of `plain_build`."""
    plain_territories.add(_reading(home, number), database)


def plain_undo(home: Path, database: Path, number: int) -> None:
    """Take one month out of the plain tables again, so that it can be added again."""
    plain_territories.take_out(_reading(home, number), database)
