with

source as (
    select * from {{ source('raw', 'decision') }}
),

renamed as (
    select
        decision_id,
        case subject_kind
            when 'status' then 'action'
            when 'value' then 'measure'
            else subject_kind
        end as subject_kind,
        subject_key,
        session_code,
        case
            when subject_kind = 'conflict' and decision = 'validated' then 'keep_a'
            when subject_kind = 'conflict' and decision = 'corrected' then 'other_value'
            else decision
        end as decision,
        value,
        qualifier,
        new_kpi_id,
        new_period_start,
        new_period_end,
        new_period_precision,
        overruled,
        decided_upon,
        author_role,
        decided_on,
        reason,
        {{ utc('received_at') }} as received_at
    from source
),

-- the parts of a subject's key, each under its own name
keyed as (
    select
        *,
        case when subject_kind = 'action' then subject_key end as action_code,
        case subject_kind
            when 'commitment' then subject_key
            when 'comparability' then {{ key_part('subject_key', 1) }}
            when 'denominator' then {{ key_part('subject_key', 1) }}
        end as commitment_id,
        case
            when subject_kind in ('comparability', 'denominator') then {{ key_part('subject_key', 2) }}
        end as context_kpi_id,
        case when subject_kind in ('measure', 'conflict') then {{ key_part('subject_key', 1) }} end as kpi_id,
        case subject_kind
            when 'measure' then {{ key_part('subject_key', 2) }}
            when 'conflict' then 'FR'
        end as territory_code,
        case subject_kind
            when 'measure' then {{ read_as(key_part('subject_key', 3), 'date') }}
            when 'conflict' then {{ read_as(key_part('subject_key', 2), 'date') }}
        end as period_end,
        case when subject_kind = 'fact' then subject_key end as fact_key
    from renamed
),

-- the last time each subject's decision was taken back: what was decided before then no longer holds
withdrawals as (
    select
        subject_kind,
        subject_key,
        max(received_at) as withdrawn_at
    from keyed
    where decision = 'withdrawn'
    group by subject_kind, subject_key
)

select keyed.*
from keyed
left join withdrawals
    on keyed.subject_kind = withdrawals.subject_kind and keyed.subject_key = withdrawals.subject_key
where
    keyed.decision <> 'withdrawn'
    and (withdrawals.withdrawn_at is null or keyed.received_at > withdrawals.withdrawn_at)
