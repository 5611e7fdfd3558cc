{#-
  Whether a figure as it was stated reaches a target as it was stated. « plus de 50 » is reached by more than 50, or by « plus de
  50 »; an upper bound never proves that a rising target is reached, nor a lower bound a falling one; « environ 50 » does not
  reach 50.
-#}
{% macro is_reached(direction, value, qualifier, target_value, target_qualifier) -%}
    case
        when {{ value }} is null or {{ target_value }} is null then false
        when {{ direction }} = 'up' then
            case
                when {{ qualifier }} in ('at_most', 'less_than') then false
                when {{ value }} > {{ target_value }} then true
                when {{ value }} < {{ target_value }} or {{ qualifier }} = 'approx' then false
                else {{ target_qualifier }} <> 'more_than' or {{ qualifier }} = 'more_than'
            end
        when {{ direction }} = 'down' then
            case
                when {{ qualifier }} in ('at_least', 'more_than') then false
                when {{ value }} < {{ target_value }} then true
                when {{ value }} > {{ target_value }} or {{ qualifier }} = 'approx' then false
                else {{ target_qualifier }} <> 'less_than' or {{ qualifier }} = 'less_than'
            end
    end
{%- endmacro %}

{#- Whether the figure, taken as the value, reaches a target that it does not prove: « environ » the target, or a bound
    on the wrong side. -#}
{% macro is_nearly_reached(direction, value, qualifier, target_value, target_qualifier) -%}
    case
        when {{ qualifier }} = 'approx' then {{ value }} = {{ target_value }}
        when {{ direction }} = 'up' and {{ qualifier }} in ('at_most', 'less_than')
            then {{ value }} > {{ target_value }} or ({{ value }} = {{ target_value }} and {{ target_qualifier }} <> 'more_than')
        when {{ direction }} = 'down' and {{ qualifier }} in ('at_least', 'more_than')
            then {{ value }} < {{ target_value }} or ({{ value }} = {{ target_value }} and {{ target_qualifier }} <> 'less_than')
        else false
    end
{%- endmacro %}

{#- A point of the straight line from one point to another; the ends hold before and after it. -#}
{% macro on_line(on, from_on, from_value, to_on, to_value) -%}
    case
        when {{ on }} <= {{ from_on }} then {{ from_value }}
        when {{ on }} >= {{ to_on }} then {{ to_value }}
        else {{ from_value }} + ({{ to_value }} - {{ from_value }}) * {{ share_of_days(from_on, on, to_on) }}
    end
{%- endmacro %}

{#- The part of the way from one date to another of a day between them, from 0 to 1. -#}
{% macro share_of_days(from_on, on, to_on) -%}
    cast({{ days_between(from_on, on) }} as double) / {{ days_between(from_on, to_on) }}
{%- endmacro %}

{#- Why a target that a figure was held against has no rate; NULL when it has one. -#}
{% macro reason_without_rate() -%}
    case
        when progress_rate_unclipped is not null then null
        when is_degenerate then 'degenerate_target'
        when start_on is not null then 'not_comparable'
        when status in ('late', 'at_risk') and not is_after_deadline then 'at_best'
        else 'no_baseline'
    end
{%- endmacro %}
