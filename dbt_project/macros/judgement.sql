{#-
  Where a milestone stands, or a target without a measure to hold against it, by what is said of it: the rows of the method's
  table from top to bottom. Without a deadline a commitment is never late, at risk by date nor unconfirmed.
-#}
{% macro judged_by_words(said, is_done, has_later_date, has_forecast) -%}
    case
        when {{ is_done }} then 'achieved'
        when deadline < cut_off and {{ has_later_date }} then 'late'
        when deadline < cut_off and {{ said }} = 'achieved' then 'unconfirmed'
        when deadline < cut_off and ({{ said }} is not null or {{ has_forecast }}) then 'late'
        when deadline < cut_off then 'unconfirmed'
        when {{ said }} = 'late' and deadline is not null then 'late'
        when {{ said }} in ('late', 'at_risk') or (deadline is not null and {{ has_later_date }}) then 'at_risk'
        when {{ said }} in ('achieved', 'on_track') then 'on_track'
        when {{ said }} in ('stalled', 'not_started') then {{ said }}
        else 'not_reported'
    end
{%- endmacro %}
