with

-- one figure a day of measure, the target's own KPI first
measures as (
    select
        session_code,
        commitment_id,
        measured_on,
        value,
        row_number() over (
            partition by session_code, commitment_id, measured_on
            order by context_rank asc, recency asc
        ) as position
    from {{ ref('int_target_measure') }}
    where is_graded
),

ordered as (
    select
        session_code,
        commitment_id,
        measured_on,
        value,
        count(*) over (partition by session_code, commitment_id) as measure_count,
        lag(measured_on) over (partition by session_code, commitment_id order by measured_on) as earlier_on,
        lag(value) over (partition by session_code, commitment_id order by measured_on) as earlier_value,
        first_value(measured_on) over (partition by session_code, commitment_id order by measured_on) as first_on,
        first_value(value) over (partition by session_code, commitment_id order by measured_on) as first_value,
        row_number() over (partition by session_code, commitment_id order by measured_on desc) as recency
    from measures
    where position = 1
),

latest as (
    select
        ordered.session_code,
        ordered.commitment_id,
        ordered.measured_on,
        ordered.measure_count,
        commitments.deadline,
        sessions.cut_off,
        commitments.target_value - ordered.value as missing,
        (ordered.value - ordered.earlier_value)
        / {{ days_between('ordered.earlier_on', 'ordered.measured_on') }} as last_pace,
        (ordered.value - ordered.first_value)
        / nullif({{ days_between('ordered.first_on', 'ordered.measured_on') }}, 0) as whole_pace,
        assessed.status = 'achieved' as is_achieved
    from ordered
    inner join {{ ref('int_session_prepared') }} as sessions on ordered.session_code = sessions.session_code
    inner join {{ ref('ref_commitment') }} as commitments on ordered.commitment_id = commitments.commitment_id
    inner join {{ ref('int_target_assessed') }} as assessed
        on ordered.session_code = assessed.session_code and ordered.commitment_id = assessed.commitment_id
    where ordered.recency = 1
),

-- the day on which the line through two measures reaches the target; none when it goes the other way or not at all
reached as (
    select
        *,
        case
            when
                last_pace <> 0 and missing / last_pace > 0
                then {{ days_after('ceil(missing / last_pace)', 'measured_on') }}
        end
            as reached_at_last_pace,
        case
            when
                whole_pace <> 0 and missing / whole_pace > 0
                then {{ days_after('ceil(missing / whole_pace)', 'measured_on') }}
        end
            as reached_at_whole_pace
    from latest
    where not is_achieved
)

select
    session_code,
    commitment_id,
    measure_count,
    -- what is missing, by month that is left
    case when deadline > cut_off then missing / ({{ days_between('cut_off', 'deadline') }} / 30.4375e0) end
        as pace_needed,
    case when measure_count >= 2 then 30.4375e0 * last_pace end as pace_observed,
    case
        when reached_at_last_pace is null then reached_at_whole_pace
        when reached_at_whole_pace is null or reached_at_last_pace < reached_at_whole_pace then reached_at_last_pace
        else reached_at_whole_pace
    end as projected_from,
    -- none when one of the two lines never gets there
    case
        when reached_at_last_pace is null or reached_at_whole_pace is null then null
        when reached_at_last_pace > reached_at_whole_pace then reached_at_last_pace
        else reached_at_whole_pace
    end as projected_to
from reached
