with

targets as (
    select
        sessions.session_code,
        sessions.cut_off,
        sessions.on_track_ratio,
        sessions.at_risk_ratio,
        commitments.commitment_id,
        commitments.target_value,
        commitments.deadline,
        kpis.direction,
        commitments.kpi_id,
        -- a falling KPI cannot be assumed to start from zero: it would already be below its target
        coalesce(
            commitments.baseline_value,
            case when kpis.direction = 'up' then sessions.assumed_baseline_value end
        ) as baseline_value,
        coalesce(commitments.baseline_on, sessions.assumed_baseline_on) as baseline_on,
        commitments.baseline_value is null as is_assumed_baseline
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_commitment') }} as commitments
    left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    where commitments.kind = 'target'
),

-- values of another quantity, population, unit or period: shown beside the target, they give no rate
contexts as (
    select
        observations.session_code,
        comparability.commitment_id,
        observations.kpi_id as context_kpi_id,
        observations.value as context_value,
        observations.qualifier as context_qualifier,
        observations.period_end as context_period_end,
        comparability.explanation as context_note,
        row_number() over (
            partition by observations.session_code, comparability.commitment_id
            order by comparability.context_rank, observations.kpi_id
        ) as position
    from {{ ref('ref_kpi_comparability') }} as comparability
    inner join {{ ref('int_observation_selected') }} as observations
        on comparability.context_kpi_id = observations.kpi_id
),

observed as (
    select
        targets.*,
        observations.value as actual_value,
        observations.qualifier as actual_qualifier,
        observations.period_start as actual_period_start,
        observations.period_end as actual_period_end,
        observations.period_precision as actual_period_precision,
        observations.sha256,
        observations.locator,
        observations.observation_id,
        contexts.context_kpi_id,
        contexts.context_value,
        contexts.context_qualifier,
        contexts.context_period_end,
        contexts.context_note,
        -- an upper bound never proves that a rising target is reached, nor a lower bound a falling one
        case targets.direction
            when 'up' then observations.value >= targets.target_value and observations.qualifier <> 'at_most'
            when 'down' then observations.value <= targets.target_value and observations.qualifier <> 'at_least'
        end as is_reached,
        case
            when targets.target_value is null then 'no_target'
            when observations.value is null and contexts.context_kpi_id is not null then 'not_comparable'
            when observations.value is null then 'no_observation'
            -- no way to go from the baseline to the target in the KPI's direction
            when targets.direction = 'up' and targets.target_value > targets.baseline_value then null
            when targets.direction = 'down' and targets.target_value < targets.baseline_value then null
            else 'degenerate_target'
        end as reason
    from targets
    left join {{ ref('int_observation_selected') }} as observations
        on targets.session_code = observations.session_code and targets.kpi_id = observations.kpi_id
    left join contexts
        on
            targets.session_code = contexts.session_code
            and targets.commitment_id = contexts.commitment_id
            and contexts.position = 1
),

rated as (
    select
        *,
        case
            when reason is null
                then 100.0 * (actual_value - baseline_value) / (target_value - baseline_value)
        end as progress_rate_unclipped,
        case
            when deadline is null then null
            when cut_off >= deadline then 100.0
            when cut_off <= baseline_on then 0.0
            else
                100.0 * {{ days_between('baseline_on', 'cut_off') }}
                / {{ days_between('baseline_on', 'deadline') }}
        end as expected_rate
    from observed
)

select
    session_code,
    commitment_id,
    kpi_id,
    baseline_value,
    baseline_on,
    is_assumed_baseline,
    actual_value,
    actual_qualifier,
    actual_period_start,
    actual_period_end,
    actual_period_precision,
    sha256,
    locator,
    observation_id,
    context_kpi_id,
    context_value,
    context_qualifier,
    context_period_end,
    context_note,
    progress_rate_unclipped,
    expected_rate,
    reason,
    {{ clipped('progress_rate_unclipped', 0.0, 100.0) }} as progress_rate,
    -- compared as a product, so that nothing expected yet (a rate of 0) divides nothing
    case
        when is_reached then 'achieved'
        when actual_value is not null and target_value is not null and deadline < cut_off then 'late'
        when reason is not null or expected_rate is null then 'not_reported'
        when progress_rate_unclipped >= on_track_ratio * expected_rate then 'on_track'
        when progress_rate_unclipped >= at_risk_ratio * expected_rate then 'at_risk'
        else 'late'
    end as status
from rated
