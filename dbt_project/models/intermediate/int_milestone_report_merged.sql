{{ config(materialized=view_or_table()) }}

with

-- only the lead of an action speaks of its milestones
sent as (
    select
        reports.*,
        submissions.received_at,
        submissions.origin = 'reconstituted' as is_reconstituted
    from {{ ref('stg_raw__milestone_report') }} as reports
    inner join {{ ref('stg_raw__submission') }} as submissions on reports.sha256 = submissions.sha256
    inner join {{ ref('ref_commitment') }} as commitments on reports.commitment_id = commitments.commitment_id
    inner join {{ ref('ref_action_partner') }} as leads
        on
            commitments.action_code = leads.action_code
            and reports.partner_code = leads.partner_code
            and leads.role = 'lead'
),

-- SUPPR takes back every earlier answer of that milestone, dates and evidence included
withdrawals as (
    select
        session_code,
        commitment_id,
        max(received_at) as withdrawn_at
    from sent
    where status_absence = 'SUPPR'
    group by session_code, commitment_id
),

-- the last answer of each field: a blank, NC or a row left out of a resubmission erases nothing
merged as (
    select
        sent.session_code,
        sent.commitment_id,
        {{ latest_said('sent.declared_status', ['sent.received_at', 'sent.sha256']) }} as declared_status,
        {{ latest_said('sent.forecast_on', ['sent.received_at', 'sent.sha256']) }} as forecast_on,
        {{ latest_said('sent.forecast_precision', ['sent.received_at', 'sent.sha256']) }} as forecast_precision,
        {{ latest_said('sent.actual_on', ['sent.received_at', 'sent.sha256']) }} as actual_on,
        {{ latest_said('sent.actual_on_precision', ['sent.received_at', 'sent.sha256']) }} as actual_on_precision,
        {{ current_text('sent.evidence', ['sent.received_at', 'sent.sha256']) }} as evidence,
        {{ answers_current('milestone_report', ['sent.received_at', 'sent.sha256'], 'sent') }}
        {{ latest_said('sent.sha256', ['sent.received_at', 'sent.sha256']) }} as sha256,
        {{ latest_said('sent.locator', ['sent.received_at', 'sent.sha256']) }} as locator,
        {{ latest_said('sent.is_reconstituted', ['sent.received_at', 'sent.sha256']) }} as is_reconstituted
    from sent
    left join withdrawals
        on sent.session_code = withdrawals.session_code and sent.commitment_id = withdrawals.commitment_id
    where withdrawals.withdrawn_at is null or sent.received_at > withdrawals.withdrawn_at
    group by sent.session_code, sent.commitment_id
)

select
    coalesce(merged.session_code, withdrawals.session_code) as session_code,
    coalesce(merged.commitment_id, withdrawals.commitment_id) as commitment_id,
    merged.declared_status,
    merged.forecast_on,
    merged.forecast_precision,
    merged.actual_on,
    merged.actual_on_precision,
    merged.evidence,
    {{ answers_of('milestone_report', 'merged') }}
    merged.sha256,
    merged.locator,
    merged.is_reconstituted,
    merged.commitment_id is null as is_withdrawn
from merged
full outer join withdrawals
    on merged.session_code = withdrawals.session_code and merged.commitment_id = withdrawals.commitment_id
