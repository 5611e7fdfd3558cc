select
    decision_id,
    subject_kind,
    subject_key,
    session_code,
    decision,
    value,
    qualifier,
    new_period_start,
    new_period_end,
    new_period_precision,
    overruled,
    author_role,
    decided_on,
    reason,
    received_at,
    row_number() over (
        partition by subject_kind, subject_key
        order by received_at desc, decision_id desc
    ) = 1 as is_last
from {{ ref('stg_raw__decision') }}
