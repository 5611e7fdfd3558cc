with

milestones as (
    select
        commitments.*,
        count(*) over (partition by commitments.action_code) as commitment_count
    from {{ ref('ref_commitment') }} as commitments
),

lead_words as (
    select *
    from {{ ref('int_contribution_merged') }}
    where role = 'lead'
),

-- what the lead says of the milestone, else what it says of the whole action; « atteint » said of an action with
-- several commitments does not tell which one
declared as (
    select
        sessions.session_code,
        sessions.cut_off,
        milestones.commitment_id,
        milestones.action_code,
        milestones.deadline,
        reports.forecast_on,
        reports.forecast_precision,
        reports.sha256,
        reports.locator,
        case
            when reports.declared_status is not null then reports.declared_status
            when reports.actual_on is not null then 'achieved'
            when lead_words.declared_status = 'achieved' and milestones.commitment_count > 1 then null
            else lead_words.declared_status
        end as declared_status,
        case
            when reports.actual_on is not null then reports.actual_on
            when milestones.commitment_count = 1 then lead_words.achieved_on
        end as actual_on,
        case
            when reports.actual_on is not null then reports.actual_on_precision
            when milestones.commitment_count = 1 then lead_words.achieved_on_precision
        end as actual_on_precision,
        -- a published report that says « atteint » is itself the evidence
        case
            when reports.evidence is not null then reports.evidence
            when reports.declared_status is null and lead_words.source_kind = 'progress_report'
                then lead_words.locator
        end as evidence
    from {{ ref('int_session_prepared') }} as sessions
    cross join milestones
    left join {{ ref('int_milestone_report_merged') }} as reports
        on sessions.session_code = reports.session_code and milestones.commitment_id = reports.commitment_id
    left join lead_words
        on sessions.session_code = lead_words.session_code and milestones.action_code = lead_words.action_code
    where milestones.kind = 'milestone'
)

select
    session_code,
    commitment_id,
    declared_status,
    forecast_on,
    forecast_precision,
    actual_on,
    actual_on_precision,
    evidence,
    sha256,
    locator,
    coalesce(declared_status = 'achieved' and actual_on is null and evidence is null, false) as is_unproven,
    case
        when declared_status = 'achieved' and (actual_on is not null or evidence is not null) then 'achieved'
        when deadline < cut_off and (declared_status is not null or forecast_on is not null) then 'late'
        when deadline < cut_off then 'unconfirmed'
        -- done, but without a date or evidence: the strongest word that needs no proof
        when declared_status = 'achieved' then 'on_track'
        else coalesce(declared_status, 'not_reported')
    end as status
from declared
