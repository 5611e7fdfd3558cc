-- Achieved needs a value that reaches the target, a date or evidence; on track needs a rate or somebody's word.
select
    session_code,
    commitment_id,
    status
from {{ ref('fct_commitment_progress') }}
where
    (status = 'achieved' and kind = 'milestone' and actual_on is null and evidence is null)
    or (status = 'achieved' and kind = 'target' and actual_value is null)
    or (status = 'on_track' and kind = 'target' and progress_rate is null)
    or (status = 'on_track' and kind = 'milestone' and declared_status is null)
