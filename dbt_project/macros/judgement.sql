{#-
  The status of a milestone, or of a target without a measure to compare, by the declarations: the rows of the method's
  table from top to bottom. Without a deadline a commitment is never late, at risk by date nor unconfirmed.
-#}
{% macro judged_by_words(declared, is_done, has_later_date, has_forecast) -%}
    case
        when {{ is_done }} then 'achieved'
        when deadline < cut_off and {{ has_later_date }} then 'late'
        when deadline < cut_off and {{ declared }} = 'achieved' then 'unconfirmed'
        when deadline < cut_off and ({{ declared }} is not null or {{ has_forecast }}) then 'late'
        when deadline < cut_off then 'unconfirmed'
        when {{ declared }} = 'late' and deadline is not null then 'late'
        when {{ declared }} in ('late', 'at_risk') or (deadline is not null and {{ has_later_date }}) then 'at_risk'
        when {{ declared }} in ('achieved', 'on_track') then 'on_track'
        when {{ declared }} in ('stalled', 'not_started') then {{ declared }}
        else 'not_reported'
    end
{%- endmacro %}
