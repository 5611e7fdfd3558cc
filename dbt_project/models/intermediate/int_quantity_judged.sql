{{ config(materialized=view_or_table()) }}

with

-- the last decision on each fact; it holds for the next version of a document too, where that has the same
decisions as (
    select
        fact_key,
        {{ latest_said('decision', ['received_at', 'decision_id']) }} as decision
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'fact'
    group by fact_key
),

corrections as (
    select
        fact_key,
        {{ latest_said('value', ['received_at', 'decision_id']) }} as value,
        {{ latest_said('new_kpi_id', ['received_at', 'decision_id']) }} as kpi_id,
        {{ latest_said('new_period_start', ['received_at', 'decision_id']) }} as period_start,
        {{ latest_said('new_period_end', ['received_at', 'decision_id']) }} as period_end,
        {{ latest_said('new_period_precision', ['received_at', 'decision_id']) }} as period_precision
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'fact' and decision = 'corrected'
    group by fact_key
),

decided as (
    select
        quantities.sha256,
        quantities.quantity_rank,
        quantities.fact_key,
        quantities.action_code,
        quantities.link_confidence,
        quantities.role,
        quantities.nature,
        quantities.doubts,
        quantities.unit,
        quantities.qualifier,
        quantities.quote,
        quantities.quote_prefix,
        quantities.quote_suffix,
        quantities.locator,
        documents.kind,
        documents.session_code,
        documents.received_at,
        documents.as_of,
        coalesce(decisions.decision, 'undecided') as decision,
        coalesce(corrections.kpi_id, quantities.kpi_id) as kpi_id,
        coalesce(corrections.value, quantities.value) as value,
        case when corrections.period_end is null then quantities.period_start else corrections.period_start end
            as period_start,
        coalesce(corrections.period_end, quantities.period_end) as period_end,
        case when corrections.period_end is null then quantities.period_precision else corrections.period_precision end
            as period_precision
    from {{ ref('stg_raw__document_quantity') }} as quantities
    inner join {{ ref('int_document_current') }} as documents on quantities.sha256 = documents.sha256
    left join decisions on quantities.fact_key = decisions.fact_key
    left join corrections on quantities.fact_key = corrections.fact_key and decisions.decision = 'corrected'
    where quantities.value is not null
),

dated as (
    select
        decided.*,
        -- a figure that no words date has the month of its document, up to that day
        coalesce(decided.period_start, decided.period_end, {{ month_start('decided.as_of') }}) as counted_start,
        coalesce(decided.period_end, decided.as_of) as counted_end,
        coalesce(decided.period_precision, case when decided.period_end is null then 'month' else 'day' end)
            as counted_precision
    from decided
),

-- what its own text leaves no doubt of; whether it fits what was known before comes next
certain as (
    select *
    from dated
    where
        decision = 'undecided'
        and kind = 'progress_report'
        and kpi_id is not null
        and link_confidence >= 1
        and nature in ('actual', 'provisional', 'estimated')
        and doubts is null
),

known as (
    select
        kpi_id,
        period_end as counted_end,
        value
    from {{ ref('int_measurement_sent') }}
    where territory_code = 'FR' and withdrawn_as_of is null
    union all
    select
        kpi_id,
        counted_end,
        value
    from dated
    where decision in ('validated', 'corrected') and kpi_id is not null
    union all
    select
        kpi_id,
        counted_end,
        value
    from certain
),

previous as (
    select
        certain.sha256,
        certain.fact_key,
        {{ latest_said('known.value', ['known.counted_end', 'known.value']) }} as previous_value
    from certain
    inner join known on certain.kpi_id = known.kpi_id and certain.counted_end > known.counted_end
    group by certain.sha256, certain.fact_key
)

select
    dated.sha256,
    dated.quantity_rank,
    dated.fact_key,
    dated.action_code,
    dated.kpi_id,
    dated.link_confidence,
    dated.role,
    dated.nature,
    dated.value,
    dated.unit,
    dated.qualifier,
    dated.counted_start as period_start,
    dated.counted_end as period_end,
    dated.counted_precision as period_precision,
    dated.quote,
    dated.quote_prefix,
    dated.quote_suffix,
    dated.locator,
    dated.kind,
    dated.session_code,
    dated.received_at,
    dated.as_of,
    dated.decision,
    previous.previous_value,
    case
        when dated.decision in ('validated', 'corrected') then dated.kpi_id is not null
        when certain.fact_key is null then false
        else not {{ jumps('dated.value', 'previous.previous_value', 'dated.unit', 'kpis.measure_kind') }}
    end as is_accepted,
    -- why a person is asked, the first reason first
    case
        when dated.decision <> 'undecided' then null
        when dated.kpi_id is null then 'no_kpi'
        when dated.doubts is not null then dated.doubts
        when dated.nature in ('forecast', 'planned') then dated.nature
        when dated.kind <> 'progress_report' then 'not_a_report'
        when dated.link_confidence < 1 then 'link'
        when {{ jumps('dated.value', 'previous.previous_value', 'dated.unit', 'kpis.measure_kind') }} then 'jump'
    end as waits_for
from dated
left join certain on dated.sha256 = certain.sha256 and dated.fact_key = certain.fact_key
left join previous on dated.sha256 = previous.sha256 and dated.fact_key = previous.fact_key
left join {{ ref('ref_kpi') }} as kpis on dated.kpi_id = kpis.kpi_id
