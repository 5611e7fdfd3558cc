-- A rate that cannot be computed is NULL with a reason, never a sentinel. Rates shown are within bounds.
select
    session_code,
    commitment_id,
    progress_rate,
    reason
from {{ ref('fct_commitment_progress') }}
where
    (kind = 'target' and progress_rate is null and reason is null)
    or (progress_rate is null) <> (progress_rate_unclipped is null)
    or progress_rate < 0
    or progress_rate > 100
    or expected_rate < 0
    or expected_rate > 100
    or (status = 'not_reported' and reason is null)
