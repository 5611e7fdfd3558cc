with

expected_actions as (
    select
        sessions.session_code,
        sessions.contributions_due_on,
        leads.partner_code,
        leads.action_code
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_action_partner') }} as leads
    where leads.role = 'lead'
),

-- an action is spoken for when its lead's workbook says a status or a text on it
spoken_for as (
    select
        expected_actions.session_code,
        expected_actions.partner_code,
        min(expected_actions.contributions_due_on) as contributions_due_on,
        count(*) as expected,
        count(contributions.action_code) as received
    from expected_actions
    left join {{ ref('int_contribution_merged') }} as contributions
        on
            expected_actions.session_code = contributions.session_code
            and expected_actions.action_code = contributions.action_code
            and expected_actions.partner_code = contributions.partner_code
            and contributions.source_kind = 'submission'
            and (contributions.declared_status is not null or contributions.progress_text is not null)
    group by expected_actions.session_code, expected_actions.partner_code
),

-- rows still accepted and refused are those of the partner's last submission
submissions as (
    select
        session_code,
        partner_code,
        count(*) as submission_count,
        {{ latest_said('rows_accepted', ['received_at', 'sha256']) }} as accepted,
        {{ latest_said('rows_rejected', ['received_at', 'sha256']) }} as rejected,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at
    from {{ ref('stg_raw__submission') }}
    group by session_code, partner_code
)

select
    spoken_for.session_code,
    spoken_for.partner_code,
    spoken_for.expected,
    spoken_for.received,
    coalesce(submissions.accepted, 0) as accepted,
    coalesce(submissions.rejected, 0) as rejected,
    spoken_for.expected - spoken_for.received as missing,
    submissions.first_received_at,
    submissions.last_received_at,
    cast(submissions.first_received_at as date) <= spoken_for.contributions_due_on as is_on_time,
    coalesce(submissions.submission_count, 0) as submission_count
from spoken_for
left join submissions
    on spoken_for.session_code = submissions.session_code and spoken_for.partner_code = submissions.partner_code
