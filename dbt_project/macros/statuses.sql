{#- Steps of the scale on which two statuses can disagree; the other statuses stand outside it. -#}
{% macro status_step(column) -%}
    case {{ column }} when 'achieved' then 4 when 'on_track' then 3 when 'at_risk' then 2 when 'late' then 1 end
{%- endmacro %}

{#- Statuses that say nothing of where things stand: a silence, and a question. Neither counts as assessed. -#}
{% macro is_unknown(column) -%}
    {{ column }} in ('not_reported', 'unconfirmed')
{%- endmacro %}
