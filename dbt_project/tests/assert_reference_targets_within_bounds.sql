-- A target outside the bounds of its KPI could be reached by no value a partner may send.
select
    commitments.commitment_id,
    commitments.target_value,
    kpis.value_min,
    kpis.value_max
from {{ ref('ref_commitment') }} as commitments
inner join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
where commitments.target_value not between kpis.value_min and kpis.value_max
