{#- Steps of the scale of progress; the other statuses are outside it. -#}
{% macro status_step(column) -%}
    case {{ column }} when 'achieved' then 4 when 'on_track' then 3 when 'at_risk' then 2 when 'late' then 1 end
{%- endmacro %}

{#- The weight of a word of the lead against what is known: « sans avancée » and « à cadrer » weigh as much as
    « à risque ». -#}
{% macro word_weight(column) -%}
    case when {{ column }} in ('stalled', 'not_started') then 2 else {{ status_step(column) }} end
{%- endmacro %}

{#- Statuses without information. None counts as assessed. -#}
{% macro is_unknown(column) -%}
    {{ column }} in ('not_reported', 'in_progress', 'unconfirmed')
{%- endmacro %}

{#- The status of an action by its commitments, whose statuses are counted under names that begin with `prefix`: the
    first row of the method's table that applies. -#}
{% macro action_verdict(prefix) -%}
    case
        when {{ prefix }}_achieved = commitment_count then 'achieved'
        when {{ prefix }}_late > 0 then 'late'
        when {{ prefix }}_at_risk > 0 then 'at_risk'
        when {{ prefix }}_unconfirmed > 0 then 'unconfirmed'
        when {{ prefix }}_on_track > 0 or (due_count > 0 and {{ prefix }}_due_achieved = due_count) then 'on_track'
        when {{ prefix }}_stalled > 0 or declared_status = 'stalled' then 'stalled'
        when {{ prefix }}_not_started > 0 or declared_status = 'not_started' then 'not_started'
        when is_spoken_of then 'in_progress'
        else 'not_reported'
    end
{%- endmacro %}

{% macro counted_statuses() -%}
    {{ return(['achieved', 'late', 'at_risk', 'unconfirmed', 'on_track', 'stalled', 'not_started', 'due_achieved']) }}
{%- endmacro %}

{#- The counts that `action_verdict` takes. -#}
{% macro action_counts(prefix, column) -%}
    {%- for status in counted_statuses() if status != 'due_achieved' %}
    count(case when {{ column }} = '{{ status }}' then 1 end) as {{ prefix }}_{{ status }},
    {%- endfor %}
    count(case when {{ column }} = 'achieved' and deadline <= cut_off then 1 end) as {{ prefix }}_due_achieved
{%- endmacro %}

{#- How good a status is when nothing new was received: it may not rise. A status without information is between bad and
    good news. -#}
{% macro silence_step(column) -%}
    case {{ column }} when 'late' then 1 when 'at_risk' then 2 when 'on_track' then 4 when 'achieved' then 5 else 3 end
{%- endmacro %}

{#- Reasons in the order in which one is given for several commitments. -#}
{% macro reason_order() -%}
    {{ return([
        'waits_for_decision', 'at_best', 'approximate', 'unproven', 'no_baseline', 'not_comparable', 'too_early',
        'too_old', 'degenerate_target', 'no_target', 'no_observation', 'nothing_new',
    ]) }}
{%- endmacro %}

{% macro reason_rank(column) -%}
    case {{ column }}{% for reason in reason_order() %} when '{{ reason }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}

{% macro reason_of_rank(column) -%}
    case {{ column }}{% for reason in reason_order() %} when {{ loop.index }} then '{{ reason }}'{% endfor %} end
{%- endmacro %}

{#- Bases in the order in which one is given for several commitments. -#}
{% macro basis_rank(column) -%}
    case {{ column }} when 'arbitrated' then 1 when 'measure' then 2 when 'declared' then 3 when 'read' then 4 when 'carried' then 5 end
{%- endmacro %}

{% macro basis_of_rank(column) -%}
    case {{ column }} when 1 then 'arbitrated' when 2 then 'measure' when 3 then 'declared' when 4 then 'read' when 5 then 'carried' end
{%- endmacro %}
