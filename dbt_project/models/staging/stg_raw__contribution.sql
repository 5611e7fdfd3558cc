with

source as (
    select * from {{ source('raw', 'contribution') }}
),

renamed as (
    select
        sha256,
        session_code,
        partner_code,
        action_code,
        declared_status,
        status_absence,
        achieved_on,
        achieved_on_precision,
        {{ said_text('progress_text') }} as progress_text,
        {{ said_text('next_steps') }} as next_steps,
        {{ said_text('risks') }} as risks,
        {{ said_text('support_needed') }} as support_needed,
        sheet,
        row_number,
        locator
    from source
)

select * from renamed
