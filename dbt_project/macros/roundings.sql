{#-
  What a published figure can mean. « près de 2350 » is rounded to the ten, « près de 32 000 » to the thousand, by the last digit that
  is not a zero. An approximate figure may be one such unit off (never more than 10 %); an exact one half a unit, for
  rounding (never more than 0.5 %, nor less than half of its last digit); a bound is open on its other side.
-#}
{% macro last_digit_unit(value) -%}
    case
        {%- for unit in ['100000000.0e0', '10000000.0e0', '1000000.0e0', '100000.0e0', '10000.0e0', '1000.0e0', '100.0e0', '10.0e0', '1.0e0', '0.1e0'] %}
        when {{ value }} = round({{ value }} / {{ unit }}) * {{ unit }} then {{ unit }}
        {%- endfor %}
        else 0.01e0
    end
{%- endmacro %}

{% macro tolerance(value, qualifier) -%}
    case {{ qualifier }}
        when 'approx' then least({{ last_digit_unit(value) }}, 0.1e0 * abs({{ value }}))
        else least(
            0.5e0 * {{ last_digit_unit(value) }},
            greatest(0.005e0 * abs({{ value }}), 0.5e0 * least({{ last_digit_unit(value) }}, 1.0e0))
        )
    end
{%- endmacro %}

{% macro lowest_meant(value, qualifier) -%}
    case when {{ qualifier }} = 'at_most' then cast('-infinity' as double) else {{ value }} - {{ tolerance(value, qualifier) }} end
{%- endmacro %}

{% macro highest_meant(value, qualifier) -%}
    case when {{ qualifier }} = 'at_least' then cast('infinity' as double) else {{ value }} + {{ tolerance(value, qualifier) }} end
{%- endmacro %}
