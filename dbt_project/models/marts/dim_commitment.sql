select
    commitments.commitment_id,
    commitments.action_code,
    commitments.commitment_rank,
    commitments.kind,
    commitments.commitment_label,
    commitments.kpi_id,
    kpis.unit,
    commitments.target_value,
    commitments.target_qualifier,
    commitments.deadline,
    commitments.deadline_precision,
    commitments.baseline_value,
    commitments.baseline_on,
    commitments.baseline_source,
    commitments.kind = 'target' and commitments.baseline_value is null as is_assumed_baseline
from {{ ref('ref_commitment') }} as commitments
left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
