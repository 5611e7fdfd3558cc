with

source as (
    select * from {{ source('raw', 'document_target') }}
),

renamed as (
    select
        sha256,
        target_rank,
        action_code,
        value as target_value,
        unit,
        deadline,
        deadline_precision,
        quote,
        locator
    from source
)

select * from renamed
