-- What is shown as context is not the KPI the target is set on, and belongs to the same action.
select comparability.*
from {{ ref('ref_kpi_comparability') }} as comparability
inner join {{ ref('ref_commitment') }} as commitments on comparability.commitment_id = commitments.commitment_id
inner join {{ ref('ref_kpi') }} as kpis on comparability.context_kpi_id = kpis.kpi_id
where
    comparability.context_kpi_id = commitments.kpi_id
    or kpis.action_code <> commitments.action_code
    or commitments.kind <> 'target'
