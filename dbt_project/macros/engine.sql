{#-
  What differs from one engine to the next. Models call these and nothing of an engine directly, so that the same
  models build on another one: add `<adapter>__<macro>` here. The default is the dialect of Spark.
-#}

{#- The value of `column` in the row that comes last by `order_by` (a list), rows where it is NULL left aside:
    a blank never erases. -#}
{% macro latest_said(column, order_by) -%}
    {{ return(adapter.dispatch('latest_said', 'jalon')(column, order_by)) }}
{%- endmacro %}

{% macro default__latest_said(column, order_by) -%}
    max_by({{ column }}, struct({{ order_by | join(', ') }})) filter (where {{ column }} is not null)
{%- endmacro %}

{% macro duckdb__latest_said(column, order_by) -%}
    arg_max({{ column }}, {% if order_by | length > 1 %}row({{ order_by | join(', ') }}){% else %}{{ order_by[0] }}{% endif %})
{%- endmacro %}


{#- The values of `column` as a list, in the order of `order_by`. -#}
{% macro ordered_list(column, order_by) -%}
    {{ return(adapter.dispatch('ordered_list', 'jalon')(column, order_by)) }}
{%- endmacro %}

{% macro default__ordered_list(column, order_by) -%}
    transform(array_sort(collect_list(struct({{ order_by }} as position, {{ column }} as item))), x -> x.item)
{%- endmacro %}

{% macro duckdb__ordered_list(column, order_by) -%}
    list({{ column }} order by {{ order_by }})
{%- endmacro %}


{#- The first item of a list, NULL when it is empty. -#}
{% macro first_item(column) -%}
    {{ return(adapter.dispatch('first_item', 'jalon')(column)) }}
{%- endmacro %}

{% macro default__first_item(column) -%}
    try_element_at({{ column }}, 1)
{%- endmacro %}

{% macro duckdb__first_item(column) -%}
    {{ column }}[1]
{%- endmacro %}


{#- A moment with its zone as UTC wall-clock time, whatever the zone of the machine that builds. -#}
{% macro utc(column) -%}
    {{ return(adapter.dispatch('utc', 'jalon')(column)) }}
{%- endmacro %}

{% macro default__utc(column) -%}
    to_utc_timestamp({{ column }}, current_timezone())
{%- endmacro %}

{% macro duckdb__utc(column) -%}
    timezone('UTC', {{ column }})
{%- endmacro %}


{#- Days from one date to another. -#}
{% macro days_between(first_date, second_date) -%}
    {{ dbt.datediff(first_date, second_date, 'day') }}
{%- endmacro %}


{#- The day that follows a date. -#}
{% macro day_after(column) -%}
    {{ dbt.dateadd('day', 1, column) }}
{%- endmacro %}


{#- The first day of the month of a date. -#}
{% macro month_start(column) -%}
    cast({{ dbt.date_trunc('month', column) }} as date)
{%- endmacro %}


{#- A date some months later. -#}
{% macro months_after(months, column) -%}
    cast({{ dbt.dateadd('month', months, column) }} as date)
{%- endmacro %}


{#- A date some days later; NULL where the number of days is too great to mean anything. -#}
{% macro days_after(days, column) -%}
    case when {{ days }} < 36525 then cast({{ dbt.dateadd('day', 'cast(' ~ days ~ ' as integer)', column) }} as date) end
{%- endmacro %}


{#- The day a year before a date: a date again, so that a table in the order of its dates is read from there. -#}
{% macro a_year_before(column) -%}
    cast({{ dbt.dateadd('month', -12, column) }} as date)
{%- endmacro %}


{#- A stable identifier made of the given texts. -#}
{% macro identifier(parts) -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{%- endmacro %}


{#- The n-th part of a key written with `|`. -#}
{% macro key_part(column, position) -%}
    nullif({{ dbt.split_part(column, "'|'", position) }}, '')
{%- endmacro %}


{#- A text as a date or an integer, NULL when it is not one. -#}
{% macro read_as(column, data_type) -%}
    try_cast({{ column }} as {{ data_type }})
{%- endmacro %}


{#- One row for each item of a list. -#}
{% macro each_item(items) -%}
    {{ return(adapter.dispatch('each_item', 'jalon')(items)) }}
{%- endmacro %}

{% macro default__each_item(items) -%}
    explode({{ items }})
{%- endmacro %}

{% macro duckdb__each_item(items) -%}
    unnest({{ items }})
{%- endmacro %}


{#- The first group of every match of a regular expression, as a list. -#}
{% macro regexp_all(column, pattern) -%}
    {{ return(adapter.dispatch('regexp_all', 'jalon')(column, pattern)) }}
{%- endmacro %}

{% macro default__regexp_all(column, pattern) -%}
    regexp_extract_all({{ column }}, r'{{ pattern }}', 1)
{%- endmacro %}

{% macro duckdb__regexp_all(column, pattern) -%}
    regexp_extract_all({{ column }}, '{{ pattern }}', 1)
{%- endmacro %}


{#- The first match of a regular expression. -#}
{% macro regexp_first(column, pattern) -%}
    regexp_extract({{ column }}, '{{ pattern }}', 0)
{%- endmacro %}


{#- A text in lower case with every run of white space as one space. -#}
{% macro squeezed(column) -%}
    {{ return(adapter.dispatch('squeezed', 'jalon')(column)) }}
{%- endmacro %}

{% macro default__squeezed(column) -%}
    lower(trim(regexp_replace({{ column }}, '[\\s\\x{00A0}\\x{202F}]+', ' ')))
{%- endmacro %}

{% macro duckdb__squeezed(column) -%}
    lower(trim(regexp_replace({{ column }}, '[\s\x{00A0}\x{202F}]+', ' ', 'g')))
{%- endmacro %}


{#- Anything as text. -#}
{% macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}


{#- A number as text: whole numbers without decimals. -#}
{% macro number_as_text(column) -%}
    case
        when {{ column }} = round({{ column }}) then {{ as_text('cast(' ~ column ~ ' as bigint)') }}
        else {{ as_text(column) }}
    end
{%- endmacro %}


{#- The value of `column`, NULL included, in the row whose number `weight` is the greatest. -#}
{% macro value_of_greatest(column, weight) -%}
    {{ return(adapter.dispatch('value_of_greatest', 'jalon')(column, weight)) }}
{%- endmacro %}

{% macro default__value_of_greatest(column, weight) -%}
    max_by({{ column }}, {{ weight }})
{%- endmacro %}

{% macro duckdb__value_of_greatest(column, weight) -%}
    arg_max_null({{ column }}, {{ weight }})
{%- endmacro %}


{#- Two to the power of `exponent`, as a whole number. -#}
{% macro power_of_two(exponent) -%}
    cast({{ 2 ** exponent }} as bigint)
{%- endmacro %}


