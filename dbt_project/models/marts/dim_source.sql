with

leads as (
    select distinct partner_code
    from {{ ref('ref_action_partner') }}
    where role = 'lead'
),

sources as (
    select
        submissions.sha256,
        submissions.file_name,
        case when leads.partner_code is null then 'partner_submission' else 'lead_submission' end as source_type,
        submissions.file_name as title,
        coalesce(sessions.cut_off, cast(submissions.received_at as date)) as as_of,
        submissions.partner_code,
        submissions.session_code,
        submissions.origin,
        submissions.received_at
    from {{ ref('stg_raw__submission') }} as submissions
    left join leads on submissions.partner_code = leads.partner_code
    left join {{ ref('ref_cns_session') }} as sessions on submissions.session_code = sessions.session_code
    union all
    select
        sha256,
        file_name,
        case when kind = 'progress_report' then 'progress_report' else 'document' end as source_type,
        title,
        as_of,
        {{ as_text('null') }} as partner_code,
        session_code,
        origin,
        received_at
    from {{ ref('stg_raw__document') }}
),

-- the first file of a name has it for good; a later one of the same name is distinguished by its hash
counted as (
    select
        *,
        row_number() over (partition by file_name order by received_at, sha256) as position
    from sources
)

select
    case when position = 1 then file_name else file_name || ' (' || substr(sha256, 1, 8) || ')' end as source_ref,
    source_type,
    sha256,
    file_name,
    title,
    as_of,
    partner_code,
    session_code,
    origin,
    received_at
from counted
