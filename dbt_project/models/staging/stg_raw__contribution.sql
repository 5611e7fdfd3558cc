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
        {{ declared_text('progress_text') }} as progress_text,
        {{ answers_read('contribution') }}
        sheet,
        row_number,
        locator
    from source
)

select * from renamed
