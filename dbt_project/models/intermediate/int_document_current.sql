{{ config(materialized=view_or_table()) }}

with

documents as (
    select
        *,
        lower({{ trimmed('file_name') }}) as name_key,
        lower({{ trimmed('title') }}) as title_key
    from {{ ref('stg_raw__document') }}
),

-- one document in two versions: the report of one session, or the same name or title of the same day
replaced as (
    select former.sha256
    from documents as former
    inner join documents as later
        on
            former.sha256 <> later.sha256
            and (
                (
                    former.kind = 'progress_report' and later.kind = 'progress_report'
                    and former.session_code = later.session_code
                )
                or (former.as_of = later.as_of and former.name_key = later.name_key)
                or (former.as_of = later.as_of and former.title_key = later.title_key)
            )
    where
        former.received_at < later.received_at
        or (former.received_at = later.received_at and former.as_of < later.as_of)
        or (former.received_at = later.received_at and former.as_of = later.as_of and former.sha256 < later.sha256)
    group by former.sha256
)

select
    documents.sha256,
    documents.file_name,
    documents.kind,
    documents.title,
    documents.session_code,
    documents.origin,
    documents.extractor_version,
    documents.received_at,
    documents.as_of
from documents
left join replaced on documents.sha256 = replaced.sha256
where replaced.sha256 is null
