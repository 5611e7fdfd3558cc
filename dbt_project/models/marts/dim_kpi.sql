select
    kpi_id,
    kpi_label as label,
    unit,
    population,
    periodicity,
    measure_kind,
    max_age_months,
    direction,
    owner_partner,
    definition,
    source,
    limits,
    action_code
from {{ ref('ref_kpi') }}
