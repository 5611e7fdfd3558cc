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

action_changes as (
    select
        coalesce(actions_after.session_code, actions_before.session_code) as session_code,
        coalesce(actions_after.action_code, actions_before.action_code) as action_code,
        case
            when actions_before.action_code is null then 'action_added'
            when actions_after.action_code is null then 'action_withdrawn'
            when actions_after.lead_partner <> actions_before.lead_partner then 'lead_changed'
        end as change_kind,
        actions_before.lead_partner as before,
        actions_after.lead_partner as after
    from actions_after
    full outer join actions_before
        on
            actions_after.session_code = actions_before.session_code
            and actions_after.action_code = actions_before.action_code
),

wording_changes as (
    select
        actions_after.session_code,
        actions_after.action_code,
        actions_before.action_title as before,
        actions_after.action_title as after
    from actions_after
    inner join actions_before
        on
            actions_after.session_code = actions_before.session_code
            and actions_after.action_code = actions_before.action_code
    where actions_after.action_title <> actions_before.action_title
),

-- the targets of an action are told apart by their place in its objective
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

target_pairs as (
    select
        sessions.session_code,
        targets_after.action_code,
        targets_before.target_value as before_value,
        targets_after.target_value as after_value,
        targets_before.deadline as before_deadline,
        targets_after.deadline as after_deadline,
        targets_before.deadline_precision as before_precision,
        targets_after.deadline_precision as after_precision
    from sessions
    inner join targets as targets_after on sessions.session_code = targets_after.session_code
    inner join targets as targets_before
        on
            sessions.previous_session_code = targets_before.session_code
            and targets_after.action_code = targets_before.action_code
            and targets_after.place = targets_before.place
)

select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    null as before_value,
    null as after_value,
    null as before_period_end,
    null as after_period_end,
    null as before_precision,
    null as after_precision
from action_changes
where change_kind is not null
union all
select
    session_code,
    action_code,
    'wording_changed' as change_kind,
    before,
    after,
    null as before_value,
    null as after_value,
    null as before_period_end,
    null as after_period_end,
    null as before_precision,
    null as after_precision
from wording_changes
union all
select
    session_code,
    action_code,
    'target_changed' as change_kind,
    {{ number_as_text('before_value') }} as before,
    {{ number_as_text('after_value') }} as after,
    before_value,
    after_value,
    null as before_period_end,
    null as after_period_end,
    null as before_precision,
    null as after_precision
from target_pairs
where before_value <> after_value
union all
select
    session_code,
    action_code,
    'deadline_changed' as change_kind,
    {{ as_text('before_deadline') }} as before,
    {{ as_text('after_deadline') }} as after,
    null as before_value,
    null as after_value,
    before_deadline as before_period_end,
    after_deadline as after_period_end,
    before_precision,
    after_precision
from target_pairs
where before_deadline <> after_deadline or before_precision <> after_precision
