-- A late commitment is late at the next session, unless it is achieved, a later measure is on its path, or the DNS
-- decided.
select
    later.session_code,
    later.commitment_id,
    earlier.status as earlier_status,
    later.status
from {{ ref('fct_commitment_progress') }} as later
inner join {{ ref('dim_cns_session') }} as sessions on later.session_code = sessions.session_code
inner join {{ ref('fct_commitment_progress') }} as earlier
    on sessions.previous_session_code = earlier.session_code and later.commitment_id = earlier.commitment_id
where
    earlier.status = 'late'
    and later.status not in ('late', 'achieved')
    and later.arbitrated_status is null
    and earlier.basis <> 'arbitrated'
    and coalesce(later.measured_on <= earlier.measured_on, later.measured_on is null)
