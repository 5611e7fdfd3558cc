with

source as (
    select * from {{ source('raw', 'refused_file') }}
),

renamed as (
    select
        sha256,
        channel,
        folder,
        session_code,
        {{ utc('received_at') }} as received_at,
        rule,
        message,
        fix
    from source
)

select * from renamed
