with

submissions as (
    select
        sha256,
        received_at,
        row_number() over (partition by session_code, partner_code order by received_at desc, sha256 desc) as recency
    from {{ ref('stg_raw__submission') }}
),

-- a row is kept with all its cells as received; its code may have been typed with spaces or in small letters
rows_refused as (
    select distinct
        sha256,
        session_code,
        partner_code,
        sheet,
        row_number,
        coalesce(
            {{ json_field('row_json', 'commitment_id') }},
            {{ json_field('row_json', 'kpi_id') }},
            {{ json_field('row_json', 'action_code') }}
        ) as code_received
    from {{ ref('stg_raw__rejected_row') }}
    where partner_code is not null and session_code is not null
)

select
    rows_refused.sha256,
    rows_refused.sheet,
    rows_refused.row_number,
    rows_refused.session_code,
    rows_refused.partner_code,
    upper(replace(rows_refused.code_received, ' ', '')) as item_code,
    submissions.received_at,
    submissions.recency = 1 as is_last_submission
from rows_refused
inner join submissions on rows_refused.sha256 = submissions.sha256
