with

milestones as (
    select
        *,
        count(*) over (partition by action_code) as commitment_count
    from {{ ref('ref_commitment') }}
),

lead_words as (
    select *
    from {{ ref('int_contribution_merged') }}
    where role = 'lead'
),

-- what the lead says of the milestone itself, and what it says of its whole action; « atteint » said of an action with
-- several commitments does not tell which one
words as (
    select
        sessions.session_code,
        sessions.cut_off,
        milestones.commitment_id,
        milestones.deadline,
        reports.forecast_on,
        reports.forecast_precision,
        coalesce(reports.sha256, lead_words.sha256) as sha256,
        coalesce(reports.locator, lead_words.locator) as locator,
        coalesce(reports.is_withdrawn, false) as is_withdrawn,
        coalesce(reports.declared_status, case when reports.actual_on is not null then 'achieved' end) as own_status,
        case
            when lead_words.declared_status <> 'achieved' or milestones.commitment_count = 1
                then lead_words.declared_status
        end as action_status,
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
),

proven as (
    select
        *,
        coalesce(own_status, action_status) = 'achieved' and (actual_on is not null or evidence is not null) as is_done
    from words
),

-- done stays done in later sessions, until the lead says otherwise of that milestone or takes its word back
earlier_words as (
    select
        later.session_code,
        later.commitment_id,
        {{ latest_said('earlier.session_code', ['earlier.cut_off']) }} as said_in
    from proven as later
    inner join proven as earlier
        on later.commitment_id = earlier.commitment_id and later.cut_off > earlier.cut_off
    where earlier.own_status is not null or earlier.is_withdrawn or earlier.is_done
    group by later.session_code, later.commitment_id
),

standing as (
    select
        earlier_words.session_code,
        proven.commitment_id,
        proven.actual_on,
        proven.actual_on_precision,
        proven.evidence,
        proven.sha256,
        proven.locator
    from earlier_words
    inner join proven
        on earlier_words.said_in = proven.session_code and earlier_words.commitment_id = proven.commitment_id
    where proven.is_done
),

declared as (
    select
        proven.session_code,
        proven.commitment_id,
        proven.cut_off,
        proven.deadline,
        proven.forecast_on,
        proven.forecast_precision,
        coalesce(proven.actual_on, standing.actual_on) as actual_on,
        coalesce(proven.actual_on_precision, standing.actual_on_precision) as actual_on_precision,
        coalesce(proven.evidence, standing.evidence) as evidence,
        coalesce(proven.sha256, standing.sha256) as sha256,
        coalesce(proven.locator, standing.locator) as locator,
        coalesce(
            proven.own_status,
            case when standing.commitment_id is not null then 'achieved' end,
            proven.action_status
        ) as declared_status
    from proven
    left join standing
        on
            proven.session_code = standing.session_code
            and proven.commitment_id = standing.commitment_id
            and proven.own_status is null
            and not proven.is_withdrawn
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
