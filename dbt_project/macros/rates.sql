{#- A number limited to bounds; NULL stays NULL on every engine. -#}
{% macro clipped(column, lowest, highest) -%}
    case
        when {{ column }} < {{ lowest }} then {{ lowest }}
        when {{ column }} > {{ highest }} then {{ highest }}
        else {{ column }}
    end
{%- endmacro %}
