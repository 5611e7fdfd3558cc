with

reports as (
    select * from {{ ref('int_report_action_selected') }}
),

-- sessions whose report and the one before it can be compared
sessions as (
    select
        session_code,
        previous_session_code
    from {{ ref('int_session_prepared') }}
    where
        session_code in (select reports.session_code from reports)
        and previous_session_code in (select reports.session_code from reports)
),

actions_after as (
    select
        sessions.session_code,
        reports.action_code,
        reports.action_title,
        reports.lead_partner
    from sessions
    inner join reports on sessions.session_code = reports.session_code
),

actions_before as (
    select
        sessions.session_code,
        reports.action_code,
        reports.action_title,
        reports.lead_partner
    from sessions
    inner join reports on sessions.previous_session_code = reports.session_code
),

-- the targets of an action are distinguished by their place in its objective
targets as (
    select
        reports.session_code,
        reports.action_code,
        targets.target_value,
        targets.deadline,
        targets.deadline_precision,
        row_number() over (partition by reports.session_code, reports.action_code order by targets.target_rank)
            as place
    from reports
    inner join {{ ref('stg_raw__document_target') }} as targets
        on reports.sha256 = targets.sha256 and reports.action_code = targets.action_code
),

targets_after as (
    select
        sessions.session_code,
        targets.action_code,
        targets.place as promise_key,
        targets.target_value,
        targets.deadline,
        targets.deadline_precision,
        {{ as_text('null') }} as commitment_id,
        {{ as_text('null') }} as kpi_id,
        {{ as_text('null') }} as commitment_label
    from sessions
    inner join targets on sessions.session_code = targets.session_code
),

targets_before as (
    select
        sessions.session_code,
        targets.action_code,
        targets.place as promise_key,
        targets.target_value,
        targets.deadline,
        targets.deadline_precision,
        {{ as_text('null') }} as commitment_label
    from sessions
    inner join targets on sessions.previous_session_code = targets.session_code
)

{{ action_changes('actions_before', 'actions_after') }}
union all
{{ promise_changes('targets_before', 'targets_after') }}
