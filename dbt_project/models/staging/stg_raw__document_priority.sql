with

source as (
    select * from {{ source('raw', 'document_priority') }}
),

renamed as (
    select
        sha256,
        priority_number,
        title as priority_title,
        axis_number
    from source
)

select * from renamed
