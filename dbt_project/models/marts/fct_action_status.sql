with

-- arbitrated, else declared within the facts, else read, else computed
decided as (
    select
        *,
        coalesce(
            arbitrated_status,
            case when is_within_facts then declared_status end,
            read_status,
            computed_status
        ) as plain_status
    from {{ ref('int_action_judged') }}
),

ranked as (
    select
        *,
        -- a delay that the lead or the DNS declares and no commitment shows is carried here, others by commitments
        max(
            case
                when plain_status = 'late' and computed_status <> 'late' and coalesce(read_status, 'none') <> 'late'
                    then session_rank
            end
        ) over (partition by action_code order by session_rank) as late_rank,
        max(case when is_delay_ended or coalesce(arbitrated_status <> 'late', false) then session_rank end)
            over (partition by action_code order by session_rank) as ended_rank,
        max(case when is_news then session_rank end) over (partition by action_code order by session_rank) as news_rank
    from decided
),

carried as (
    select
        *,
        coalesce(arbitrated_status is null and plain_status <> 'late' and late_rank >= coalesce(ended_rank, 0), false)
            as is_delay_carried,
        case
            when
                arbitrated_status is null and plain_status <> 'late' and late_rank >= coalesce(ended_rank, 0)
                then 'late'
            else plain_status
        end as status_after_delay
    from ranked
),

-- where nothing was received since some session, no status is better than the worst since then
held as (
    select
        *,
        min({{ silence_step('status_after_delay') }}) over (
            partition by action_code, coalesce(news_rank, 0)
            order by session_rank
        ) as worst_step
    from carried
),

settled as (
    select
        *,
        arbitrated_status is null
        and status_after_delay in ('on_track', 'achieved')
        and {{ silence_step('status_after_delay') }} > worst_step as is_held_back,
        case
            when arbitrated_status is not null then arbitrated_status
            when status_after_delay in ('on_track', 'achieved')
                and {{ silence_step('status_after_delay') }} > worst_step
                then case worst_step
                        when 1 then 'late' when 2 then 'at_risk' when 4 then 'on_track' else 'not_reported'
                    end
            else status_after_delay
        end as final_status
    from held
),

-- of its commitments, those that the status is taken from
grounds as (
    select
        settled.session_code,
        settled.action_code,
        min(
            case
                when settled.final_status = 'unconfirmed' and commitments.status <> 'unconfirmed' then null
                when {{ is_unknown('settled.final_status') }} and {{ is_unknown('commitments.status') }}
                    then {{ reason_rank('commitments.reason') }}
                when commitments.status = settled.final_status
                    and commitments.reason in ('at_best', 'approximate', 'unproven')
                    then {{ reason_rank('commitments.reason') }}
            end
        ) as reason_rank,
        min(
            case
                when commitments.status = settled.final_status
                    or (settled.final_status = 'on_track' and commitments.status = 'achieved')
                    then {{ basis_rank('commitments.basis') }}
            end
        ) as basis_rank,
        min(
            case
                when
                    commitments.status = settled.final_status and commitments.basis = 'carried'
                    then commitments.carried_from
            end
        )
            as carried_from
    from settled
    inner join {{ ref('int_commitment_carried') }} as commitments
        on settled.session_code = commitments.session_code and settled.action_code = commitments.action_code
    group by settled.session_code, settled.action_code
)

select
    settled.session_code,
    settled.action_code,
    settled.computed_status,
    settled.declared_status,
    settled.read_status,
    settled.arbitrated_status,
    settled.final_status,
    lag(settled.final_status) over (partition by settled.action_code order by settled.session_rank) as previous_status,
    settled.has_disagreement
    or coalesce(
        {{ word_weight('settled.declared_status') }} > {{ word_weight('settled.final_status') }}
        and settled.arbitrated_status is null,
        false
    )
        as has_disagreement,
    cast(settled.assessed_count as double) / settled.commitment_count as coverage,
    case
        when settled.arbitrated_status is not null then null
        when not settled.is_news and news_in.session_code is not null then 'nothing_new'
        when
            {{ is_unknown('settled.final_status') }}
            then coalesce({{ reason_of_rank('grounds.reason_rank') }}, 'no_observation')
        else {{ reason_of_rank('grounds.reason_rank') }}
    end as reason,
    sessions.method_version,
    case
        when settled.arbitrated_status is not null then 'arbitrated'
        when
            settled.is_delay_carried or (settled.is_held_back and settled.final_status in ('late', 'at_risk'))
            then 'carried'
        when settled.is_within_facts
            and settled.declared_status is not null
            and settled.declared_status <> settled.computed_status
            then 'declared'
        when settled.read_status is not null and settled.read_status <> settled.computed_status then 'read'
        when {{ is_unknown('settled.final_status') }} then null
        else coalesce(
                {{ basis_of_rank('grounds.basis_rank') }},
                case when settled.declared_status is not null then 'declared' end
            )
    end as basis,
    case
        when settled.is_delay_carried then late_in.session_code
        when settled.is_held_back and settled.final_status in ('late', 'at_risk') then news_in.session_code
        else grounds.carried_from
    end as carried_from,
    news_in.session_code as last_news_in,
    settled.declared_by,
    settled.declared_source,
    settled.arbitrated_in,
    settled.arbitrated_by,
    settled.arbitrated_on,
    settled.arbitration_reason,
    settled.arbitration_overruled,
    settled.arbitrated_in is not null and settled.arbitrated_status is null as is_asked_again,
    settled.commitment_count,
    settled.assessed_count,
    settled.review_mark
from settled
inner join {{ ref('int_session_prepared') }} as sessions on settled.session_code = sessions.session_code
left join grounds on settled.session_code = grounds.session_code and settled.action_code = grounds.action_code
left join {{ ref('int_session_prepared') }} as news_in on settled.news_rank = news_in.session_rank
left join {{ ref('int_session_prepared') }} as late_in on settled.late_rank = late_in.session_rank
