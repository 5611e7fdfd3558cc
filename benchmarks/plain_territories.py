"""The marts of territories as a data engineer would write them by hand: DuckDB SQL, the same rows from the same files.

No dbt, no notes of what was built, no tests: a whole build is one statement a table, a month more is a delete and an
insert where that is enough. Rules, columns and types are those of the models, held to it row by row in
`tests/warehouse/test_territories.py`; a rule that changes there changes here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from sources.landing.store import Reading

# the memory that dbt's profile gives the models, and the order of rows left aside as our loader does for many
SETTINGS = {"memory_limit": "4GB", "preserve_insertion_order": False}
SEEDS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds"
REFERENCE = (
    "ref_kpi",
    "ref_kpi_aggregation",
    "ref_kpi_baseline",
    "ref_commitment",
    "ref_cns_session",
    "ref_action_partner",
    "ref_status_threshold",
    "ref_territory",
)


def build(readings: Sequence[Reading], database: Path) -> None:
    """All readings from nothing: load, current values, put together, gaps, territories, where each stands."""
    database.unlink(missing_ok=True)
    with _open(database) as connection:
        for name in REFERENCE:
            connection.execute(f"create table {name} as from read_csv('{SEEDS}/{name}.csv')")
        connection.execute("create table measurement as from read_parquet(?)", [_files(readings, "measurement")])
        connection.execute("create table submission as from read_parquet(?)", [_files(readings, "submission")])
        connection.execute(f"create table current_value as {CURRENT.format(which='')}")
        connection.execute(f"create table together as {TOGETHER.format(which='')}")
        connection.execute(f"create table gap as {GAP}")
        connection.execute(f"create table territory as {TERRITORY}")
        connection.execute(f"insert into territory {ESTABLISHMENTS.format(which='')}")
        connection.execute(f"create table progress as {PROGRESS}")


def add(reading: Reading, database: Path) -> None:
    """One reading more in the tables of `build`: the periods it speaks of, and what stands on the year's values."""
    with _open(database) as connection:
        measurement = _files([reading], "measurement")
        connection.execute("insert into measurement from read_parquet(?)", [measurement])
        connection.execute("insert into submission from read_parquet(?)", [_files([reading], "submission")])
        touched = connection.execute("select distinct period_end from read_parquet(?)", [measurement]).fetchall()
        which = " and period_end in (" + ", ".join(f"date '{day}'" for (day,) in touched) + ")"
        for table, sql in (("current_value", CURRENT), ("together", TOGETHER)):
            connection.execute(f"delete from {table} where true{which}")
            connection.execute(f"insert into {table} {sql.format(which=which)}")
        connection.execute(f"create or replace table gap as {GAP}")
        connection.execute(f"insert into territory {ESTABLISHMENTS.format(which=which)}")
        connection.execute(f"create or replace table progress as {PROGRESS}")


def take_out(reading: Reading, database: Path) -> None:
    """Take one reading out again, so that `add` can be timed again: it replaces the rest itself."""
    with _open(database) as connection:
        for table in ("measurement", "submission"):
            connection.execute(f"delete from {table} where sha256 = ?", [reading.sha256])


def _open(database: Path) -> Any:
    return duckdb.connect(str(database), config=SETTINGS)


def _files(readings: Sequence[Reading], table: str) -> list[str]:
    return [str(reading.folder / f"{table}.parquet") for reading in readings]


# the lead's word first, then the file received last, then the row that stands lowest; a value taken back leaves nothing
CURRENT = """
select
    kpi_id, territory_code, period_end,
    arg_max_null(value, weight) as value,
    arg_max_null(qualifier, weight) as qualifier,
    arg_max_null(period_precision, weight) as period_precision,
    count(*) as version_count
from (
    select
        kpi_id, territory_code, period_end, period_precision, value, coalesce(qualifier, 'exact') as qualifier,
        case when files.partner_code = lead_partner then 1::bigint << 52 else 0 end
        + (file_rank << 32) + row_number as weight
    from measurement
    inner join (
        select sha256, partner_code, row_number() over (order by received_at, sha256) as file_rank from submission
    ) as files using (sha256)
    left join (
        select kpi_id, partner_code as lead_partner
        from ref_kpi inner join ref_action_partner using (action_code) where role = 'lead'
    ) using (kpi_id)
    where territory_code <> 'FR' and coalesce(nature, 'actual') in ('actual', 'provisional', 'estimated')
    and (value is not null or value_absence = 'SUPPR'){which}
)
group by kpi_id, territory_code, period_end
having arg_max_null(value, weight) is not null
"""

TOGETHER = """
select
    kpi_id,
    case when length(territory_code) = 9 then 'establishment'
         when territory_code[1] = 'R' then 'region' else 'department' end as territory_level,
    period_end, aggregation_rule,
    count(*) as territory_count,
    case aggregation_rule
        when 'sum' then sum(value)
        when 'mean' then avg(value)
        when 'weighted_mean' then sum(value * weight) / nullif(sum(weight), 0)
        when 'last' then arg_max(value, territory_code)
    end as value
from current_value inner join ref_kpi_aggregation using (kpi_id)
left join (select kpi_id as weight_kpi_id, territory_code, period_end, value as weight from current_value
           where kpi_id in (select weight_kpi_id from ref_kpi_aggregation)) as weights
    using (weight_kpi_id, territory_code, period_end)
where true{which}
group by kpi_id, territory_level, period_end, aggregation_rule
"""

# no national figure among the files of the benchmark: every level stands alone, as in `mart_territory_gap`
GAP = """
select
    kpi_id, territory_level, period_end, aggregation_rule, territory_count, value as aggregated_value,
    cast(null as double) as national_value, cast(null as varchar) as national_qualifier, cast(null as double) as gap,
    case when value is null then 'no_weight' else 'no_national_value' end as outcome
from together
"""

TERRITORY = "select territory_code, territory_level, insee_code, territory_label, parent_code from ref_territory"

ESTABLISHMENTS = """
select seen.territory_code, 'establishment', null, seen.territory_code, departments.territory_code
from (select distinct territory_code from current_value where length(territory_code) = 9{which}) as seen
left join territory as departments
    on departments.territory_code = case
        when seen.territory_code[1:2] = '97' then 'D97' || seen.territory_code[4]
        when seen.territory_code[1:4] = '9805' then 'D976'
        else 'D' || seen.territory_code[1:2]
    end
where seen.territory_code not in (select territory_code from territory)
"""

# the latest value of the twelve months before each session, held on its own day against the way from a sourced start to
# the national target of a rate; none of these KPIs has two targets, whose way would bend
PROGRESS = """
with sessions as (
    select
        session_code, cut_off,
        max(value) filter (where parameter = 'on_track_ratio') as on_track_ratio,
        max(value) filter (where parameter = 'at_risk_ratio') as at_risk_ratio,
        max(value) filter (where parameter = 'least_expected_rate') as least_rate
    from ref_cns_session cross join ref_status_threshold
    group by session_code, cut_off
),
targets as (
    select
        session_code, cut_off, commitment_id, kpi_id, target_value, target_qualifier, deadline, direction,
        on_track_ratio, at_risk_ratio, least_rate, ref_kpi_baseline.baseline_value as start_value,
        ref_kpi_baseline.baseline_on as start_on
    from sessions cross join ref_commitment
    inner join ref_kpi using (kpi_id) inner join ref_kpi_aggregation using (kpi_id)
    left join ref_kpi_baseline using (kpi_id)
    where kind = 'target' and aggregation_rule in ('mean', 'weighted_mean')
),
known as (
    select
        session_code, kpi_id, territory_code, arg_max(value, period_end) as value,
        arg_max_null(qualifier, period_end) as qualifier, max(period_end) as period_end,
        arg_max_null(period_precision, period_end) as period_precision
    from current_value inner join sessions
        on period_end <= cut_off and period_end > cast(cut_off - interval 12 month as date)
    group by session_code, kpi_id, territory_code
),
rated as (
    select
        *,
        100.0 * (value - start_value) / nullif(target_value - start_value, 0) as progress_rate,
        -- least and greatest pass over what is null: without a start there is no rate
        case when start_on is not null
            then 100.0 * least(greatest((period_end - start_on) / (deadline - start_on), 0.0), 1.0)
        end as expected_rate,
        case
            when direction = 'up' then case
                when qualifier in ('at_most', 'less_than') or value < target_value then false
                else value > target_value or (qualifier <> 'approx'
                    and (target_qualifier <> 'more_than' or qualifier = 'more_than'))
            end
            when direction = 'down' then case
                when qualifier in ('at_least', 'more_than') or value > target_value then false
                else value < target_value or (qualifier <> 'approx'
                    and (target_qualifier <> 'less_than' or qualifier = 'less_than'))
            end
        end as is_reached
    from known left join targets using (session_code, kpi_id)
)
select
    session_code, kpi_id, territory_code, commitment_id, value, qualifier, period_end, period_precision,
    progress_rate, expected_rate,
    case
        when commitment_id is null then 'no_target'
        when start_value is null then 'no_baseline'
        when progress_rate is null then 'degenerate_target'
        when status = 'not_reported' then 'too_early'
    end as reason,
    status
from (
    select
        *,
        case
            when commitment_id is null then 'not_reported'
            when is_reached then 'achieved'
            when period_end >= deadline then 'late'
            when progress_rate is null or expected_rate is null then 'not_reported'
            when progress_rate < at_risk_ratio * expected_rate and expected_rate >= least_rate then 'late'
            when deadline < cut_off then 'unconfirmed'
            when progress_rate >= on_track_ratio * expected_rate and progress_rate > 0 then 'on_track'
            when expected_rate >= least_rate then 'at_risk'
            else 'not_reported'
        end as status
    from rated
) as judged
"""
