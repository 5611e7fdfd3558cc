-- Every value a partner sent is on record, and nothing counts twice; every figure has its file and its place there.
with

sent as (
    select count(*) as value_count
    from {{ ref('stg_raw__measurement') }}
    where value is not null and territory_code = 'FR'
),

recorded as (
    select count(*) as value_count
    from {{ ref('fct_kpi_observation') }} as observations
    inner join {{ ref('stg_raw__submission') }} as submissions on observations.sha256 = submissions.sha256
)

select
    'lost or doubled' as problem,
    {{ as_text('recorded.value_count - sent.value_count') }} as detail
from sent
cross join recorded
where recorded.value_count <> sent.value_count
union all
select
    'without a source' as problem,
    observation_id as detail
from {{ ref('fct_kpi_observation') }}
where source_type <> 'arbitration' and (sha256 is null or locator is null)
