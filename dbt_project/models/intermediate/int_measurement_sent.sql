{{ config(materialized=view_or_table()) }}

with

leads as (
    select
        kpis.kpi_id,
        action_partners.partner_code as lead_partner
    from {{ ref('ref_kpi') }} as kpis
    inner join {{ ref('ref_action_partner') }} as action_partners
        on kpis.action_code = action_partners.action_code and action_partners.role = 'lead'
),

files as (
    select
        submissions.sha256,
        submissions.received_at,
        submissions.origin,
        coalesce(sessions.cut_off, cast(submissions.received_at as date)) as source_as_of
    from {{ ref('stg_raw__submission') }} as submissions
    left join {{ ref('ref_cns_session') }} as sessions on submissions.session_code = sessions.session_code
),

sent as (
    select
        measurements.*,
        files.received_at,
        files.origin,
        files.source_as_of
    from {{ ref('stg_raw__measurement') }} as measurements
    inner join files on measurements.sha256 = files.sha256
    -- figures of territories have a way of their own (int_territory_observation): there may be millions
    where measurements.territory_code = 'FR'
),

-- SUPPR takes back what the same partner sent before: one period, or all the periods of the session when none is named
withdrawals as (
    select
        sent.sha256,
        sent.sheet,
        sent.row_number,
        min(suppressions.source_as_of) as withdrawn_as_of
    from sent
    inner join sent as suppressions
        on
            sent.partner_code = suppressions.partner_code
            and sent.kpi_id = suppressions.kpi_id
            and sent.territory_code = suppressions.territory_code
            and sent.received_at < suppressions.received_at
            and (
                sent.period_end = suppressions.period_end
                or (suppressions.period_end is null and sent.session_code = suppressions.session_code)
            )
    where suppressions.value_absence = 'SUPPR'
    group by sent.sha256, sent.sheet, sent.row_number
)

select
    {{ identifier(["sent.sha256", "'|'", "sent.sheet", "'|'", as_text('sent.row_number')]) }}
        as observation_id,
    sent.kpi_id,
    sent.territory_code,
    -- a figure without a date has the month of its source, never an invented day
    coalesce(sent.period_start, sent.period_end, {{ month_start('sent.source_as_of') }}) as period_start,
    coalesce(sent.period_end, sent.source_as_of) as period_end,
    coalesce(sent.period_precision, case when sent.period_end is null then 'month' else 'day' end) as period_precision,
    sent.value,
    sent.qualifier,
    sent.nature,
    -- a workbook rebuilt from a published report is that report
    case
        when sent.origin = 'reconstituted' then 'progress_report'
        when sent.partner_code = leads.lead_partner then 'lead_submission'
        else 'partner_submission'
    end as source_type,
    sent.sha256,
    sent.locator,
    sent.quote,
    {{ answers_of('measurement', 'sent') }}
    sent.comment,
    sent.session_code,
    case when sent.origin <> 'reconstituted' then sent.partner_code end as partner_code,
    sent.received_at as recorded_at,
    sent.source_as_of,
    withdrawals.withdrawn_as_of
from sent
left join leads on sent.kpi_id = leads.kpi_id
left join withdrawals
    on
        sent.sha256 = withdrawals.sha256
        and sent.sheet = withdrawals.sheet
        and sent.row_number = withdrawals.row_number
where sent.value is not null
