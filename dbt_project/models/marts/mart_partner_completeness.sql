with

expected_actions as (
    select
        sessions.session_code,
        leads.partner_code,
        leads.action_code
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_action_partner') }} as leads
    where leads.role = 'lead'
),

-- an action is answered when its lead's workbook has a status or a text on it
spoken_for as (
    select
        expected_actions.session_code,
        expected_actions.partner_code,
        count(*) as expected,
        count(case when not contributions.is_reconstituted then 1 end) as received,
        count(case when contributions.is_reconstituted then 1 end) as reconstituted
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

items as (
    select
        session_code,
        partner_code,
        count(*) as items_expected,
        count(case when is_received then 1 end) as items_received,
        count(case when is_reconstituted then 1 end) as items_reconstituted,
        count(case when is_to_correct then 1 end) as items_to_correct,
        count(case when is_validated then 1 end) as items_validated
    from {{ ref('mart_partner_item') }}
    group by session_code, partner_code
),

-- rows still accepted and refused are those of the partner's last submission
submissions as (
    select
        session_code,
        partner_code,
        count(case when origin <> 'reconstituted' then 1 end) as submission_count,
        count(case when origin = 'reconstituted' then 1 end) as reconstituted_count,
        {{ latest_said('rows_accepted', ['received_at', 'sha256']) }} as accepted,
        {{ latest_said('rows_rejected', ['received_at', 'sha256']) }} as rejected,
        {{ latest_said('verdict', ['received_at', 'sha256']) }} as last_verdict,
        {{ latest_said('rows_read', ['received_at', 'sha256']) }} as last_rows_read,
        min(case when origin <> 'reconstituted' then received_at end) as first_received_at,
        max(case when origin <> 'reconstituted' then received_at end) as last_received_at,
        min(case when rows_accepted > 0 and origin <> 'reconstituted' then coalesce(arrived_at, received_at) end)
            as first_accepted_at
    from {{ ref('stg_raw__submission') }}
    group by session_code, partner_code
),

-- rows of the last submission to be corrected that are no item asked of the partner: an unknown code, no code at all,
-- an action it only contributes to
others as (
    select
        refusals.session_code,
        refusals.partner_code,
        count(*) as rows_to_correct
    from {{ ref('int_refusal_placed') }} as refusals
    left join {{ ref('mart_partner_item') }} as asked
        on
            refusals.session_code = asked.session_code
            and refusals.partner_code = asked.partner_code
            and refusals.item_code = asked.item_code
    where refusals.is_last_submission and asked.item_code is null
    group by refusals.session_code, refusals.partner_code
),

-- whoever is asked for something, and whoever sent something
partners as (
    select
        session_code,
        partner_code
    from spoken_for
    union distinct
    select
        session_code,
        partner_code
    from items
    union distinct
    select
        submissions.session_code,
        submissions.partner_code
    from submissions
    inner join {{ ref('ref_partner') }} as known on submissions.partner_code = known.partner_code
)

select
    partners.session_code,
    partners.partner_code,
    coalesce(spoken_for.expected, 0) as expected,
    coalesce(spoken_for.received, 0) as received,
    coalesce(submissions.accepted, 0) as accepted,
    coalesce(submissions.rejected, 0) as rejected,
    coalesce(spoken_for.expected - spoken_for.received - spoken_for.reconstituted, 0) as missing,
    coalesce(spoken_for.reconstituted, 0) as reconstituted,
    submissions.first_received_at,
    submissions.last_received_at,
    cast(submissions.first_accepted_at as date) <= sessions.contributions_due_on as is_on_time,
    coalesce(submissions.submission_count, 0) as submission_count,
    coalesce(submissions.reconstituted_count, 0) as reconstituted_count,
    coalesce(items.items_expected, 0) as items_expected,
    coalesce(items.items_received, 0) as items_received,
    coalesce(items.items_reconstituted, 0) as items_reconstituted,
    coalesce(items.items_to_correct, 0)
    + coalesce(others.rows_to_correct, 0)
    + coalesce(case when submissions.last_verdict = 'rejected' and submissions.last_rows_read = 0 then 1 end, 0)
        as items_to_correct,
    coalesce(items.items_validated, 0) as items_validated,
    coalesce(items.items_expected - items.items_received - items.items_reconstituted, 0) as items_missing,
    submissions.last_verdict
from partners
inner join {{ ref('int_session_prepared') }} as sessions on partners.session_code = sessions.session_code
left join spoken_for
    on partners.session_code = spoken_for.session_code and partners.partner_code = spoken_for.partner_code
left join items on partners.session_code = items.session_code and partners.partner_code = items.partner_code
left join submissions
    on partners.session_code = submissions.session_code and partners.partner_code = submissions.partner_code
left join others on partners.session_code = others.session_code and partners.partner_code = others.partner_code
