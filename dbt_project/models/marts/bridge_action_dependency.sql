select
    action_code,
    depends_on_code,
    dependency_label,
    source_ref
from {{ ref('ref_action_dependency') }}
