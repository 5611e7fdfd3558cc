select
    reading_id,
    session_code,
    commitment_id,
    status,
    status_date,
    status_date_precision,
    document,
    place,
    note,
    author_role,
    read_on,
    received_at,
    row_number() over (
        partition by session_code, commitment_id
        order by received_at desc, reading_id desc
    ) = 1 as is_last
from {{ ref('stg_raw__reading') }}
