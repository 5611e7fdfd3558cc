with

commitments as (
    select
        commitment_id,
        deadline
    from {{ ref('ref_commitment') }}
    where deadline is not null
),

sessions as (
    select
        session_code,
        cut_off
    from {{ ref('int_session_prepared') }}
),

-- every later date that was announced, with its session; the word of the lead wins over a text
announced as (
    select
        session_code,
        commitment_id,
        forecast_on as revised_deadline,
        forecast_precision as revised_precision,
        'declared' as revised_basis,
        2 as rank_in_session
    from {{ ref('int_milestone_report_merged') }}
    where forecast_on is not null
    union all
    select
        said_in_session as session_code,
        commitment_id,
        revised_deadline,
        revised_precision,
        'declared' as revised_basis,
        1 as rank_in_session
    from {{ ref('ref_commitment_revision') }}
    union all
    select
        session_code,
        commitment_id,
        status_date as revised_deadline,
        status_date_precision as revised_precision,
        'read' as revised_basis,
        0 as rank_in_session
    from {{ ref('int_reading_selected') }}
    where status in ('late', 'at_risk') and status_date is not null
),

known as (
    select
        sessions.session_code,
        announced.commitment_id,
        announced.revised_deadline,
        announced.revised_precision,
        announced.session_code as revised_in_session,
        announced.revised_basis,
        announced_in.cut_off as announced_on,
        announced.rank_in_session,
        announced.revised_deadline > commitments.deadline as is_later,
        -- the lead went back to the deadline in a later session: what was stated before no longer holds
        max(
            case
                when
                    announced.revised_basis = 'declared' and announced.revised_deadline <= commitments.deadline
                    then announced_in.cut_off
            end
        )
            over (partition by sessions.session_code, announced.commitment_id) as withdrawn_on
    from sessions
    cross join announced
    inner join commitments on announced.commitment_id = commitments.commitment_id
    inner join sessions as announced_in
        on announced.session_code = announced_in.session_code and sessions.cut_off >= announced_in.cut_off
),

ranked as (
    select
        *,
        row_number() over (
            partition by session_code, commitment_id
            order by announced_on desc, rank_in_session desc
        ) as position,
        row_number() over (
            partition by session_code, commitment_id, revised_basis
            order by announced_on desc, rank_in_session desc
        ) as position_in_basis
    from known
    where is_later and (withdrawn_on is null or announced_on >= withdrawn_on)
)

-- with the readings, and without them: readings are left out of the computed status
select
    session_code,
    commitment_id,
    max(case when position = 1 then revised_deadline end) as revised_deadline,
    max(case when position = 1 then revised_precision end) as revised_precision,
    max(case when position = 1 then revised_in_session end) as revised_in_session,
    max(case when position = 1 then revised_basis end) as revised_basis,
    max(case when revised_basis = 'declared' and position_in_basis = 1 then revised_in_session end)
        as declared_in_session,
    max(case when revised_basis = 'read' and position_in_basis = 1 then revised_in_session end) as read_in_session
from ranked
group by session_code, commitment_id
