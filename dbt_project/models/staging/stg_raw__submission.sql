with

source as (
    select * from {{ source('raw', 'submission') }}
),

renamed as (
    select
        sha256,
        file_name,
        partner_code,
        session_code,
        template_version,
        origin,
        verdict,
        reader_version,
        rows_read,
        rows_accepted,
        rows_rejected,
        rows_ignored,
        {{ utc('received_at') }} as received_at,
        {{ utc('arrived_at') }} as arrived_at
    from source
)

select * from renamed
