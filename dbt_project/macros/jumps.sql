{#- Whether a figure read in a text jumps against the last one known of its KPI: it more than doubles, falls by more
    than half, moves by more than twenty points of a share, or falls where what is counted only adds up. Without a
    figure known before, nothing jumps. A workbook's figures have a check of their own: their author can confirm. -#}
{% macro jumps(value, previous_value, unit, measure_kind) -%}
    coalesce(
        case
            when {{ previous_value }} is null then false
            when {{ measure_kind }} = 'cumulative' and {{ value }} < {{ previous_value }} then true
            when {{ unit }} = '%' then abs({{ value }} - {{ previous_value }}) > 20
            else {{ value }} > 2 * {{ previous_value }} or 2 * {{ value }} < {{ previous_value }}
        end,
        false
    )
{%- endmacro %}
