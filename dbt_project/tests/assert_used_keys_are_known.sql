-- A row about an action, partner or KPI that the reference does not know would vanish from the deliverables.
select
    'contribution' as place,
    contributions.action_code as unknown_key
from {{ ref('fct_contribution') }} as contributions
left join {{ ref('dim_action') }} as actions on contributions.action_code = actions.action_code
where actions.action_code is null
union all
select
    'observation' as place,
    observations.kpi_id as unknown_key
from {{ ref('fct_kpi_observation') }} as observations
left join {{ ref('dim_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
where kpis.kpi_id is null
union all
select
    'milestone' as place,
    reports.commitment_id as unknown_key
from {{ ref('stg_raw__milestone_report') }} as reports
left join {{ ref('dim_commitment') }} as commitments
    on reports.commitment_id = commitments.commitment_id and commitments.kind = 'milestone'
where commitments.commitment_id is null
