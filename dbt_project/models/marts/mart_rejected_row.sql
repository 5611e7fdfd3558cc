with

submissions as (
    select
        sha256,
        row_number() over (partition by session_code, partner_code order by received_at desc, sha256 desc) as recency
    from {{ ref('stg_raw__submission') }}
)

select
    rejected.session_code,
    rejected.partner_code,
    sources.source_ref,
    rejected.sheet,
    rejected.row_number,
    rejected.cell,
    rejected.rule,
    rejected.received,
    rejected.message,
    rejected.fix,
    coalesce(submissions.recency = 1, true) as is_last_submission
from {{ ref('stg_raw__rejected_row') }} as rejected
left join submissions on rejected.sha256 = submissions.sha256
left join {{ ref('dim_source') }} as sources on rejected.sha256 = sources.sha256
