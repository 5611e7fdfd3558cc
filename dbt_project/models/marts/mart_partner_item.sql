{{ config(materialized=view_or_table()) }}

with

leads as (
    select
        action_code,
        partner_code
    from {{ ref('ref_action_partner') }}
    where role = 'lead'
),

items as (
    select
        'action' as item_kind,
        actions.action_code as item_code,
        actions.action_title as item_label,
        actions.action_code,
        leads.partner_code
    from {{ ref('ref_action') }} as actions
    inner join leads on actions.action_code = leads.action_code
    union all
    select
        'milestone' as item_kind,
        commitments.commitment_id as item_code,
        commitments.commitment_label as item_label,
        commitments.action_code,
        leads.partner_code
    from {{ ref('ref_commitment') }} as commitments
    inner join leads on commitments.action_code = leads.action_code
    where commitments.kind = 'milestone'
    union all
    select
        'kpi' as item_kind,
        kpi_id as item_code,
        kpi_label as item_label,
        action_code,
        owner_partner as partner_code
    from {{ ref('ref_kpi') }}
),

-- a milestone known as achieved at the session before is asked for no more
achieved as (
    select
        session_code,
        commitment_id
    from {{ ref('fct_commitment_progress') }}
    where kind = 'milestone' and status = 'achieved'
),

asked as (
    select
        sessions.session_code,
        items.item_kind,
        items.item_code,
        items.item_label,
        items.action_code,
        items.partner_code
    from {{ ref('int_session_prepared') }} as sessions
    cross join items
    left join achieved
        on sessions.previous_session_code = achieved.session_code and items.item_code = achieved.commitment_id
    where achieved.commitment_id is null
),

-- an action is answered by a status, a text, or the code for « none to give »
action_answers as (
    select
        session_code,
        action_code as item_code,
        partner_code,
        is_reconstituted,
        received_at as answered_at
    from {{ ref('int_contribution_merged') }}
    where
        source_kind = 'submission'
        and (declared_status is not null or progress_text is not null or status_absence in ('NC', 'NA'))
),

milestone_answers as (
    select
        reports.session_code,
        reports.commitment_id as item_code,
        reports.partner_code,
        submissions.origin = 'reconstituted' as is_reconstituted,
        max(submissions.received_at) as answered_at
    from {{ ref('stg_raw__milestone_report') }} as reports
    inner join {{ ref('stg_raw__submission') }} as submissions on reports.sha256 = submissions.sha256
    inner join {{ ref('int_milestone_report_merged') }} as merged
        on
            reports.session_code = merged.session_code
            and reports.commitment_id = merged.commitment_id
            and not merged.is_withdrawn
    group by
        reports.session_code,
        reports.commitment_id,
        reports.partner_code,
        submissions.origin = 'reconstituted'
),

-- a KPI's owner has nothing left to give once another partner of the action gave the figure
kpi_words as (
    select
        session_code,
        kpi_id,
        source_type = 'progress_report' as is_reconstituted,
        recorded_at as answered_at
    from {{ ref('int_measurement_sent') }}
    where withdrawn_as_of is null
    union all
    select
        measurements.session_code,
        measurements.kpi_id,
        submissions.origin = 'reconstituted' as is_reconstituted,
        submissions.received_at as answered_at
    from {{ ref('stg_raw__measurement') }} as measurements
    inner join {{ ref('stg_raw__submission') }} as submissions on measurements.sha256 = submissions.sha256
    where measurements.value_absence in ('NC', 'NA')
),

given as (
    select * from action_answers
    union all
    select * from milestone_answers
    union all
    select
        kpi_words.session_code,
        kpi_words.kpi_id as item_code,
        kpis.owner_partner as partner_code,
        kpi_words.is_reconstituted,
        max(kpi_words.answered_at) as answered_at
    from kpi_words
    inner join {{ ref('ref_kpi') }} as kpis on kpi_words.kpi_id = kpis.kpi_id
    group by kpi_words.session_code, kpi_words.kpi_id, kpis.owner_partner, kpi_words.is_reconstituted
),

-- what a partner sent, and what was rebuilt from a published report in its name
answers as (
    select
        session_code,
        item_code,
        partner_code,
        max(case when not is_reconstituted then answered_at end) as answered_at,
        max(case when is_reconstituted then answered_at end) as reconstituted_at
    from given
    group by session_code, item_code, partner_code
),

refusals as (
    select
        session_code,
        partner_code,
        item_code,
        max(received_at) as refused_at
    from {{ ref('int_refusal_placed') }}
    group by session_code, partner_code, item_code
),

-- a refusal holds until a later row of the same code is accepted
placed as (
    select
        asked.*,
        answers.answered_at,
        answers.reconstituted_at,
        refusals.refused_at,
        refusals.refused_at is not null
        and (answers.answered_at is null or refusals.refused_at >= answers.answered_at) as is_to_correct
    from asked
    left join answers
        on
            asked.session_code = answers.session_code
            and asked.partner_code = answers.partner_code
            and asked.item_code = answers.item_code
    left join refusals
        on
            asked.session_code = refusals.session_code
            and asked.partner_code = refusals.partner_code
            and asked.item_code = refusals.item_code
)

select
    session_code,
    partner_code,
    item_kind,
    item_code,
    item_label,
    action_code,
    is_to_correct or answered_at is not null as is_received,
    is_to_correct,
    answered_at is not null and not is_to_correct as is_validated,
    reconstituted_at is not null and answered_at is null and not is_to_correct as is_reconstituted,
    answered_at,
    refused_at
from placed
