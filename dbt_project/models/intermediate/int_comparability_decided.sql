with

-- the last decision of the DNS known at a session, on what a measured KPI is to a target and on what it is divided by;
-- one taken back leaves the reference as it was
ranked as (
    select
        sessions.session_code,
        decisions.subject_kind,
        decisions.commitment_id,
        decisions.context_kpi_id,
        decisions.decision,
        decisions.value,
        decisions.author_role,
        decisions.decided_on,
        decisions.reason,
        row_number() over (
            partition by
                sessions.session_code, decisions.subject_kind, decisions.commitment_id, decisions.context_kpi_id
            order by decisions.received_at desc, decisions.decision_id desc
        ) as position
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('stg_raw__decision') }} as decisions on decisions.subject_kind in ('comparability', 'denominator')
    inner join {{ ref('int_session_prepared') }} as decided_in
        on decisions.session_code = decided_in.session_code and sessions.cut_off >= decided_in.cut_off
),

decisions as (
    select
        session_code,
        commitment_id,
        context_kpi_id,
        max(case when subject_kind = 'comparability' then decision end) as relation,
        max(case when subject_kind = 'denominator' then value end) as denominator_value,
        max(case when subject_kind = 'comparability' then decided_on end) as decided_on,
        max(case when subject_kind = 'denominator' then reason end) as denominator_reason,
        max(case when subject_kind = 'comparability' then author_role end) as author_role
    from ranked
    where position = 1
    group by session_code, commitment_id, context_kpi_id
)

select
    sessions.session_code,
    comparability.commitment_id,
    comparability.context_kpi_id,
    coalesce(decisions.relation, comparability.relation) as relation,
    coalesce(decisions.denominator_value, comparability.denominator_value) as denominator_value,
    case
        when decisions.denominator_value is null then comparability.denominator_source else decisions.denominator_reason
    end
        as denominator_source,
    case when decisions.relation is null then comparability.decided_by else 'dns' end as decided_by,
    coalesce(decisions.decided_on, comparability.decided_on) as decided_on,
    decisions.author_role,
    comparability.explanation,
    comparability.context_rank
from {{ ref('int_session_prepared') }} as sessions
cross join {{ ref('ref_kpi_comparability') }} as comparability
left join decisions
    on
        sessions.session_code = decisions.session_code
        and comparability.commitment_id = decisions.commitment_id
        and comparability.context_kpi_id = decisions.context_kpi_id
