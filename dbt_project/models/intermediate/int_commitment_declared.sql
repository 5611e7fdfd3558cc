with

commitments as (
    select
        commitment_id,
        action_code,
        deadline,
        kind,
        count(*) over (partition by action_code) as commitment_count,
        max(deadline) over (partition by action_code) as last_deadline
    from {{ ref('ref_commitment') }}
),

lead_words as (
    select
        *,
        source_kind = 'progress_report' or is_reconstituted as is_published
    from {{ ref('int_contribution_merged') }}
    where role = 'lead'
),

-- the words of the lead on the commitment itself, and those on its action: for an only commitment; for all of them
-- when the words speak of the whole objective and no deadline comes later
words as (
    select
        sessions.session_code,
        sessions.cut_off,
        commitments.commitment_id,
        commitments.deadline,
        reports.forecast_on,
        reports.forecast_precision,
        coalesce(reports.sha256, lead_words.sha256) as sha256,
        coalesce(reports.locator, lead_words.locator) as locator,
        coalesce(reports.is_withdrawn, false) as is_withdrawn,
        coalesce(reports.declared_status, case when reports.actual_on is not null then 'achieved' end) as own_status,
        lead_words.declared_status as action_status,
        lead_words.achieved_on as action_achieved_on,
        lead_words.achieved_on_precision as action_achieved_on_precision,
        lead_words.is_published,
        lead_words.locator as action_locator,
        coalesce(
            commitments.commitment_count = 1
            or (
                lead_words.declared_status = 'achieved'
                and (lead_words.is_published or {{ speaks_of_the_whole('lead_words.progress_text') }})
                and (commitments.last_deadline is null or commitments.last_deadline <= sessions.cut_off)
            ),
            false
        ) as is_about_it,
        reports.actual_on as own_actual_on,
        reports.actual_on_precision as own_actual_on_precision,
        reports.evidence as own_evidence,
        coalesce(reports.is_reconstituted, false) as is_own_published
    from {{ ref('int_session_prepared') }} as sessions
    cross join commitments
    left join {{ ref('int_milestone_report_merged') }} as reports
        on sessions.session_code = reports.session_code and commitments.commitment_id = reports.commitment_id
    left join lead_words
        on sessions.session_code = lead_words.session_code and commitments.action_code = lead_words.action_code
),

-- a published report of the success is itself a proof that a reader can open
attributed as (
    select
        session_code,
        cut_off,
        commitment_id,
        deadline,
        forecast_on,
        forecast_precision,
        sha256,
        locator,
        is_withdrawn,
        own_status,
        case when is_about_it then action_status end as action_status,
        case
            when own_actual_on is not null then own_actual_on
            when is_about_it and action_status = 'achieved' then action_achieved_on
        end as actual_on,
        case
            when own_actual_on is not null then own_actual_on_precision
            when is_about_it and action_status = 'achieved' then action_achieved_on_precision
        end as actual_on_precision,
        case
            when own_evidence is not null then own_evidence
            when own_status is null and is_about_it and is_published then action_locator
        end as evidence,
        case
            when own_evidence is not null then is_own_published or {{ is_openable('own_evidence') }}
            else coalesce(own_status is null and is_about_it and is_published, false)
        end as is_openable
    from words
),

proven as (
    select
        *,
        coalesce(coalesce(own_status, action_status) = 'achieved' and (actual_on is not null or is_openable), false)
            as is_done
    from attributed
),

-- done stays done in later sessions, until the lead declares otherwise or takes its word back
earlier_words as (
    select
        later.session_code,
        later.commitment_id,
        {{ latest_said('earlier.session_code', ['earlier.cut_off']) }} as declared_in
    from proven as later
    inner join proven as earlier
        on later.commitment_id = earlier.commitment_id and later.cut_off > earlier.cut_off
    where earlier.own_status is not null or earlier.is_withdrawn or earlier.is_done
    group by later.session_code, later.commitment_id
),

proofs as (
    select
        earlier_words.session_code,
        proven.session_code as declared_in,
        proven.commitment_id,
        proven.actual_on,
        proven.actual_on_precision,
        proven.evidence,
        proven.sha256,
        proven.locator
    from earlier_words
    inner join proven
        on earlier_words.declared_in = proven.session_code and earlier_words.commitment_id = proven.commitment_id
    where proven.is_done
)

select
    proven.session_code,
    proven.commitment_id,
    coalesce(
        proven.own_status,
        case when proofs.commitment_id is not null then 'achieved' end,
        proven.action_status
    ) as declared_status,
    proven.forecast_on,
    proven.forecast_precision,
    case when proofs.commitment_id is null then proven.actual_on else proofs.actual_on end as actual_on,
    case when proofs.commitment_id is null then proven.actual_on_precision else proofs.actual_on_precision end
        as actual_on_precision,
    case when proofs.commitment_id is null then proven.evidence else proofs.evidence end as evidence,
    case when proofs.commitment_id is null then proven.sha256 else proofs.sha256 end as sha256,
    case when proofs.commitment_id is null then proven.locator else proofs.locator end as locator,
    proven.is_done or proofs.commitment_id is not null as is_done,
    -- the lead spoke of it in this very session
    proven.own_status is not null
    or proven.is_withdrawn
    or proven.forecast_on is not null
    or proven.action_status is not null as is_declared_now
from proven
left join proofs
    on
        proven.session_code = proofs.session_code
        and proven.commitment_id = proofs.commitment_id
        and proven.own_status is null
        and not proven.is_withdrawn
        and not proven.is_done
