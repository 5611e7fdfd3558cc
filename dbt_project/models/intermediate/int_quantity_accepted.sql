{{ config(materialized=view_or_table()) }}

select
    {{ fact_identifier() }} as observation_id,
    kpi_id,
    'FR' as territory_code,
    period_start,
    period_end,
    period_precision,
    value,
    qualifier,
    nature,
    case when kind = 'progress_report' then 'progress_report' else 'document' end as source_type,
    sha256,
    locator,
    quote,
    {{ answers_none('measurement') }}
    {{ as_text('null') }} as comment,
    session_code,
    {{ as_text('null') }} as partner_code,
    received_at as recorded_at,
    as_of as source_as_of,
    cast(null as date) as withdrawn_as_of
from {{ ref('int_quantity_judged') }}
-- a forecast or a plan is never a measure, whoever validated it
where is_accepted and nature in ('actual', 'provisional', 'estimated')
