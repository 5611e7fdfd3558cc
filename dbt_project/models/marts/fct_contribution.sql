with

contributions as (
    select * from {{ ref('int_contribution_merged') }}
),

sessions as (
    select * from {{ ref('int_session_prepared') }}
),

-- a date announced in the text that the cut-off has already passed
outdated as (
    select distinct
        announcements.session_code,
        announcements.action_code,
        announcements.partner_code
    from {{ ref('int_announcement_dated') }} as announcements
    inner join sessions on announcements.session_code = sessions.session_code
    where announcements.announced_until < sessions.cut_off
)

select
    contributions.session_code,
    contributions.action_code,
    contributions.partner_code,
    contributions.declared_status,
    contributions.progress_text,
    {{ answers_of('contribution', 'contributions') }}
    contributions.sha256 as submission_sha256,
    contributions.received_at,
    outdated.action_code is not null
    or coalesce({{ same_text('contributions.progress_text', 'previous.progress_text') }}, false) as is_stale_text,
    contributions.role,
    sources.source_ref,
    contributions.locator,
    contributions.achieved_on,
    contributions.source_kind,
    contributions.status_absence,
    contributions.achieved_on_precision,
    contributions.is_reconstituted
from contributions
inner join sessions on contributions.session_code = sessions.session_code
left join contributions as previous
    on
        sessions.previous_session_code = previous.session_code
        and contributions.action_code = previous.action_code
        and contributions.partner_code = previous.partner_code
left join outdated
    on
        contributions.session_code = outdated.session_code
        and contributions.action_code = outdated.action_code
        and contributions.partner_code = outdated.partner_code
left join {{ ref('dim_source') }} as sources on contributions.sha256 = sources.sha256
