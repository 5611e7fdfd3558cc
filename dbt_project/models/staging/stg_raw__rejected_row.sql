with

source as (
    select * from {{ source('raw', 'rejected_row') }}
),

renamed as (
    select
        sha256,
        session_code,
        partner_code,
        sheet,
        row_number,
        item_code,
        cell,
        rule,
        received,
        message,
        fix,
        row_json
    from source
)

select * from renamed
