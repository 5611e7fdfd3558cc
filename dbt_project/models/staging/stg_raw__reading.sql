with

source as (
    select * from {{ source('raw', 'reading') }}
),

renamed as (
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
        sha256,
        {{ utc('received_at') }} as received_at
    from source
)

select * from renamed
