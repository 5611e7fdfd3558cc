with

-- the last reading of a commitment in a session's texts; one taken back leaves nothing
ranked as (
    select
        *,
        row_number() over (
            partition by session_code, commitment_id
            order by received_at desc, reading_id desc
        ) as position
    from {{ ref('stg_raw__reading') }}
)

select
    session_code,
    commitment_id,
    reading_id,
    status,
    status_date,
    status_date_precision,
    document,
    place,
    note,
    author_role,
    read_on,
    sha256,
    received_at
from ranked
where position = 1 and status <> 'withdrawn'
