select
    session_code,
    kpi_id,
    observation_id,
    value,
    qualifier,
    nature,
    period_start,
    period_end,
    period_precision,
    source_type,
    sha256,
    locator,
    measured_on,
    fits_measure_kind
from {{ ref('int_observation_known') }}
where recency = 1
