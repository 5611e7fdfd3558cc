with

-- only the lead of an action speaks of its milestones
sent as (
    select
        reports.*,
        submissions.received_at
    from {{ ref('stg_raw__milestone_report') }} as reports
    inner join {{ ref('stg_raw__submission') }} as submissions on reports.sha256 = submissions.sha256
    inner join {{ ref('ref_commitment') }} as commitments on reports.commitment_id = commitments.commitment_id
    inner join {{ ref('ref_action_partner') }} as leads
        on
            commitments.action_code = leads.action_code
            and reports.partner_code = leads.partner_code
            and leads.role = 'lead'
),

-- SUPPR takes back everything said before it of that milestone, dates and evidence included
standing as (
    select
        *,
        max(case when status_absence = 'SUPPR' then received_at end)
            over (partition by session_code, commitment_id) as withdrawn_at
    from sent
)

select
    session_code,
    commitment_id,
    {{ latest_said('declared_status', ['received_at', 'sha256']) }} as declared_status,
    {{ latest_said('forecast_on', ['received_at', 'sha256']) }} as forecast_on,
    {{ latest_said('forecast_precision', ['received_at', 'sha256']) }} as forecast_precision,
    {{ latest_said('actual_on', ['received_at', 'sha256']) }} as actual_on,
    {{ latest_said('actual_on_precision', ['received_at', 'sha256']) }} as actual_on_precision,
    {{ latest_said('evidence', ['received_at', 'sha256']) }} as evidence,
    {{ latest_said('sha256', ['received_at', 'sha256']) }} as sha256,
    {{ latest_said('locator', ['received_at', 'sha256']) }} as locator
from standing
where withdrawn_at is null or received_at > withdrawn_at
group by session_code, commitment_id
