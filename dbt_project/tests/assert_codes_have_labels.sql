-- A code without a label would reach the deliverables as a code.
with

used as (
    select
        'status' as domain,
        final_status as code
    from {{ ref('fct_action_status') }}
    union
    select
        'status',
        computed_status
    from {{ ref('fct_action_status') }}
    union
    select
        'status',
        declared_status
    from {{ ref('fct_action_status') }}
    union
    select
        'status',
        arbitrated_status
    from {{ ref('fct_action_status') }}
    union
    select
        'status',
        read_status
    from {{ ref('fct_action_status') }}
    union
    select
        'commitment_status',
        status
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'commitment_status',
        computed_status
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'status',
        declared_status
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'basis',
        basis
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'basis',
        basis
    from {{ ref('fct_action_status') }}
    union
    select
        'comparability',
        relation
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'comparability',
        relation
    from {{ ref('ref_kpi_comparability') }}
    union
    select
        'nature',
        nature
    from {{ ref('fct_kpi_observation') }}
    union
    select
        'measure_kind',
        measure_kind
    from {{ ref('dim_kpi') }}
    union
    select
        'qualifier',
        target_qualifier
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'reason',
        reason
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'reason',
        reason
    from {{ ref('fct_action_status') }}
    union
    select
        'kind',
        kind
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'role',
        role
    from {{ ref('fct_contribution') }}
    union
    select
        'absence',
        status_absence
    from {{ ref('fct_contribution') }}
    union
    select
        'precision',
        deadline_precision
    from {{ ref('fct_commitment_progress') }}
    union
    select
        'precision',
        period_precision
    from {{ ref('fct_kpi_observation') }}
    union
    select
        'qualifier',
        qualifier
    from {{ ref('fct_kpi_observation') }}
    union
    select
        'source_type',
        source_type
    from {{ ref('fct_kpi_observation') }}
    union
    select
        'source_type',
        source_type
    from {{ ref('dim_source') }}
    union
    select
        'change_kind',
        change_kind
    from {{ ref('mart_session_change') }}
    union
    select
        'conflict_verdict',
        verdict
    from {{ ref('mart_source_conflict') }}
    union
    select
        'session_state',
        state
    from {{ ref('dim_cns_session') }}
)

select
    used.domain,
    used.code
from used
left join {{ ref('dim_label') }} as labels on used.domain = labels.domain and used.code = labels.code
where used.code is not null and labels.code is null
