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
    commitments.deadline_other_reading,
    nullif(commitments.official_wording, '') as official_wording,
    baselines.baseline_value,
    baselines.baseline_on,
    baselines.baseline_source
from {{ ref('ref_commitment') }} as commitments
left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
left join {{ ref('ref_kpi_baseline') }} as baselines on commitments.kpi_id = baselines.kpi_id
