-- A target has a KPI of its own action, a value and a qualifier; a milestone has none of them; what is stated about a
-- deadline is stated whole.
select commitments.*
from {{ ref('ref_commitment') }} as commitments
left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
where
    (commitments.kind = 'target') <> (commitments.kpi_id is not null)
    or (commitments.kind = 'target') <> (commitments.target_value is not null)
    or (commitments.kind = 'target') <> (commitments.target_qualifier is not null)
    or (commitments.deadline is null) <> (commitments.deadline_precision is null)
    or kpis.action_code <> commitments.action_code
