{{ config(materialized=view_or_table()) }}

with

roles as (
    select
        action_code,
        partner_code,
        role
    from {{ ref('ref_action_partner') }}
),

sent as (
    select
        contributions.*,
        submissions.received_at,
        submissions.origin = 'reconstituted' as is_reconstituted,
        coalesce(contributions.declared_status, case when contributions.status_absence = 'SUPPR' then 'SUPPR' end)
            as answered_status
    from {{ ref('stg_raw__contribution') }} as contributions
    inner join {{ ref('stg_raw__submission') }} as submissions on contributions.sha256 = submissions.sha256
),

-- the last answer of each field in the session: a blank, NC or a row left out of a resubmission erases nothing
merged as (
    select
        session_code,
        action_code,
        partner_code,
        {{ current_text('answered_status', ['received_at', 'sha256']) }} as declared_status,
        {{ latest_said('status_absence', ['received_at', 'sha256']) }} as status_absence,
        {{ latest_said('achieved_on', ['received_at', 'sha256']) }} as achieved_on,
        {{ latest_said('achieved_on_precision', ['received_at', 'sha256']) }} as achieved_on_precision,
        {{ current_text('progress_text', ['received_at', 'sha256']) }} as progress_text,
        {{ answers_current('contribution', ['received_at', 'sha256']) }}
        {{ latest_said('sha256', ['received_at', 'sha256']) }} as sha256,
        {{ latest_said('locator', ['received_at', 'sha256']) }} as locator,
        {{ latest_said('is_reconstituted', ['received_at', 'sha256']) }} as is_reconstituted,
        max(received_at) as received_at
    from sent
    group by session_code, action_code, partner_code
),

from_submissions as (
    select
        merged.session_code,
        merged.action_code,
        merged.partner_code,
        coalesce(roles.role, 'contributor') as role,
        'submission' as source_kind,
        merged.declared_status,
        case when merged.declared_status is null then merged.status_absence end as status_absence,
        case when merged.declared_status = 'achieved' then merged.achieved_on end as achieved_on,
        case when merged.declared_status = 'achieved' then merged.achieved_on_precision end as achieved_on_precision,
        merged.progress_text,
        {{ answers_of('contribution', 'merged') }}
        merged.sha256,
        merged.locator,
        merged.received_at,
        merged.is_reconstituted
    from merged
    left join roles on merged.action_code = roles.action_code and merged.partner_code = roles.partner_code
),

-- where the lead sent nothing, the session's published report speaks for it
from_reports as (
    select
        reports.session_code,
        reports.action_code,
        roles.partner_code,
        roles.role,
        'progress_report' as source_kind,
        reports.declared_status,
        {{ as_text('null') }} as status_absence,
        cast(null as date) as achieved_on,
        {{ as_text('null') }} as achieved_on_precision,
        reports.narrative as progress_text,
        {{ answers_none('contribution') }}
        reports.sha256,
        reports.locator,
        reports.received_at,
        true as is_reconstituted
    from {{ ref('int_report_action_selected') }} as reports
    inner join roles on reports.action_code = roles.action_code and roles.role = 'lead'
    left join merged
        on
            reports.session_code = merged.session_code
            and reports.action_code = merged.action_code
            and roles.partner_code = merged.partner_code
    where merged.action_code is null
)

select * from from_submissions
union all
select * from from_reports
