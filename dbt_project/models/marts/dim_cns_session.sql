select
    session_code,
    session_number,
    held_on,
    cut_off,
    state,
    contributions_due_on,
    previous_session_code
from {{ ref('int_session_prepared') }}
