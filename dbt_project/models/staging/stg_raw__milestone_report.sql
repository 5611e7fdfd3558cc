with

source as (
    select * from {{ source('raw', 'milestone_report') }}
),

renamed as (
    select
        sha256,
        session_code,
        partner_code,
        commitment_id,
        declared_status,
        status_absence,
        forecast_on,
        forecast_precision,
        actual_on,
        actual_precision as actual_on_precision,
        {{ said_text('evidence') }} as evidence,
        sheet,
        row_number,
        locator
    from source
)

select * from renamed
