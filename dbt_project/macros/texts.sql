{#- A text as it was declared: a blank, and the codes of « no answer » (NC, NA), are null. `SUPPR` stays, however
    it is written: it withdraws the earlier answer (see `current_text`). -#}
{% macro declared_text(column) -%}
    case
        when upper({{ trimmed(column) }}) in ('', 'NC', 'NA') then null
        when upper({{ trimmed(column) }}) = 'SUPPR' then 'SUPPR'
        else {{ trimmed(column) }}
    end
{%- endmacro %}

{#- The current text after several submissions: the last one declared, nothing when that one withdraws. -#}
{% macro current_text(column, order_by) -%}
    nullif({{ latest_said(column, order_by) }}, 'SUPPR')
{%- endmacro %}

{#- Two texts with the same words: case and spacing set aside. -#}
{% macro same_text(first_text, second_text) -%}
    {{ squeezed(first_text) }} = {{ squeezed(second_text) }}
{%- endmacro %}

{#- Whether a text declares that the whole objective is met: « Objectif atteint », « les objectifs sont atteints ». A part,
    an exception or a condition declares nothing of the whole. The reader of documents has the same rule (a test). -#}
{% macro speaks_of_the_whole(column) -%}
    {%- set gap = '[\\s\\x{00A0}\\x{202F}]+' -%}
    {%- set beside = '(?:sauf|hors|hormis|excepté|partiellement|en partie|pour partie|presque|quasi)' -%}
    {%- set words = 'si|s.ils?|lorsque|quand|une fois|dès que|sous réserve|à condition|afin que|pour que' -%}
    {%- set condition = '(?:^|[^a-zà-ÿ])(?:' ~ words ~ ')' -%}
    {{ regexp_first(
        column,
        '(?i)objectifs?' ~ gap ~ '((est|sont|(a|ont)' ~ gap ~ 'été)' ~ gap ~ ')?((pleinement|entièrement|tous)' ~ gap
        ~ ')?atteints?'
    ) }} <> ''
    and {{ regexp_first(
        column,
        '(?i)' ~ condition ~ gap ~ '[^.!?]{0,80}objectif|' ~ beside ~ '[^.!?]{0,80}objectif'
        ~ '|objectifs?[^.!?]{0,60}atteints?[^.!?]{0,80}(?:%|' ~ beside ~ ')'
    ) }} = ''
{%- endmacro %}

{#- Whether a proof is one that a reader can open: a web address, or the number of an official text. -#}
{% macro is_openable(column) -%}
    {{ regexp_first(column, '(?i)(https?://|www\\.|n[°o]\\s?[0-9]{4}-[0-9]+|NOR\\s?:?\\s?[A-Z]{4}[0-9]{7}[A-Z])') }} <> ''
{%- endmacro %}
