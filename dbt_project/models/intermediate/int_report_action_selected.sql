with

reports as (
    select
        sessions.session_code,
        documents.sha256,
        documents.file_name,
        documents.received_at,
        row_number() over (
            partition by sessions.session_code
            order by documents.as_of desc, documents.received_at desc, documents.sha256 asc
        ) as recency
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('stg_raw__document') }} as documents on sessions.session_code = documents.session_code
    where documents.kind = 'progress_report'
)

select
    reports.session_code,
    actions.action_code,
    reports.sha256,
    reports.file_name,
    reports.received_at,
    actions.action_title,
    actions.lead_partner,
    actions.narrative,
    actions.declared_status,
    actions.locator
from reports
inner join {{ ref('stg_raw__document_action') }} as actions on reports.sha256 = actions.sha256
where reports.recency = 1
