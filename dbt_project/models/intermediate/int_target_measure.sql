with

targets as (
    select
        commitments.commitment_id,
        commitments.target_value,
        commitments.target_qualifier,
        kpis.kpi_id,
        kpis.unit,
        kpis.direction,
        kpis.measure_kind,
        kpis.periodicity
    from {{ ref('ref_commitment') }} as commitments
    inner join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    where commitments.kind = 'target'
),

-- a target that a shorter period brought to a year answers promises a rhythm: so does a short period of its own KPI
rhythms as (
    select distinct
        session_code,
        commitment_id
    from {{ ref('int_comparability_decided') }}
    where relation = 'annualised' and decided_by is not null
),

own_measures as (
    select
        known.session_code,
        targets.commitment_id,
        known.observation_id,
        known.kpi_id as measured_kpi_id,
        case
            when
                rhythms.commitment_id is not null
                and targets.measure_kind in ('flow', 'rolling_12_months')
                and {{ months_touched('known.period_start', 'known.period_end') }} < 12
                then 'annualised'
            else 'same'
        end as relation,
        0 as context_rank,
        known.value,
        known.fits_measure_kind as is_decided,
        false as is_waiting,
        {{ as_text('null') }} as context_note
    from {{ ref('int_observation_known') }} as known
    inner join targets on known.kpi_id = targets.kpi_id
    left join rhythms on known.session_code = rhythms.session_code and targets.commitment_id = rhythms.commitment_id
),

related_measures as (
    select
        known.session_code,
        targets.commitment_id,
        known.observation_id,
        known.kpi_id as measured_kpi_id,
        links.relation,
        links.context_rank,
        case links.relation
            when 'ratio'
                then case when targets.unit = '%' then 100.0e0 else 1.0e0 end * known.value / links.denominator_value
            when 'annualised' then known.value * 12.0e0 / {{ months_of('kpis.periodicity') }}
            else known.value
        end as value,
        links.decided_by is not null
        and known.fits_measure_kind
        and links.relation <> 'different'
        -- a bound is counted over a period that contains the target's (upper) or lies within it (lower)
        and not (
            links.relation = 'upper_bound'
            and coalesce({{ months_of('kpis.periodicity') }} < {{ months_of('targets.periodicity') }}, false)
        )
        and not (
            links.relation = 'lower_bound'
            and coalesce({{ months_of('kpis.periodicity') }} > {{ months_of('targets.periodicity') }}, false)
        )
        and not (links.relation = 'lower_bound' and known.qualifier in ('at_most', 'less_than'))
        and not (links.relation = 'upper_bound' and known.qualifier in ('at_least', 'more_than'))
        and (links.relation <> 'annualised' or targets.measure_kind in ('flow', 'rolling_12_months')) as is_decided,
        links.decided_by is null and links.relation <> 'different' as is_waiting,
        links.explanation as context_note
    from {{ ref('int_comparability_decided') }} as links
    inner join targets on links.commitment_id = targets.commitment_id
    inner join {{ ref('ref_kpi') }} as kpis on links.context_kpi_id = kpis.kpi_id
    inner join {{ ref('int_observation_known') }} as known
        on links.session_code = known.session_code and links.context_kpi_id = known.kpi_id
),

measures as (
    select * from own_measures
    union all
    select * from related_measures
)

select
    measures.session_code,
    measures.commitment_id,
    measures.observation_id,
    measures.measured_kpi_id,
    measures.relation,
    measures.context_rank,
    measures.context_note,
    measures.value,
    known.value as raw_value,
    known.qualifier as raw_qualifier,
    case measures.relation
        when 'lower_bound' then 'at_least'
        when 'upper_bound' then 'at_most'
        else known.qualifier
    end as qualifier,
    known.nature,
    known.period_start,
    known.period_end,
    known.period_precision,
    known.measured_on,
    known.recency,
    known.sha256,
    known.locator,
    sessions.cut_off <= {{ months_after('kpis.max_age_months', 'known.measured_on') }} as is_fresh,
    measures.is_waiting,
    -- the figure measures what the target counts, or bounds it
    measures.is_decided and measures.value is not null as is_comparable,
    measures.is_decided
    and measures.value is not null
    and measures.relation in ('same', 'ratio', 'annualised') as is_graded,
    coalesce(
        measures.is_decided
        and (measures.relation <> 'lower_bound' or targets.direction = 'up')
        and (measures.relation <> 'upper_bound' or targets.direction = 'down')
        and {{ is_reached(
            'targets.direction', 'measures.value', 'known.qualifier', 'targets.target_value', 'targets.target_qualifier'
        ) }},
        false
    ) as is_reached
from measures
inner join targets on measures.commitment_id = targets.commitment_id
inner join {{ ref('int_observation_known') }} as known
    on measures.session_code = known.session_code and measures.observation_id = known.observation_id
inner join {{ ref('ref_kpi') }} as kpis on measures.measured_kpi_id = kpis.kpi_id
inner join {{ ref('int_session_prepared') }} as sessions on measures.session_code = sessions.session_code
