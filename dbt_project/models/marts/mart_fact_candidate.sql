with

decided as (
    select distinct fact_key
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'fact'
),

linked as (
    select
        *,
        {{ fact_identifier() }} as observation_id
    from {{ ref('stg_raw__document_quantity') }}
    where kpi_id is not null and value is not null
)

-- neither settled by a person nor sure enough to enter by itself
select
    linked.fact_key,
    linked.sha256,
    sources.source_ref,
    documents.as_of as source_as_of,
    coalesce(linked.action_code, kpis.action_code) as action_code,
    linked.kpi_id,
    kpis.kpi_label,
    linked.value,
    linked.unit,
    linked.qualifier,
    coalesce(linked.period_start, linked.period_end, documents.as_of) as period_start,
    coalesce(linked.period_end, documents.as_of) as period_end,
    coalesce(linked.period_precision, 'day') as period_precision,
    linked.quote_prefix,
    linked.quote,
    linked.quote_suffix,
    linked.locator,
    linked.link_confidence
from linked
inner join {{ ref('stg_raw__document') }} as documents on linked.sha256 = documents.sha256
inner join {{ ref('ref_kpi') }} as kpis on linked.kpi_id = kpis.kpi_id
left join {{ ref('dim_source') }} as sources on linked.sha256 = sources.sha256
left join decided on linked.fact_key = decided.fact_key
left join {{ ref('int_quantity_accepted') }} as accepted on linked.observation_id = accepted.observation_id
where decided.fact_key is null and accepted.observation_id is null
