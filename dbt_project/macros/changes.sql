{#-
  What changed from one state of the facts to another. One rule: `mart_session_change` applies it to two sessions in a row,
  `exports.differences` to any two states (a session as it was published, a version and its correction).
  Each macro takes the names of two relations and pairs their rows by `session_code` and a key. It gives rows of
  `mart_session_change`. `exports.differences` renders this file with Jinja alone, beside the macros of DuckDB.
-#}

{#- One row of `mart_session_change`: the columns given, NULL for the others. -#}
{% macro change_row(given) -%}
    {%- set types = {
        'session_code': 'varchar', 'action_code': 'varchar', 'change_kind': 'varchar', 'before': 'varchar', 'after': 'varchar',
        'commitment_id': 'varchar', 'kpi_id': 'varchar', 'before_value': 'double', 'after_value': 'double',
        'before_period_end': 'date', 'after_period_end': 'date', 'before_precision': 'varchar', 'after_precision': 'varchar'
    } %}
    {%- for column, type in types.items() %}
    {{ given[column] if column in given else 'cast(null as ' ~ engine_type(type) ~ ')' }} as {{ column }}{{ '' if loop.last else ',' }}
    {%- endfor %}
{%- endmacro %}

{#- Actions added and withdrawn, their lead, their title. Columns: session_code, action_code, action_title, lead_partner. -#}
{% macro action_changes(before, after) -%}
    select
        {{ change_row({
            'session_code': 'coalesce(now.session_code, was.session_code)',
            'action_code': 'coalesce(now.action_code, was.action_code)',
            'change_kind': "case
                when was.action_code is null then 'action_added'
                when now.action_code is null then 'action_withdrawn'
                else 'lead_changed'
            end",
            'before': 'was.lead_partner',
            'after': 'now.lead_partner',
        }) }}
    from {{ after }} as now
    full outer join {{ before }} as was on now.session_code = was.session_code and now.action_code = was.action_code
    where was.action_code is null or now.action_code is null or now.lead_partner <> was.lead_partner
    union all
    select
        {{ change_row({
            'session_code': 'now.session_code',
            'action_code': 'now.action_code',
            'change_kind': "'wording_changed'",
            'before': 'was.action_title',
            'after': 'now.action_title',
        }) }}
    from {{ after }} as now
    inner join {{ before }} as was on now.session_code = was.session_code and now.action_code = was.action_code
    where now.action_title <> was.action_title
{%- endmacro %}

{#- What is promised: the target, the deadline, the wording. Columns: session_code, action_code, promise_key, commitment_id,
    kpi_id, commitment_label, target_value, deadline, deadline_precision. -#}
{% macro promise_changes(before, after) -%}
    {%- set on_promise %}
    from {{ after }} as now
    inner join {{ before }} as was
        on now.session_code = was.session_code and now.action_code = was.action_code and now.promise_key = was.promise_key
    {%- endset -%}
    {%- set row = {
        'session_code': 'now.session_code', 'action_code': 'now.action_code', 'commitment_id': 'now.commitment_id'
    } -%}
    select
        {{ change_row(dict(
            row,
            change_kind="'target_changed'",
            kpi_id='now.kpi_id',
            before=number_as_text('was.target_value'),
            after=number_as_text('now.target_value'),
            before_value='was.target_value',
            after_value='now.target_value'
        )) }}
    {{- on_promise }}
    where now.target_value is distinct from was.target_value
    union all
    select
        {{ change_row(dict(
            row,
            change_kind="'deadline_changed'",
            before=as_text('was.deadline'),
            after=as_text('now.deadline'),
            before_period_end='was.deadline',
            after_period_end='now.deadline',
            before_precision='was.deadline_precision',
            after_precision='now.deadline_precision'
        )) }}
    {{- on_promise }}
    where
        now.deadline is distinct from was.deadline
        or now.deadline_precision is distinct from was.deadline_precision
    union all
    select
        {{ change_row(dict(
            row,
            change_kind="'wording_changed'",
            before='was.commitment_label',
            after='now.commitment_label'
        )) }}
    {{- on_promise }}
    where now.commitment_label <> was.commitment_label
{%- endmacro %}

{#- Where the actions are. Columns: session_code, action_code, final_status. -#}
{% macro status_changes(before, after) -%}
    select
        {{ change_row({
            'session_code': 'now.session_code',
            'action_code': 'now.action_code',
            'change_kind': "case
                when " ~ is_unknown('was.final_status') ~ " and " ~ is_unknown('now.final_status') ~ " then 'status_changed'
                when " ~ is_unknown('was.final_status') ~ " then 'status_first_known'
                when " ~ is_unknown('now.final_status') ~ " then 'status_lost'
                when " ~ status_step('now.final_status') ~ " > " ~ status_step('was.final_status') ~ " then 'status_improved'
                when " ~ status_step('now.final_status') ~ " < " ~ status_step('was.final_status') ~ " then 'status_worsened'
                else 'status_changed'
            end",
            'before': 'was.final_status',
            'after': 'now.final_status',
        }) }}
    from {{ after }} as now
    inner join {{ before }} as was on now.session_code = was.session_code and now.action_code = was.action_code
    where now.final_status <> was.final_status
{%- endmacro %}

{#- Where the commitments are, and slippage: the day a milestone is expected is announced, or moved. Columns: session_code,
    action_code, commitment_id, status, is_overdue, deadline, forecast_on, forecast_precision; `after` has previous_cut_off. -#}
{% macro commitment_changes(before, after) -%}
    {%- set on_commitment %}
    from {{ after }} as now
    inner join {{ before }} as was on now.session_code = was.session_code and now.commitment_id = was.commitment_id
    {%- endset -%}
    {%- set row = {
        'session_code': 'now.session_code', 'action_code': 'now.action_code', 'commitment_id': 'now.commitment_id'
    } -%}
    select
        {{ change_row(dict(
            row,
            change_kind="case now.status when 'achieved' then 'commitment_achieved' else 'deadline_passed' end",
            before='was.status',
            after='now.status'
        )) }}
    {{- on_commitment }}
    where
        (now.status = 'achieved' and was.status <> 'achieved')
        or (now.status <> 'achieved' and now.is_overdue and now.deadline >= now.previous_cut_off)
    union all
    select
        {{ change_row(dict(
            row,
            change_kind="case when was.forecast_on is null then 'forecast_announced' else 'forecast_changed' end",
            before=as_text('was.forecast_on'),
            after=as_text('now.forecast_on'),
            before_period_end='was.forecast_on',
            after_period_end='now.forecast_on',
            before_precision='was.forecast_precision',
            after_precision='now.forecast_precision'
        )) }}
    {{- on_commitment }}
    where
        now.forecast_on is not null
        and now.status <> 'achieved'
        and (
            now.forecast_on is distinct from was.forecast_on
            or now.forecast_precision is distinct from was.forecast_precision
        )
{%- endmacro %}

{#- The latest value of each KPI. Columns: session_code, action_code, kpi_id, value, period_end, period_precision. -#}
{% macro value_changes(before, after) -%}
    select
        {{ change_row({
            'session_code': 'now.session_code',
            'action_code': 'now.action_code',
            'change_kind': "case when now.period_end = was.period_end then 'value_corrected' else 'value_updated' end",
            'before': number_as_text('was.value'),
            'after': number_as_text('now.value'),
            'kpi_id': 'now.kpi_id',
            'before_value': 'was.value',
            'after_value': 'now.value',
            'before_period_end': 'was.period_end',
            'after_period_end': 'now.period_end',
            'before_precision': 'was.period_precision',
            'after_precision': 'now.period_precision',
        }) }}
    from {{ after }} as now
    left join {{ before }} as was on now.session_code = was.session_code and now.kpi_id = was.kpi_id
    where was.kpi_id is null or now.period_end <> was.period_end or now.value <> was.value
{%- endmacro %}
