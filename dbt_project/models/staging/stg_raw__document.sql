with

source as (
    select * from {{ source('raw', 'document') }}
),

renamed as (
    select
        sha256,
        file_name,
        kind,
        title,
        session_code,
        origin,
        extractor_version,
        {{ utc('received_at') }} as received_at,
        -- an undated document is known from the day it was received, never earlier
        coalesce(as_of, cast({{ utc('received_at') }} as date)) as as_of
    from source
)

select * from renamed
