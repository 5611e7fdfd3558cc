with

source as (
    select * from {{ source('raw', 'submission_issue') }}
),

renamed as (
    select
        sha256,
        issue_rank,
        rule,
        severity,
        sheet,
        cell,
        received,
        message,
        fix
    from source
)

select * from renamed
