{#- A text as somebody said it: blank, and the codes of « nothing to say » (NC, NA), are silence. `SUPPR` stays, however
    it is written: it withdraws what was said before (see `standing_text`). -#}
{% macro said_text(column) -%}
    case
        when upper(trim({{ column }})) in ('', 'NC', 'NA') then null
        when upper(trim({{ column }})) = 'SUPPR' then 'SUPPR'
        else trim({{ column }})
    end
{%- endmacro %}

{#- The text that stands after several submissions: the last one said, nothing when that one withdraws. -#}
{% macro standing_text(column, order_by) -%}
    nullif({{ latest_said(column, order_by) }}, 'SUPPR')
{%- endmacro %}

{#- Two texts with the same words: case and spacing set aside. -#}
{% macro same_text(first_text, second_text) -%}
    {{ squeezed(first_text) }} = {{ squeezed(second_text) }}
{%- endmacro %}
