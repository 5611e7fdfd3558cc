-- Every value a partner sent is on record, and nothing counts twice; every figure has its file and its place there.
select
    'lost or doubled' as problem,
    cast(count(*) as varchar) as detail
from {{ ref('fct_kpi_observation') }}
where source_type in ('lead_submission', 'partner_submission')
having count(*) <> (select count(*) from {{ ref('stg_raw__measurement') }} where value is not null)
union all
select
    'without a source' as problem,
    observation_id as detail
from {{ ref('fct_kpi_observation') }}
where source_type <> 'arbitration' and (sha256 is null or locator is null)
