select
    domain,
    code,
    label,
    description,
    sort_order
from {{ ref('ref_label') }}
