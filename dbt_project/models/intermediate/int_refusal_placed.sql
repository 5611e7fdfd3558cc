{{ config(materialized=view_or_table()) }}

with

submissions as (
    select
        sha256,
        received_at,
        row_number() over (partition by session_code, partner_code order by received_at desc, sha256 desc) as recency
    from {{ ref('stg_raw__submission') }}
),

rows_refused as (
    select distinct
        sha256,
        session_code,
        partner_code,
        sheet,
        row_number,
        item_code
    from {{ ref('stg_raw__rejected_row') }}
    where partner_code is not null and session_code is not null
)

select
    rows_refused.sha256,
    rows_refused.sheet,
    rows_refused.row_number,
    rows_refused.session_code,
    rows_refused.partner_code,
    rows_refused.item_code,
    submissions.received_at,
    submissions.recency = 1 as is_last_submission
from rows_refused
inner join submissions on rows_refused.sha256 = submissions.sha256
