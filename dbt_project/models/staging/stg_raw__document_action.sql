with

source as (
    select * from {{ source('raw', 'document_action') }}
),

renamed as (
    select
        sha256,
        action_code,
        priority_number,
        title as action_title,
        objective,
        partners,
        {{ first_item('partners') }} as lead_partner,
        {{ declared_text('narrative') }} as narrative,
        declared_status,
        locator
    from source
)

select * from renamed
