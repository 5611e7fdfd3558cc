with

source as (
    select * from {{ source('raw', 'decision') }}
),

renamed as (
    select
        decision_id,
        subject_kind,
        subject_key,
        session_code,
        decision,
        value,
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
        case when subject_kind = 'status' then subject_key end as action_code,
        case when subject_kind in ('value', 'conflict') then {{ key_part('subject_key', 1) }} end as kpi_id,
        case subject_kind
            when 'value' then {{ key_part('subject_key', 2) }}
            when 'conflict' then 'FR'
        end as territory_code,
        case subject_kind
            when 'value' then {{ read_as(key_part('subject_key', 3), 'date') }}
            when 'conflict' then {{ read_as(key_part('subject_key', 2), 'date') }}
        end as period_end,
        case when subject_kind = 'fact' then subject_key end as fact_key
    from renamed
)

select * from keyed
