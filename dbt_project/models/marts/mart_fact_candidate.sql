-- what nobody settled: what waits, what counts already by itself, and what was linked to no KPI
select
    judged.fact_key,
    judged.sha256,
    sources.source_ref,
    judged.as_of as source_as_of,
    case
        when judged.kpi_id is null then 'unlinked'
        when judged.is_accepted then 'accepted'
        else 'waiting'
    end as state,
    judged.waits_for,
    coalesce(judged.action_code, kpis.action_code) as action_code,
    judged.kpi_id,
    kpis.kpi_label,
    judged.role,
    judged.nature,
    judged.value,
    judged.previous_value,
    judged.unit,
    judged.qualifier,
    judged.period_start,
    judged.period_end,
    judged.period_precision,
    judged.quote_prefix,
    judged.quote,
    judged.quote_suffix,
    judged.locator,
    judged.link_confidence
from {{ ref('int_quantity_judged') }} as judged
left join {{ ref('ref_kpi') }} as kpis on judged.kpi_id = kpis.kpi_id
left join {{ ref('dim_source') }} as sources on judged.sha256 = sources.sha256
where judged.decision = 'undecided'
