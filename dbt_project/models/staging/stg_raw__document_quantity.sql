with

source as (
    select * from {{ source('raw', 'document_quantity') }}
),

renamed as (
    select
        sha256,
        quantity_rank,
        fact_key,
        action_code,
        kpi_id,
        link_confidence,
        coalesce(role, 'value') as role,
        coalesce(nature, 'actual') as nature,
        doubts,
        value,
        unit,
        coalesce(qualifier, 'exact') as qualifier,
        period_start,
        period_end,
        period_precision,
        quote,
        quote_prefix,
        quote_suffix,
        locator
    from source
)

select * from renamed
