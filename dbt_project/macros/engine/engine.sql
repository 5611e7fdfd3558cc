{#-
  What differs from one engine to the next. Models call these and nothing of an engine directly, so that the same models
  build on every one: `duckdb.sql` and `spark.sql` beside this file say each in their words. What is the same everywhere is
  written here.
-#}

{#- The value of `column` in the row that comes last by `order_by` (a list), rows where it is NULL left aside:
    a blank never erases. -#}
{% macro latest_said(column, order_by) -%}
    {{ return(adapter.dispatch('latest_said', 'jalon')(column, order_by)) }}
{%- endmacro %}

{#- The values of `column` as a list, in the order of `order_by`. -#}
{% macro ordered_list(column, order_by) -%}
    {{ return(adapter.dispatch('ordered_list', 'jalon')(column, order_by)) }}
{%- endmacro %}

{#- The first item of a list, NULL when it is empty. -#}
{% macro first_item(column) -%}
    {{ return(adapter.dispatch('first_item', 'jalon')(column)) }}
{%- endmacro %}

{#- One row for each item of a list. -#}
{% macro each_item(items) -%}
    {{ return(adapter.dispatch('each_item', 'jalon')(items)) }}
{%- endmacro %}

{#- The value of `column`, NULL included, in the row whose number `weight` is the greatest. -#}
{% macro value_of_greatest(column, weight) -%}
    {{ return(adapter.dispatch('value_of_greatest', 'jalon')(column, weight)) }}
{%- endmacro %}

{#- A moment with its zone as UTC wall-clock time, whatever the zone of the machine that builds. -#}
{% macro utc(column) -%}
    {{ return(adapter.dispatch('utc', 'jalon')(column)) }}
{%- endmacro %}

{#- Days from one date to another. -#}
{% macro days_between(first_date, second_date) -%}
    {{ return(adapter.dispatch('days_between', 'jalon')(first_date, second_date)) }}
{%- endmacro %}

{#- The date a whole number of days after another. -#}
{% macro plus_days(days, column) -%}
    {{ return(adapter.dispatch('plus_days', 'jalon')(days, column)) }}
{%- endmacro %}

{#- The day that follows a date. -#}
{% macro day_after(column) -%}
    {{ plus_days(1, column) }}
{%- endmacro %}

{#- A date some days later; NULL where the number of days is too great to mean anything. -#}
{% macro days_after(days, column) -%}
    case when {{ days }} < 36525 then {{ plus_days('cast(' ~ days ~ ' as integer)', column) }} end
{%- endmacro %}

{#- A date some months later: the last day of the month where the month is too short. -#}
{% macro months_after(months, column) -%}
    {{ return(adapter.dispatch('months_after', 'jalon')(months, column)) }}
{%- endmacro %}

{#- The day a year before a date: a date again, so that a table in the order of its dates is read from there. -#}
{% macro a_year_before(column) -%}
    {{ months_after(-12, column) }}
{%- endmacro %}

{#- The first day of the month of a date. -#}
{% macro month_start(column) -%}
    cast(date_trunc('month', {{ column }}) as date)
{%- endmacro %}

{#- A stable identifier made of the given texts. -#}
{% macro identifier(parts) -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{%- endmacro %}

{#- The n-th part of a key written with `|`. -#}
{% macro key_part(column, position) -%}
    nullif(split_part({{ column }}, '|', {{ position }}), '')
{%- endmacro %}

{#- A text as a date or an integer, NULL when it is not one. -#}
{% macro read_as(column, data_type) -%}
    try_cast({{ column }} as {{ data_type }})
{%- endmacro %}

{#- The first group of every match of a regular expression, as a list. -#}
{% macro regexp_all(column, pattern) -%}
    {{ return(adapter.dispatch('regexp_all', 'jalon')(column, pattern)) }}
{%- endmacro %}

{#- The first match of a regular expression, an empty text when there is none. -#}
{% macro regexp_first(column, pattern) -%}
    {{ return(adapter.dispatch('regexp_first', 'jalon')(column, pattern)) }}
{%- endmacro %}

{#- A text in lower case with every run of white space as one space. -#}
{% macro squeezed(column) -%}
    {{ return(adapter.dispatch('squeezed', 'jalon')(column)) }}
{%- endmacro %}

{#- A text without the spaces, no-break ones too, before and after it. -#}
{% macro trimmed(column) -%}
    {{ return(adapter.dispatch('trimmed', 'jalon')(column)) }}
{%- endmacro %}

{#- A type of the project's files (`varchar`, `varchar[]`, `timestamp with time zone`…) as the engine calls it. -#}
{% macro engine_type(data_type) -%}
    {{ return(adapter.dispatch('engine_type', 'jalon')(data_type)) }}
{%- endmacro %}

{#- Anything but a floating-point number as text. -#}
{% macro as_text(expression) -%}
    cast({{ expression }} as {{ engine_type('varchar') }})
{%- endmacro %}

{#- A floating-point number as text, the same on every engine: `250000000.0`. -#}
{% macro double_as_text(column) -%}
    {{ return(adapter.dispatch('double_as_text', 'jalon')(column)) }}
{%- endmacro %}

{#- A number as text: whole numbers without decimals. -#}
{% macro number_as_text(column) -%}
    case
        when {{ column }} = round({{ column }}) then {{ as_text('cast(' ~ column ~ ' as bigint)') }}
        else {{ double_as_text(column) }}
    end
{%- endmacro %}

{#- Two to the power of `exponent`, as a whole number. -#}
{% macro power_of_two(exponent) -%}
    cast({{ 2 ** exponent }} as bigint)
{%- endmacro %}

{#- The texts of a group in one, in the order of `order_by`, a comma between them. -#}
{% macro joined_texts(column, order_by) -%}
    {{ return(adapter.dispatch('joined_texts', 'jalon')(column, order_by)) }}
{%- endmacro %}

{#- Every row of a seed, called `line`, in one text. -#}
{% macro seed_text(seed) -%}
    {{ return(adapter.dispatch('seed_text', 'jalon')(seed)) }}
{%- endmacro %}

{#- How a model that DuckDB keeps as a view is kept: Spark plans every view again wherever it is named, one within the
    other, so that it builds tables; and only tables are brought back from it. -#}
{% macro view_or_table() -%}
    {{ return('view' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}
