-- No commitment is lost between the reference and a session's progress.
select
    sessions.session_code,
    commitments.commitment_id
from {{ ref('dim_cns_session') }} as sessions
cross join {{ ref('dim_commitment') }} as commitments
left join {{ ref('fct_commitment_progress') }} as progress
    on sessions.session_code = progress.session_code and commitments.commitment_id = progress.commitment_id
where progress.commitment_id is null
