with

sent as (
    select * from {{ ref('int_measurement_sent') }}
    union all
    select * from {{ ref('int_quantity_accepted') }}
),

-- the last decision on a figure; the period stays as the sources wrote it unless the decision gives another
decisions as (
    select
        decisions.decision_id,
        decisions.subject_kind,
        decisions.kpi_id,
        decisions.territory_code,
        decisions.period_end,
        decisions.decision,
        decisions.value,
        decisions.qualifier,
        decisions.new_period_start,
        decisions.new_period_end,
        decisions.new_period_precision,
        decisions.reason,
        decisions.author_role,
        decisions.decided_on,
        decisions.overruled,
        decisions.session_code,
        decisions.received_at,
        coalesce(sessions.cut_off, decisions.decided_on) as source_as_of,
        row_number() over (
            partition by decisions.kpi_id, decisions.territory_code, decisions.period_end
            order by decisions.received_at desc, decisions.decision_id desc
        ) as position
    from {{ ref('stg_raw__decision') }} as decisions
    left join {{ ref('ref_cns_session') }} as sessions on decisions.session_code = sessions.session_code
    where
        decisions.subject_kind in ('measure', 'conflict')
        and decisions.kpi_id is not null
        and decisions.period_end is not null
),

-- the value of the sources when it was taken, and the first value since that differs: then it is asked again
known as (
    select
        decisions.decision_id,
        min(case when sent.recorded_at <= decisions.received_at then sent.period_start end) as period_start,
        min(case when sent.recorded_at <= decisions.received_at then sent.period_precision end) as period_precision,
        {{ latest_said(
            'case when sent.recorded_at <= decisions.received_at then sent.value end',
            [source_priority('sent.source_type'), 'sent.recorded_at', 'sent.observation_id'],
        ) }} as value
    from decisions
    inner join sent
        on
            decisions.kpi_id = sent.kpi_id
            and decisions.territory_code = sent.territory_code
            and decisions.period_end = sent.period_end
    where decisions.position = 1
    group by decisions.decision_id
),

changed as (
    select
        decisions.decision_id,
        min(later.source_as_of) as changed_as_of
    from decisions
    inner join sent as later
        on
            decisions.kpi_id = later.kpi_id
            and decisions.territory_code = later.territory_code
            and decisions.period_end = later.period_end
            and decisions.received_at < later.recorded_at
            and (decisions.value is null or decisions.value <> later.value)
    left join sent as earlier
        on
            later.kpi_id = earlier.kpi_id
            and later.territory_code = earlier.territory_code
            and later.period_end = earlier.period_end
            and later.value = earlier.value
            and decisions.received_at >= earlier.recorded_at
    where decisions.position = 1 and earlier.observation_id is null
    group by decisions.decision_id
)

select
    decisions.decision_id,
    decisions.kpi_id,
    decisions.territory_code,
    decisions.period_end,
    decisions.decision,
    coalesce(decisions.value, case when decisions.new_period_end is not null then known.value end) as value,
    coalesce(decisions.qualifier, 'exact') as qualifier,
    decisions.reason,
    decisions.author_role,
    decisions.decided_on,
    decisions.overruled,
    decisions.session_code,
    decisions.received_at,
    decisions.source_as_of,
    coalesce(decisions.new_period_start, decisions.new_period_end, known.period_start, decisions.period_end)
        as decided_start,
    coalesce(decisions.new_period_end, decisions.period_end) as decided_end,
    coalesce(decisions.new_period_precision, known.period_precision, 'day') as decided_precision,
    changed.changed_as_of,
    -- the figure is rejected, or was stated about another period: what was stated about this one no longer counts
    decisions.new_period_end is not null
    or (decisions.subject_kind = 'measure' and decisions.decision = 'rejected') as is_closing
from decisions
left join known on decisions.decision_id = known.decision_id
left join changed on decisions.decision_id = changed.decision_id
where decisions.position = 1
