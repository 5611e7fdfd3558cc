with

leads as (
    select
        kpis.kpi_id,
        action_partners.partner_code as lead_partner
    from {{ ref('ref_kpi') }} as kpis
    inner join {{ ref('ref_action_partner') }} as action_partners
        on kpis.action_code = action_partners.action_code and action_partners.role = 'lead'
),

-- what partners wrote in their workbooks: values, and the withdrawals of values
sent as (
    select
        measurements.*,
        submissions.received_at,
        leads.lead_partner,
        coalesce(sessions.cut_off, cast(submissions.received_at as date)) as source_as_of
    from {{ ref('stg_raw__measurement') }} as measurements
    inner join {{ ref('stg_raw__submission') }} as submissions on measurements.sha256 = submissions.sha256
    left join {{ ref('ref_cns_session') }} as sessions on measurements.session_code = sessions.session_code
    left join leads on measurements.kpi_id = leads.kpi_id
),

measured as (
    select
        {{ identifier(["sha256", "'|'", "sheet", "'|'", "cast(row_number as varchar)"]) }} as observation_id,
        *
    from sent
    where value is not null
),

-- SUPPR takes back what the same partner sent before: one period, or all the periods of the session when none is named
withdrawn as (
    select
        measured.observation_id,
        min(suppressions.source_as_of) as withdrawn_as_of
    from measured
    inner join sent as suppressions
        on
            suppressions.value_absence = 'SUPPR'
            and measured.partner_code = suppressions.partner_code
            and measured.kpi_id = suppressions.kpi_id
            and measured.territory_code = suppressions.territory_code
            and measured.received_at < suppressions.received_at
            and (
                measured.period_end = suppressions.period_end
                or (suppressions.period_end is null and measured.session_code = suppressions.session_code)
            )
    group by measured.observation_id
),

from_submissions as (
    select
        measured.observation_id,
        measured.kpi_id,
        measured.territory_code,
        coalesce(measured.period_start, measured.period_end, measured.source_as_of) as period_start,
        coalesce(measured.period_end, measured.source_as_of) as period_end,
        coalesce(measured.period_precision, 'day') as period_precision,
        measured.value,
        measured.qualifier,
        case when measured.partner_code = measured.lead_partner then 'lead_submission' else 'partner_submission' end
            as source_type,
        measured.sha256,
        measured.locator,
        measured.quote,
        measured.comment,
        measured.session_code,
        measured.partner_code,
        measured.received_at as recorded_at,
        measured.source_as_of,
        withdrawn.withdrawn_as_of
    from measured
    left join withdrawn on measured.observation_id = withdrawn.observation_id
),

fact_decisions as (
    select
        fact_sha256,
        fact_rank,
        {{ latest_said('decision', ['received_at', 'decision_id']) }} as decision,
        {{ latest_said("case when decision = 'corrected' then value end", ['received_at', 'decision_id']) }}
            as corrected_value
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'fact'
    group by fact_sha256, fact_rank
),

-- what documents say: certain figures of a progress report by themselves, all others once a person has said yes
from_documents as (
    select
        {{ identifier(["quantities.sha256", "'|'", "cast(quantities.quantity_rank as varchar)"]) }} as observation_id,
        quantities.kpi_id,
        'FR' as territory_code,
        coalesce(quantities.period_start, quantities.period_end, documents.as_of) as period_start,
        coalesce(quantities.period_end, documents.as_of) as period_end,
        coalesce(quantities.period_precision, 'day') as period_precision,
        case when decisions.decision = 'corrected' then decisions.corrected_value else quantities.value end as value,
        quantities.qualifier,
        case when documents.kind = 'progress_report' then 'progress_report' else 'document' end as source_type,
        quantities.sha256,
        quantities.locator,
        quantities.quote,
        cast(null as varchar) as comment,
        documents.session_code,
        cast(null as varchar) as partner_code,
        documents.received_at as recorded_at,
        documents.as_of as source_as_of,
        cast(null as date) as withdrawn_as_of
    from {{ ref('stg_raw__document_quantity') }} as quantities
    inner join {{ ref('stg_raw__document') }} as documents on quantities.sha256 = documents.sha256
    left join fact_decisions as decisions
        on quantities.sha256 = decisions.fact_sha256 and quantities.quantity_rank = decisions.fact_rank
    where
        quantities.kpi_id is not null
        and quantities.value is not null
        and (
            decisions.decision in ('validated', 'corrected')
            or (
                decisions.decision is null
                and documents.kind = 'progress_report'
                and quantities.link_confidence >= 1
            )
        )
),

-- the DNS's own word on a value: it takes the period as the sources wrote it
arbitrated_periods as (
    select
        decisions.decision_id,
        min(observations.period_start) as period_start,
        min(observations.period_precision) as period_precision
    from {{ ref('stg_raw__decision') }} as decisions
    inner join (
        select
            kpi_id,
            territory_code,
            period_end,
            period_start,
            period_precision
        from from_submissions
        union all
        select
            kpi_id,
            territory_code,
            period_end,
            period_start,
            period_precision
        from from_documents
    ) as observations
        on
            decisions.kpi_id = observations.kpi_id
            and decisions.territory_code = observations.territory_code
            and decisions.period_end = observations.period_end
    group by decisions.decision_id
),

from_decisions as (
    select
        {{ identifier(["'decision|'", "decisions.decision_id"]) }} as observation_id,
        decisions.kpi_id,
        decisions.territory_code,
        coalesce(periods.period_start, decisions.period_end) as period_start,
        decisions.period_end,
        coalesce(periods.period_precision, 'day') as period_precision,
        decisions.value,
        'exact' as qualifier,
        'arbitration' as source_type,
        cast(null as varchar) as sha256,
        cast(null as varchar) as locator,
        cast(null as varchar) as quote,
        decisions.reason as comment,
        decisions.session_code,
        cast(null as varchar) as partner_code,
        decisions.received_at as recorded_at,
        coalesce(sessions.cut_off, decisions.decided_on) as source_as_of,
        cast(null as date) as withdrawn_as_of
    from {{ ref('stg_raw__decision') }} as decisions
    left join {{ ref('ref_cns_session') }} as sessions on decisions.session_code = sessions.session_code
    left join arbitrated_periods as periods on decisions.decision_id = periods.decision_id
    where
        decisions.subject_kind in ('value', 'conflict')
        and decisions.value is not null
        and decisions.kpi_id is not null
        and decisions.period_end is not null
),

unioned as (
    select * from from_submissions
    union all
    select * from from_documents
    union all
    select * from from_decisions
)

select
    *,
    {{ source_priority('source_type') }} as source_priority
from unioned
