with

targets as (
    select
        sessions.session_code,
        sessions.cut_off,
        sessions.on_track_ratio,
        sessions.at_risk_ratio,
        sessions.least_expected_rate,
        sessions.latest_start_on,
        commitments.commitment_id,
        commitments.kpi_id,
        commitments.target_value,
        commitments.target_qualifier,
        commitments.deadline,
        kpis.direction,
        coalesce(kpis.value_min >= 0, false) as is_never_negative
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_commitment') }} as commitments
    inner join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    where commitments.kind = 'target'
),

-- the measure that counts: the latest that can be put on the path; without one, a bound that reaches the target, else
-- the bound that may prove a delay; else a figure to print
ranked as (
    select
        *,
        row_number() over (
            partition by session_code, commitment_id
            order by
                case
                    when is_graded then 0
                    when is_reached then 1
                    when is_comparable then 2
                    when is_waiting then 3
                    else 4
                end asc,
                case when is_comparable then measured_on end desc,
                context_rank asc,
                recency asc
        ) as position
    from {{ ref('int_target_measure') }}
),

chosen as (
    select * from ranked
    where position = 1
),

-- reached once is reached: the first figure that shows it
first_reached as (
    select
        *,
        row_number() over (
            partition by session_code, commitment_id
            order by measured_on asc, context_rank asc, recency desc
        ) as position
    from {{ ref('int_target_measure') }}
    where is_reached
),

paths as (
    select distinct
        session_code,
        commitment_id,
        start_on,
        start_value,
        start_source
    from {{ ref('int_target_path') }}
),

measured as (
    select
        targets.*,
        chosen.observation_id,
        chosen.measured_kpi_id,
        chosen.relation,
        chosen.context_note,
        chosen.value,
        chosen.raw_value,
        chosen.raw_qualifier,
        chosen.qualifier,
        chosen.nature,
        chosen.period_start,
        chosen.period_end,
        chosen.period_precision,
        chosen.measured_on,
        chosen.sha256,
        chosen.locator,
        chosen.is_fresh,
        coalesce(chosen.is_graded, false) as is_graded,
        coalesce(chosen.is_comparable, false) as is_comparable,
        coalesce(chosen.measured_on >= targets.deadline, false) as is_after_deadline,
        first_reached.measured_on as achieved_on,
        first_reached.period_precision as achieved_precision,
        first_reached.commitment_id is not null as is_achieved,
        coalesce(
            {{ is_reached(
                'targets.direction', 'chosen.value', 'chosen.qualifier', 'targets.target_value', 'targets.target_qualifier'
            ) }},
            false
        ) as is_reached_now,
        coalesce(
            {{ is_nearly_reached(
                'targets.direction', 'chosen.value', 'chosen.qualifier', 'targets.target_value', 'targets.target_qualifier'
            ) }},
            false
        ) as is_nearly_reached,
        coalesce(chosen.is_waiting, false) as is_waiting,
        paths.start_on,
        paths.start_value,
        paths.start_source,
        -- no way to go from the start to the target in the KPI's direction
        coalesce(
            case targets.direction
                when 'up' then targets.target_value <= paths.start_value
                when 'down' then targets.target_value >= paths.start_value
            end,
            false
        ) as is_degenerate,
        case
            when chosen.measured_on <= paths.start_on then paths.start_value
            when chosen.measured_on >= targets.deadline then targets.target_value
            else
                segments.from_value
                + (segments.to_value - segments.from_value)
                * {{ share_of_days('segments.from_on', 'chosen.measured_on', 'segments.to_on') }}
        end as path_value
    from targets
    left join chosen
        on targets.session_code = chosen.session_code and targets.commitment_id = chosen.commitment_id
    left join first_reached
        on
            targets.session_code = first_reached.session_code
            and targets.commitment_id = first_reached.commitment_id
            and first_reached.position = 1
    left join paths
        on targets.session_code = paths.session_code and targets.commitment_id = paths.commitment_id
    left join {{ ref('int_target_path') }} as segments
        on
            targets.session_code = segments.session_code
            and targets.commitment_id = segments.commitment_id
            and chosen.measured_on >= segments.from_on
            and chosen.measured_on < segments.to_on
),

rated as (
    select
        *,
        case
            when is_graded and not is_degenerate
                then 100.0e0 * (value - start_value) / (target_value - start_value)
        end as progress_rate_unclipped,
        case
            when is_comparable and not is_degenerate
                then 100.0e0 * (path_value - start_value) / (target_value - start_value)
        end as expected_rate,
        case
            when is_comparable and direction = 'up' and target_value > 0 then 100.0e0 * value / target_value
        end as share_of_target,
        -- without a start: the share is the most the progress can be, this the least that was to be expected
        case
            when is_comparable and start_on is null and direction = 'up' and target_value > 0
                and is_never_negative and deadline > latest_start_on
                then 100.0e0 * {{ on_line('measured_on', 'latest_start_on', '0.0e0', 'deadline', '1.0e0') }}
        end as least_expected_rate_at_value
    from measured
),

compared as (
    select
        *,
        case
            when start_on is not null then 100.0e0 * (value - start_value) / nullif(target_value - start_value, 0)
            else share_of_target
        end as compared_rate,
        coalesce(expected_rate, least_expected_rate_at_value) as compared_with
    from rated
),

placed as (
    select
        *,
        -- compared as a product, so that nothing expected yet divides nothing
        case
            when compared_rate is null or compared_with is null or is_degenerate then null
            when compared_rate < at_risk_ratio * compared_with then 'late'
            when compared_rate < on_track_ratio * compared_with then 'at_risk'
            when compared_rate > 0 or compared_with > 0 then 'on_track'
        end as place_on_path,
        coalesce(compared_with, 0) < least_expected_rate as is_too_early
    from compared
),

judged as (
    select
        *,
        case
            when is_achieved then 'achieved'
            when not is_comparable then null
            when not is_graded
                then case
                        when relation <> case direction when 'up' then 'upper_bound' else 'lower_bound' end then null
                        when not is_fresh or is_reached_now or is_nearly_reached then null
                        when is_after_deadline then 'late'
                        when place_on_path = 'late' and not is_too_early then 'late'
                        when place_on_path = 'at_risk' and not is_too_early and deadline >= cut_off then 'at_risk'
                    end
            when not is_fresh
                then case when deadline < cut_off and not is_after_deadline then 'unconfirmed' else 'not_reported' end
            when is_after_deadline and (is_nearly_reached or relation = 'annualised') then 'unconfirmed'
            when is_after_deadline then 'late'
            when place_on_path = 'late' and not is_too_early and relation <> 'annualised' then 'late'
            when deadline < cut_off then 'unconfirmed'
            when place_on_path in ('late', 'at_risk') and not is_too_early then 'at_risk'
            when is_nearly_reached then 'on_track'
            when place_on_path = 'on_track' and start_on is not null then 'on_track'
            else 'not_reported'
        end as status
    from placed
)

select
    session_code,
    commitment_id,
    kpi_id,
    start_value as baseline_value,
    start_on as baseline_on,
    start_source as baseline_source,
    observation_id,
    measured_kpi_id,
    case when status is not null then relation end as relation,
    is_waiting,
    -- the figure of another KPI, or one that cannot be held against the target, as it was stated
    case when status is null or measured_kpi_id <> kpi_id then measured_kpi_id end as context_kpi_id,
    case when status is null or measured_kpi_id <> kpi_id then raw_value end as context_value,
    case when status is null or measured_kpi_id <> kpi_id then raw_qualifier end as context_qualifier,
    case when status is null or measured_kpi_id <> kpi_id then period_end end as context_period_end,
    context_note,
    -- the figure is of use against the target: its own column of the method
    status is not null as is_assessed,
    case when status is not null then value end as actual_value,
    case when status is not null then qualifier end as actual_qualifier,
    case when status is not null then nature end as actual_nature,
    case when status is not null then period_start end as actual_period_start,
    case when status is not null then period_end end as actual_period_end,
    case when status is not null then period_precision end as actual_period_precision,
    case when status is not null then measured_on end as measured_on,
    case when status is not null then sha256 end as sha256,
    case when status is not null then locator end as locator,
    case when status is not null then share_of_target end as share_of_target,
    progress_rate_unclipped,
    {{ clipped('progress_rate_unclipped', '0.0e0', '100.0e0') }} as progress_rate,
    case when status is not null then expected_rate end as expected_rate,
    case when status is not null then least_expected_rate_at_value end as least_expected_rate,
    achieved_on,
    achieved_precision,
    is_achieved and is_graded and not is_reached_now and not is_nearly_reached as fell_back,
    -- a delay ends when a later measure is back at the share of its path where risk begins, while there is time
    coalesce(
        is_graded
        and is_fresh
        and deadline >= cut_off
        and not is_degenerate
        and place_on_path in ('at_risk', 'on_track'),
        false
    ) as is_back_on_path,
    status,
    case
        when status is null and is_waiting then 'waits_for_decision'
        when status is null and observation_id is not null then 'not_comparable'
        when status is null then 'no_observation'
        when target_value is null or deadline is null then 'no_target'
        when status = 'achieved' or not is_graded then {{ reason_without_rate() }}
        when not is_fresh then 'too_old'
        when is_nearly_reached or (is_after_deadline and relation = 'annualised') then 'approximate'
        when is_degenerate then 'degenerate_target'
        when status = 'not_reported' and start_on is not null then 'too_early'
        else {{ reason_without_rate() }}
    end as reason
from judged
