-- A rate that cannot be computed is NULL with a reason, never a sentinel; one that can has none. Rates shown are within
-- bounds.
select
    session_code,
    commitment_id,
    progress_rate,
    reason
from {{ ref('fct_commitment_progress') }}
where
    (progress_rate is null) <> (reason is not null)
    or (progress_rate is null) <> (progress_rate_unclipped is null)
    or progress_rate < 0
    or progress_rate > 100
    or expected_rate < 0
    or expected_rate > 100
