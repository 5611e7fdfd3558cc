select
    method_version,
    parameter,
    value,
    value_date,
    valid_from
from {{ ref('ref_status_threshold') }}
