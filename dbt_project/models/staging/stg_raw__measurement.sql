with

source as (
    select * from {{ source('raw', 'measurement') }}
),

renamed as (
    select
        sha256,
        session_code,
        partner_code,
        kpi_id,
        coalesce(territory_code, 'FR') as territory_code,
        value,
        coalesce(qualifier, 'exact') as qualifier,
        value_absence,
        period_start,
        period_end,
        period_precision,
        coalesce(nature, 'actual') as nature,
        {{ answers_read('measurement', withdraws=false) }}
        nullif({{ declared_text('comment') }}, 'SUPPR') as comment,
        quote,
        sheet,
        row_number,
        locator
    from source
)

select * from renamed
