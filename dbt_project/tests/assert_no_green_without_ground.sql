-- Achieved needs a value that reaches the target, a date, a proof or a reading; on track needs a path or somebody's
-- word; a decision of the DNS needs neither.
select
    session_code,
    commitment_id,
    status,
    basis
from {{ ref('fct_commitment_progress') }}
where
    (status in ('achieved', 'on_track') and basis is null)
    or (status = 'achieved' and basis = 'measure' and (actual_value is null or achieved_on is null))
    or (status = 'achieved' and basis = 'declared' and actual_on is null and evidence is null)
    or (status = 'achieved' and basis = 'read' and read_place is null)
    or (
        status = 'on_track'
        and basis = 'measure'
        and progress_rate is null
        and coalesce(reason, 'none') <> 'approximate'
    )
    or (status = 'on_track' and basis = 'declared' and declared_status is null)
    or (status in ('achieved', 'on_track') and basis = 'carried')
