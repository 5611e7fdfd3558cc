with

-- the last word of each source: a correction of one's own figure is no conflict, nor is a forecast against a measure
statements as (
    select *
    from {{ ref('fct_kpi_observation') }} as observations
    where
        source_type <> 'arbitration'
        and withdrawn_as_of is null
        and {{ is_measure('nature') }}
        and not exists (
            select 1
            from {{ ref('fct_kpi_observation') }} as later
            where later.supersedes = observations.observation_id
        )
),

ranked as (
    select
        *,
        {{ lowest_meant('value', 'qualifier') }} as lowest_value,
        {{ highest_meant('value', 'qualifier') }} as highest_value,
        row_number() over (
            partition by kpi_id, territory_code, period_end
            order by
                {{ nature_priority('nature') }} desc,
                {{ source_priority('source_type') }} desc,
                recorded_at desc,
                observation_id desc
        ) as position
    from statements
),

-- one document with two values is its reader's affair, not a conflict of sources
numbered as (
    select
        *,
        first_value(sha256) over (partition by kpi_id, territory_code, period_end order by position) as first_sha256
    from ranked
),

-- sources with the same value count as one, under the name of the best of them
figures as (
    select
        kpi_id,
        territory_code,
        period_end,
        value,
        min(position) as position,
        min(lowest_value) as lowest_value,
        max(highest_value) as highest_value,
        min(source_as_of) as known_on
    from numbered
    where position = 1 or sha256 <> first_sha256
    group by kpi_id, territory_code, period_end, value
),

-- the figure that counts against each other figure: two values are one conflict
paired as (
    select
        best.kpi_id,
        best.territory_code,
        best.period_end,
        best.position as position_a,
        other.position as position_b,
        best.value as value_a,
        other.value as value_b,
        best.lowest_value <= other.highest_value and other.lowest_value <= best.highest_value as is_compatible,
        case when best.known_on > other.known_on then best.known_on else other.known_on end as known_on
    from figures as best
    inner join figures as other
        on
            best.kpi_id = other.kpi_id
            and best.territory_code = other.territory_code
            and best.period_end = other.period_end
            and best.position < other.position
    where best.position = 1
),

-- an answer of the lead after the report with another figure was published corrects that report, unless the DNS has
-- decided on this figure: a decision on which something new came is asked again
judged as (
    select
        paired.*,
        case
            when paired.is_compatible then 'compatible'
            when
                source_a.source_type = 'lead_submission'
                and source_b.source_type = 'progress_report'
                and cast(source_a.recorded_at as date) > source_b.source_as_of
                and decisions.kpi_id is null
                then 'corrected'
            else 'contradictory'
        end as verdict,
        source_a.source_ref as source_a,
        source_b.source_ref as source_b,
        source_a.qualifier as qualifier_a,
        source_b.qualifier as qualifier_b,
        source_a.locator as locator_a,
        source_b.locator as locator_b
    from paired
    inner join ranked as source_a
        on
            paired.kpi_id = source_a.kpi_id
            and paired.territory_code = source_a.territory_code
            and paired.period_end = source_a.period_end
            and paired.position_a = source_a.position
    inner join ranked as source_b
        on
            paired.kpi_id = source_b.kpi_id
            and paired.territory_code = source_b.territory_code
            and paired.period_end = source_b.period_end
            and paired.position_b = source_b.position
    left join {{ ref('int_figure_decided') }} as decisions
        on
            paired.kpi_id = decisions.kpi_id
            and paired.territory_code = decisions.territory_code
            and paired.period_end = decisions.period_end
)

select
    judged.kpi_id,
    judged.period_end,
    judged.source_a,
    judged.value_a,
    judged.source_b,
    judged.value_b,
    judged.value_b - judged.value_a as gap,
    judged.verdict,
    decisions.reason as resolution,
    judged.territory_code,
    judged.qualifier_a,
    judged.qualifier_b,
    judged.locator_a,
    judged.locator_b,
    judged.known_on,
    case
        when decisions.kpi_id is null then null
        when decisions.value is not null then decisions.value
        else judged.value_a
    end as resolved_value,
    decisions.author_role as resolved_by,
    decisions.decided_on as resolved_on,
    decisions.kpi_id is not null as is_settled,
    judged.verdict = 'contradictory' and decisions.kpi_id is null as is_blocking
from judged
-- a decision settles it until a source sends something new
left join {{ ref('int_figure_decided') }} as decisions
    on
        judged.kpi_id = decisions.kpi_id
        and judged.territory_code = decisions.territory_code
        and judged.period_end = decisions.period_end
        and decisions.changed_as_of is null
