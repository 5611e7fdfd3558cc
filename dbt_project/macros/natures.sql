{#- Natures of a figure that is a measure: a forecast and a plan never are. -#}
{% macro is_measure(nature) -%}
    {{ nature }} in ('actual', 'provisional', 'estimated')
{%- endmacro %}

{#- The rank of a nature: what is done comes before what is provisional or estimated. -#}
{% macro nature_priority(nature) -%}
    case when {{ nature }} = 'actual' then 1 else 0 end
{%- endmacro %}

{#- The last day a figure speaks of: the end of its period, never later than the day of its source. -#}
{% macro measured_until(period_end, source_as_of) -%}
    case when {{ period_end }} > {{ source_as_of }} then {{ source_as_of }} else {{ period_end }} end
{%- endmacro %}

{#- The months that a period touches: 1 for October, 12 for a calendar year. -#}
{% macro months_touched(period_start, period_end) -%}
    (extract(year from {{ period_end }}) - extract(year from {{ period_start }})) * 12
    + extract(month from {{ period_end }}) - extract(month from {{ period_start }}) + 1
{%- endmacro %}

{#- The months that a KPI of some periodicity counts over; NULL when it has no rhythm. -#}
{% macro months_of(periodicity) -%}
    case {{ periodicity }} when 'monthly' then 1 when 'quarterly' then 3 when 'semestrial' then 6 when 'yearly' then 12 end
{%- endmacro %}

{#-
  Whether a period can hold a value of that kind of KPI: a flow is counted over its own rhythm, a rolling year over twelve
  months, a stock on one date as precise as it was given; a cumulative count runs from any start.
-#}
{% macro fits_measure_kind(measure_kind, periodicity, period_start, period_end, period_precision) -%}
    case {{ measure_kind }}
        when 'flow' then
            coalesce({{ months_touched(period_start, period_end) }} = {{ months_of(periodicity) }}, true)
            and ({{ period_precision }} <> 'day' or (extract(day from {{ period_start }}) = 1 and {{ period_start }} < {{ period_end }}))
        when 'rolling_12_months' then {{ months_touched(period_start, period_end) }} in (12, 13)
        when 'stock' then
            case {{ period_precision }}
                when 'day' then {{ period_start }} = {{ period_end }}
                when 'month' then {{ months_touched(period_start, period_end) }} = 1
                when 'quarter' then {{ months_touched(period_start, period_end) }} <= 3
                when 'semester' then {{ months_touched(period_start, period_end) }} <= 6
                else {{ months_touched(period_start, period_end) }} <= 12
            end
        else true
    end
{%- endmacro %}
