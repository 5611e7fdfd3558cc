with

targets as (
    select
        commitments.commitment_id,
        commitments.kpi_id,
        commitments.target_value,
        commitments.deadline
    from {{ ref('ref_commitment') }} as commitments
    where commitments.kind = 'target' and commitments.deadline is not null and commitments.target_value is not null
),

reached as (
    select distinct
        session_code,
        commitment_id
    from {{ ref('int_target_measure') }}
    where is_reached
),

-- the targets of the same KPI that fall due before this one
earlier_targets as (
    select
        sessions.session_code,
        targets.commitment_id,
        earlier.commitment_id as earlier_id,
        earlier.deadline,
        earlier.target_value,
        reached.commitment_id is not null as is_reached
    from {{ ref('int_session_prepared') }} as sessions
    cross join targets
    inner join targets as earlier on targets.kpi_id = earlier.kpi_id and targets.deadline > earlier.deadline
    left join reached on sessions.session_code = reached.session_code and earlier.commitment_id = reached.commitment_id
),

-- a start with its source, and each earlier target that was reached: the latest of them is where the way begins
possible_starts as (
    select
        sessions.session_code,
        targets.commitment_id,
        baselines.baseline_on as start_on,
        baselines.baseline_value as start_value,
        baselines.baseline_source as start_source
    from {{ ref('int_session_prepared') }} as sessions
    cross join targets
    inner join {{ ref('ref_kpi_baseline') }} as baselines on targets.kpi_id = baselines.kpi_id
    where targets.deadline > baselines.baseline_on
    union all
    select
        session_code,
        commitment_id,
        deadline as start_on,
        target_value as start_value,
        'Cible de l’engagement ' || earlier_id || ', atteinte' as start_source
    from earlier_targets
    where is_reached
),

starts as (
    select
        *,
        row_number()
            over (partition by session_code, commitment_id order by start_on desc, start_source asc)
            as position
    from possible_starts
),

points as (
    select
        session_code,
        commitment_id,
        start_on as point_on,
        start_value as point_value
    from starts
    where position = 1
    union all
    select
        earlier_targets.session_code,
        earlier_targets.commitment_id,
        earlier_targets.deadline as point_on,
        earlier_targets.target_value as point_value
    from earlier_targets
    inner join starts
        on
            earlier_targets.session_code = starts.session_code
            and earlier_targets.commitment_id = starts.commitment_id
            and starts.position = 1
            and earlier_targets.deadline > starts.start_on
    union all
    select
        starts.session_code,
        starts.commitment_id,
        targets.deadline as point_on,
        targets.target_value as point_value
    from starts
    inner join targets on starts.commitment_id = targets.commitment_id
    where starts.position = 1
),

segments as (
    select
        session_code,
        commitment_id,
        point_on as from_on,
        point_value as from_value,
        lead(point_on) over (partition by session_code, commitment_id order by point_on) as to_on,
        lead(point_value) over (partition by session_code, commitment_id order by point_on) as to_value
    from points
)

select
    segments.session_code,
    segments.commitment_id,
    segments.from_on,
    segments.from_value,
    segments.to_on,
    segments.to_value,
    starts.start_on,
    starts.start_value,
    starts.start_source,
    targets.deadline as end_on,
    targets.target_value as end_value
from segments
inner join starts
    on
        segments.session_code = starts.session_code
        and segments.commitment_id = starts.commitment_id
        and starts.position = 1
inner join targets on segments.commitment_id = targets.commitment_id
where segments.to_on is not null
