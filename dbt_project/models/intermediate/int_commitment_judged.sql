with

-- a reading that something is done remains for the sessions after its own
read_achievements as (
    select
        sessions.session_code,
        readings.commitment_id,
        {{ latest_said('readings.session_code', ['read_in.cut_off']) }} as read_in_session
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('int_reading_selected') }} as readings on readings.status = 'achieved'
    inner join {{ ref('int_session_prepared') }} as read_in
        on readings.session_code = read_in.session_code and sessions.cut_off >= read_in.cut_off
    group by sessions.session_code, readings.commitment_id
),

facts as (
    select
        sessions.session_code,
        sessions.session_rank,
        sessions.cut_off,
        commitments.commitment_id,
        commitments.action_code,
        commitments.kind,
        commitments.deadline,
        declared.declared_status,
        coalesce(declared.is_done, false) as is_done,
        declared.forecast_on is not null as has_forecast,
        -- a later date that a text gives is a word too
        coalesce(declared.is_declared_now, false)
        or coalesce(revisions.declared_in_session = sessions.session_code, false) as is_declared_now,
        targets.status as measure_status,
        targets.reason as measure_reason,
        targets.measured_on,
        targets.actual_value,
        targets.relation,
        coalesce(targets.is_assessed, false) as is_measured,
        coalesce(targets.is_waiting, false) and not coalesce(targets.is_assessed, false) as is_waiting,
        coalesce(targets.is_back_on_path, false) as is_back_on_path,
        revisions.revised_deadline,
        revisions.declared_in_session is not null as has_declared_date,
        revisions.read_in_session is not null as has_read_date,
        readings.status as read_status,
        coalesce(readings.session_code, read_achievements.read_in_session) as read_in_session,
        read_achievements.commitment_id is not null as is_read_done
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_commitment') }} as commitments
    left join {{ ref('int_commitment_declared') }} as declared
        on sessions.session_code = declared.session_code and commitments.commitment_id = declared.commitment_id
    left join {{ ref('int_target_assessed') }} as targets
        on sessions.session_code = targets.session_code and commitments.commitment_id = targets.commitment_id
    left join {{ ref('int_deadline_revised') }} as revisions
        on sessions.session_code = revisions.session_code and commitments.commitment_id = revisions.commitment_id
    left join {{ ref('int_reading_selected') }} as readings
        on sessions.session_code = readings.session_code and commitments.commitment_id = readings.commitment_id
    left join read_achievements
        on
            sessions.session_code = read_achievements.session_code
            and commitments.commitment_id = read_achievements.commitment_id
),

judged as (
    select
        *,
        -- a target that a measure was held against: words neither raise nor lower it, a later date does
        case
            when is_measured
                then case
                        when measure_status in ('achieved', 'late') then measure_status
                        when deadline < cut_off and has_declared_date then 'late'
                        when measure_status = 'unconfirmed' then 'unconfirmed'
                        when has_declared_date and deadline >= cut_off then 'at_risk'
                        else measure_status
                    end
            when is_waiting
                then case
                        when has_declared_date and deadline < cut_off then 'late'
                        when has_declared_date and deadline >= cut_off then 'at_risk'
                        else 'not_reported'
                    end
            else {{ judged_by_words('declared_status', 'is_done', 'has_declared_date', 'has_forecast') }}
        end as plain_status,
        case
            when is_measured or is_waiting
                then case
                        when has_read_date and deadline < cut_off then 'late'
                        when has_read_date and deadline >= cut_off then 'at_risk'
                    end
            when read_status is not null or is_read_done or has_read_date
                then {{ judged_by_words('read_status', 'is_read_done', 'has_read_date', 'false') }}
        end as reading_verdict
    from facts
),

-- a reading fills what would otherwise be empty, and nothing else
filled as (
    select
        *,
        plain_status in ('unconfirmed', 'not_reported')
        and reading_verdict is not null
        and reading_verdict not in ('unconfirmed', 'not_reported') as is_read
    from judged
)

select
    session_code,
    session_rank,
    cut_off,
    commitment_id,
    action_code,
    kind,
    deadline,
    declared_status,
    is_done,
    is_declared_now,
    measured_on,
    actual_value,
    revised_deadline,
    is_measured,
    is_waiting,
    measure_reason,
    read_status,
    read_in_session,
    plain_status,
    case when is_read then reading_verdict else plain_status end as status_with_readings,
    is_read,
    -- what the status was taken from, before carrying and decisions
    case
        when is_read then 'read'
        when is_measured and plain_status = measure_status then 'measure'
        when
            plain_status in ('not_reported', 'unconfirmed') and (declared_status is null or is_waiting)
            then case when is_measured then 'measure' end
        else 'declared'
    end as plain_basis,
    -- what ends a delay: the target reached, a proof, a later measure back on its path while there is time
    plain_status = 'achieved' or is_back_on_path and coalesce(
        measured_on > lag(measured_on) over (partition by commitment_id order by session_rank),
        true
    ) as is_delay_ended
from filled
