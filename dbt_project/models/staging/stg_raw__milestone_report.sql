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
        forecast_on_precision as forecast_precision,
        actual_on,
        actual_on_precision,
        {{ declared_text('evidence') }} as evidence,
        {{ answers_read('milestone_report') }}
        sheet,
        row_number,
        locator
    from source
)

select * from renamed
