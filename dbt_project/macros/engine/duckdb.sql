{#- The words of DuckDB for `engine.sql`. Rules that run outside of dbt are read from here too (`sources.reference.sql_rules`). -#}

{% macro duckdb__latest_said(column, order_by) -%}
    arg_max({{ column }}, {% if order_by | length > 1 %}row({{ order_by | join(', ') }}){% else %}{{ order_by[0] }}{% endif %})
{%- endmacro %}

{% macro duckdb__ordered_list(column, order_by) -%}
    list({{ column }} order by {{ order_by }})
{%- endmacro %}

{% macro duckdb__first_item(column) -%}
    {{ column }}[1]
{%- endmacro %}

{% macro duckdb__each_item(items) -%}
    unnest({{ items }})
{%- endmacro %}

{% macro duckdb__value_of_greatest(column, weight) -%}
    arg_max_null({{ column }}, {{ weight }})
{%- endmacro %}

{% macro duckdb__utc(column) -%}
    timezone('UTC', {{ column }})
{%- endmacro %}

{% macro duckdb__days_between(first_date, second_date) -%}
    date_diff('day', {{ first_date }}, {{ second_date }})
{%- endmacro %}

{% macro duckdb__plus_days(days, column) -%}
    cast(date_add({{ column }}, to_days({{ days }})) as date)
{%- endmacro %}

{% macro duckdb__months_after(months, column) -%}
    cast(date_add({{ column }}, to_months({{ months }})) as date)
{%- endmacro %}

{% macro duckdb__regexp_all(column, pattern) -%}
    regexp_extract_all({{ column }}, '{{ pattern }}', 1)
{%- endmacro %}

{% macro duckdb__regexp_first(column, pattern) -%}
    regexp_extract({{ column }}, '{{ pattern }}', 0)
{%- endmacro %}

{% macro duckdb__squeezed(column) -%}
    lower(trim(regexp_replace({{ column }}, '[\s\x{00A0}\x{202F}]+', ' ', 'g')))
{%- endmacro %}

{% macro duckdb__trimmed(column) -%}
    trim({{ column }})
{%- endmacro %}

{% macro duckdb__engine_type(data_type) -%}
    {{ return(data_type) }}
{%- endmacro %}

{% macro duckdb__double_as_text(column) -%}
    cast({{ column }} as varchar)
{%- endmacro %}

{% macro duckdb__joined_texts(column, order_by) -%}
    string_agg({{ column }}, ',' order by {{ order_by }})
{%- endmacro %}

{% macro duckdb__seed_text(seed) -%}
    {{ duckdb__joined_texts('cast(line as varchar)', 'cast(line as varchar)') }}
{%- endmacro %}
