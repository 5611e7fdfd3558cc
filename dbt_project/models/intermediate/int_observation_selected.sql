with

-- what was known at the cut-off and had begun by then; « fin 2024 » said on 17 December 2024 counts
known as (
    select
        sessions.session_code,
        observations.*
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('int_observation_unioned') }} as observations
        on
            sessions.cut_off >= observations.source_as_of
            and sessions.cut_off >= observations.period_start
            and (observations.withdrawn_as_of is null or sessions.cut_off < observations.withdrawn_as_of)
    where observations.territory_code = 'FR'
),

-- the latest period first; within it the best source, then the last received
ranked as (
    select
        *,
        row_number() over (
            partition by session_code, kpi_id
            order by period_end desc, source_priority desc, recorded_at desc, observation_id desc
        ) as position
    from known
)

select
    session_code,
    kpi_id,
    observation_id,
    value,
    qualifier,
    period_start,
    period_end,
    period_precision,
    source_type,
    sha256,
    locator
from ranked
where position = 1
