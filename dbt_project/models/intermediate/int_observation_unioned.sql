{{ config(materialized=view_or_table()) }}

with

-- the same columns in the same order, which a test compares
said as (
    select * from {{ ref('int_measurement_sent') }}
    union all
    select * from {{ ref('int_quantity_accepted') }}
),

arbitrated as (
    select
        {{ identifier(["'decision|'", "decision_id"]) }} as observation_id,
        kpi_id,
        territory_code,
        kept_start as period_start,
        kept_end as period_end,
        kept_precision as period_precision,
        value,
        qualifier,
        'actual' as nature,
        'arbitration' as source_type,
        {{ as_text('null') }} as sha256,
        {{ as_text('null') }} as locator,
        {{ as_text('null') }} as quote,
        {{ answers_none('measurement') }}
        reason as comment,
        session_code,
        {{ as_text('null') }} as partner_code,
        received_at as recorded_at,
        source_as_of,
        changed_as_of as withdrawn_as_of
    from {{ ref('int_figure_decided') }}
    where value is not null
),

standing as (
    select
        said.observation_id,
        said.kpi_id,
        said.territory_code,
        said.period_start,
        said.period_end,
        said.period_precision,
        said.value,
        said.qualifier,
        said.nature,
        said.source_type,
        said.sha256,
        said.locator,
        said.quote,
        {{ answers_of('measurement', 'said') }}
        said.comment,
        said.session_code,
        said.partner_code,
        said.recorded_at,
        said.source_as_of,
        case
            when settled.decision_id is null then said.withdrawn_as_of
            when said.withdrawn_as_of < settled.source_as_of then said.withdrawn_as_of
            else settled.source_as_of
        end as withdrawn_as_of
    from said
    left join {{ ref('int_figure_decided') }} as settled
        on
            said.kpi_id = settled.kpi_id
            and said.territory_code = settled.territory_code
            and said.period_end = settled.period_end
            and said.recorded_at <= settled.received_at
            and settled.is_closing
),

unioned as (
    select * from standing
    union all
    select * from arbitrated
)

select
    observation_id,
    kpi_id,
    territory_code,
    period_start,
    period_end,
    period_precision,
    value,
    qualifier,
    nature,
    source_type,
    sha256,
    locator,
    quote,
    {{ answers_of('measurement') }}
    comment,
    session_code,
    partner_code,
    recorded_at,
    source_as_of,
    withdrawn_as_of,
    {{ source_priority('source_type') }} as source_priority
from unioned
