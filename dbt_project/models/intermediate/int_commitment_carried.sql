with

judged as (
    select
        *,
        -- the lead's last word, also when it is silent in this session: silence changes nothing
        max(case when declared_status is not null then {{ as_text('1000 + session_rank') }} || declared_status end)
            over (partition by commitment_id order by session_rank) as last_word,
        max(case when read_status is not null then {{ as_text('1000 + session_rank') }} || read_status end)
            over (partition by commitment_id order by session_rank) as last_reading,
        lag(measured_on) over (partition by commitment_id order by session_rank) as previous_measured_on,
        lag(status_with_readings)
            over (partition by commitment_id order by session_rank)
            as previous_status_with_readings
    from {{ ref('int_commitment_judged') }}
),

-- what a decision of the DNS on it is taken upon
marked as (
    select
        *,
        {{ identifier([
            "coalesce(substr(last_word, 5), '')",
            "'|'",
            "coalesce(substr(last_reading, 5), '')",
            "'|'",
            "coalesce(" ~ as_text('measured_on') ~ ", '')",
            "'|'",
            "coalesce(" ~ double_as_text('actual_value') ~ ", '')",
            "'|'",
            "coalesce(" ~ as_text('revised_deadline') ~ ", '')",
            "'|'",
            "case when deadline < cut_off then 'due' else '' end",
        ]) }} as review_mark
    from judged
),

last_decisions as (
    select
        sessions.session_code,
        decisions.commitment_id,
        decisions.session_code as arbitrated_in,
        decisions.decision as arbitrated_status,
        decisions.author_role as arbitrated_by,
        decisions.decided_on as arbitrated_on,
        decisions.reason as arbitration_reason,
        decisions.overruled as arbitration_overruled,
        decisions.decided_upon,
        row_number() over (
            partition by sessions.session_code, decisions.commitment_id
            order by decided_in.cut_off desc, decisions.received_at desc, decisions.decision_id desc
        ) as position
    from {{ ref('stg_raw__decision') }} as decisions
    inner join {{ ref('int_session_prepared') }} as decided_in on decisions.session_code = decided_in.session_code
    inner join {{ ref('int_session_prepared') }} as sessions on decided_in.cut_off <= sessions.cut_off
    where decisions.subject_kind = 'commitment'
),

-- a decision holds while what it was taken upon is the same; then it is asked again
decided as (
    select
        marked.*,
        decisions.arbitrated_in,
        decisions.arbitrated_by,
        decisions.arbitrated_on,
        decisions.arbitration_reason,
        decisions.arbitration_overruled,
        case
            when
                marked.review_mark = coalesce(decisions.decided_upon, then_marked.review_mark)
                then decisions.arbitrated_status
        end
            as arbitrated_status,
        coalesce(marked.session_code = decisions.arbitrated_in, false) as is_decided_now
    from marked
    left join last_decisions as decisions
        on
            marked.session_code = decisions.session_code
            and marked.commitment_id = decisions.commitment_id
            and decisions.position = 1
    left join marked as then_marked
        on decisions.arbitrated_in = then_marked.session_code and marked.commitment_id = then_marked.commitment_id
),

delays as (
    select
        *,
        coalesce(arbitrated_status, plain_status) = 'late' as is_late_plain,
        coalesce(arbitrated_status, status_with_readings) = 'late' as is_late_read,
        coalesce(arbitrated_status <> 'late', false) or is_delay_ended as is_ended_plain,
        coalesce(arbitrated_status <> 'late', false)
        or is_delay_ended
        or status_with_readings = 'achieved' as is_ended_read,
        is_declared_now
        or read_status is not null
        or is_decided_now
        or coalesce(measured_on > previous_measured_on, measured_on is not null) as is_news
    from decided
),

ranked as (
    select
        *,
        max(case when is_late_plain then session_rank end)
            over (partition by commitment_id order by session_rank)
            as late_plain_rank,
        max(case when is_ended_plain then session_rank end)
            over (partition by commitment_id order by session_rank)
            as ended_plain_rank,
        max(case when is_late_read then session_rank end)
            over (partition by commitment_id order by session_rank)
            as late_read_rank,
        max(case when is_ended_read then session_rank end)
            over (partition by commitment_id order by session_rank)
            as ended_read_rank,
        max(case when is_news then session_rank end)
            over (partition by commitment_id order by session_rank)
            as news_rank
    from delays
),

-- a delay lasts until something ends it: neither a declaration nor silence does
carried as (
    select
        *,
        arbitrated_status is null
        and not is_late_plain
        and late_plain_rank >= coalesce(ended_plain_rank, 0) as is_carried_plain,
        arbitrated_status is null
        and not is_late_read
        and late_read_rank >= coalesce(ended_read_rank, 0) as is_carried_read
    from ranked
)

select
    carried.session_code,
    carried.commitment_id,
    carried.action_code,
    carried.session_rank,
    carried.deadline,
    carried.cut_off,
    carried.declared_status,
    carried.read_status,
    carried.read_in_session,
    carried.arbitrated_status,
    carried.arbitrated_in,
    carried.arbitrated_by,
    carried.arbitrated_on,
    carried.arbitration_reason,
    carried.arbitration_overruled,
    carried.review_mark,
    case
        when carried.arbitrated_status is not null then carried.arbitrated_status
        when carried.is_carried_plain then 'late'
        else carried.plain_status
    end as computed_status,
    case
        when carried.arbitrated_status is not null then carried.arbitrated_status
        when carried.is_carried_read then 'late'
        else carried.status_with_readings
    end as status,
    case
        when carried.arbitrated_status is not null then 'arbitrated'
        when carried.is_carried_read then 'carried'
        else carried.plain_basis
    end as basis,
    case when carried.is_carried_read then late_in.session_code end as carried_from,
    carried.is_news,
    news_in.session_code as last_news_in,
    -- news in this session that ends a delay
    coalesce(
        not carried.is_late_read
        and (
            (carried.is_decided_now and carried.arbitrated_status is not null)
            or (
                carried.status_with_readings = 'achieved'
                and coalesce(carried.previous_status_with_readings <> 'achieved', true)
            )
            or (carried.is_delay_ended and carried.plain_status <> 'achieved')
        ),
        false
    ) as is_delay_ended_now,
    case
        when carried.arbitrated_status is not null then carried.measure_reason
        when carried.is_carried_read and not carried.is_news then 'nothing_new'
        when carried.declared_status = 'achieved'
            and not carried.is_done
            and not carried.is_measured
            and not carried.is_read
            and carried.plain_status in ('on_track', 'unconfirmed')
            then 'unproven'
        when carried.measure_reason is not null then carried.measure_reason
        when
            carried.status_with_readings in ('not_reported', 'unconfirmed') and not carried.is_measured
            then 'no_observation'
        when not carried.is_news and carried.status_with_readings <> 'achieved' then 'nothing_new'
    end as reason
from carried
left join {{ ref('int_session_prepared') }} as late_in on carried.late_read_rank = late_in.session_rank
left join {{ ref('int_session_prepared') }} as news_in on carried.news_rank = news_in.session_rank
