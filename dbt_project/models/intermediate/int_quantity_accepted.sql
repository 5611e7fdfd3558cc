{{ config(materialized='view') }}

with

-- the last decision on each fact; it holds for the next version of a document too, where that says the same
decisions as (
    select
        fact_key,
        {{ latest_said('decision', ['received_at', 'decision_id']) }} as decision,
        {{ latest_said("case when decision = 'corrected' then value end", ['received_at', 'decision_id']) }}
            as corrected_value
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'fact'
    group by fact_key
),

judged as (
    select
        quantities.*,
        documents.kind,
        documents.session_code,
        documents.received_at,
        documents.as_of,
        decisions.corrected_value,
        coalesce(decisions.decision, 'undecided') as decision
    from {{ ref('stg_raw__document_quantity') }} as quantities
    inner join {{ ref('stg_raw__document') }} as documents on quantities.sha256 = documents.sha256
    left join decisions on quantities.fact_key = decisions.fact_key
    where quantities.kpi_id is not null and quantities.value is not null
)

select
    {{ fact_identifier() }} as observation_id,
    kpi_id,
    'FR' as territory_code,
    coalesce(period_start, period_end, as_of) as period_start,
    coalesce(period_end, as_of) as period_end,
    coalesce(period_precision, 'day') as period_precision,
    case when decision = 'corrected' then coalesce(corrected_value, value) else value end as value,
    qualifier,
    case when kind = 'progress_report' then 'progress_report' else 'document' end as source_type,
    sha256,
    locator,
    quote,
    {{ as_text('null') }} as comment,
    session_code,
    {{ as_text('null') }} as partner_code,
    received_at as recorded_at,
    as_of as source_as_of,
    cast(null as date) as withdrawn_as_of
from judged
where
    decision in ('validated', 'corrected')
    or (decision = 'undecided' and kind = 'progress_report' and link_confidence >= 1)
