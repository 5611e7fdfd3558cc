select
    sha256,
    channel,
    folder,
    session_code,
    received_at,
    rule,
    message,
    fix
from {{ ref('stg_raw__refused_file') }}
