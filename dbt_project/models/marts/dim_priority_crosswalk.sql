select
    crosswalk.consultation_number,
    crosswalk.consultation_title,
    crosswalk.priority_number,
    priorities.priority_title,
    crosswalk.relation,
    crosswalk.note
from {{ ref('ref_priority_crosswalk') }} as crosswalk
left join {{ ref('ref_priority') }} as priorities on crosswalk.priority_number = priorities.priority_number
