{#- The words of Spark for `engine.sql`, and what its dbt adapter does not do as this project needs it. -#}

{% macro spark__latest_said(column, order_by) -%}
    max_by({{ column }}, struct({{ order_by | join(', ') }})) filter (where {{ column }} is not null)
{%- endmacro %}

{% macro spark__ordered_list(column, order_by) -%}
    transform(array_sort(collect_list(struct({{ order_by }} as position, {{ column }} as item))), x -> x.item)
{%- endmacro %}

{% macro spark__first_item(column) -%}
    try_element_at({{ column }}, 1)
{%- endmacro %}

{% macro spark__each_item(items) -%}
    explode({{ items }})
{%- endmacro %}

{% macro spark__value_of_greatest(column, weight) -%}
    max_by({{ column }}, {{ weight }})
{%- endmacro %}

{#- The session's zone is UTC (profiles.yml): a moment is its wall-clock time there. -#}
{% macro spark__utc(column) -%}
    {{ column }}
{%- endmacro %}

{% macro spark__days_between(first_date, second_date) -%}
    cast(datediff({{ second_date }}, {{ first_date }}) as bigint)
{%- endmacro %}

{% macro spark__plus_days(days, column) -%}
    date_add({{ column }}, {{ days }})
{%- endmacro %}

{% macro spark__months_after(months, column) -%}
    add_months({{ column }}, {{ months }})
{%- endmacro %}

{#- Java folds the case of accented letters only with `u`; a raw text keeps the backslashes. -#}
{% macro spark__regexp_all(column, pattern) -%}
    regexp_extract_all({{ column }}, r'{{ pattern | replace('(?i)', '(?iu)') }}', 1)
{%- endmacro %}

{% macro spark__regexp_first(column, pattern) -%}
    regexp_extract({{ column }}, r'{{ pattern | replace('(?i)', '(?iu)') }}', 0)
{%- endmacro %}

{% macro spark__squeezed(column) -%}
    lower({{ spark__trimmed("regexp_replace(" ~ column ~ ", r'[\\s\\x{00A0}\\x{202F}]+', ' ')") }})
{%- endmacro %}

{#- DuckDB takes every space of Unicode off, Spark the plain one alone. -#}
{% macro spark__trimmed(column) -%}
    regexp_replace({{ column }}, r'^\p{Zs}+|\p{Zs}+$', '')
{%- endmacro %}

{% macro spark__engine_type(data_type) -%}
    {{ return({'varchar': 'string', 'varchar[]': 'array<string>', 'timestamp with time zone': 'timestamp', 'integer': 'int'}
        .get(data_type | trim | lower, data_type)) }}
{%- endmacro %}

{#- Spark writes 2.5E8 and 1.0E-7 where DuckDB writes 250000000.0 and 1e-07. -#}
{% macro spark__double_as_text(column) -%}
    {%- set text = 'lower(cast(' ~ column ~ ' as string))' -%}
    {%- set exponent = "try_cast(regexp_extract(" ~ text ~ ", 'e(.*)$', 1) as int)" -%}
    {%- set digits = "regexp_replace(" ~ text ~ ", '[.]0e.*$|e.*$|[.]|-', '')" -%}
    {%- set sign = 'case when ' ~ column ~ " < 0 then '-' else '' end" -%}
    case
        when {{ column }} = 0 or abs({{ column }}) >= 1e-3 and abs({{ column }}) < 1e7 then {{ text }}
        when abs({{ column }}) >= 1e16 or abs({{ column }}) < 1e-4
            then concat(
                regexp_replace({{ text }}, '([.]0)?e.*$', ''),
                case when abs({{ column }}) < 1 then 'e-' else 'e+' end,
                case when abs({{ exponent }}) < 10 then '0' else '' end,
                cast(abs({{ exponent }}) as string)
            )
        when {{ column }} = floor({{ column }}) then concat(cast(cast({{ column }} as bigint) as string), '.0')
        when {{ exponent }} is null then {{ text }}
        when abs({{ column }}) < 1 then concat({{ sign }}, '0.000', {{ digits }})
        else concat({{ sign }}, substr({{ digits }}, 1, {{ exponent }} + 1), '.', substr({{ digits }}, {{ exponent }} + 2))
    end
{%- endmacro %}

{% macro spark__joined_texts(column, order_by) -%}
    array_join({{ spark__ordered_list(column, order_by) }}, ',')
{%- endmacro %}

{% macro spark__seed_text(seed) -%}
    array_join(array_sort(collect_list(to_json(struct(line.*)))), ',')
{%- endmacro %}


{#- --- What the adapter does otherwise ------------------------------------------------------------------------------ -#}

{#- The types of contracts are written once, for every engine. -#}
{% macro spark__get_empty_schema_sql(columns) %}
    select
    {%- for name, column in columns.items() %}
        cast(null as {{ engine_type(column['data_type']) }}) as {{ name }}{{ '' if loop.last else ',' }}
    {%- endfor %}
{% endmacro %}

{#- Parquet tables hold no constraint: a NULL where the contract allows none is looked for instead. -#}
{% macro spark__persist_constraints(relation, model) %}
    {%- set filled = [] -%}
    {%- for name, column in model.columns.items() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do filled.append(name) -%}
    {%- endfor -%}
    {%- if config.get('contract').enforced and filled -%}
        {%- set counts = [] -%}
        {%- for name in filled -%}{%- do counts.append('count(*) - count(' ~ name ~ ') as ' ~ name) -%}{%- endfor -%}
        {%- for name, missing in run_query('select ' ~ counts | join(', ') ~ ' from ' ~ relation).rows[0].dict().items() if missing -%}
            {%- do exceptions.raise_compiler_error('not_null constraint: ' ~ missing ~ ' rows of ' ~ relation ~ ' have no ' ~ name) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- A seed as the reader of CSV files gives it: literals, since the adapter binds NULL as the text « None » and leaves
    apostrophes as they are. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set inserts = [] -%}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
        {%- set sql -%}
            insert into {{ this.render() }} values
            {%- for row in chunk %}
            ({% for value in row -%}
                {%- set name = agate_table.column_names[loop.index0] -%}
                cast({{ 'null' if value is none else spark_literal(value) }} as {{ engine_type(types.get(name, 'varchar')) }})
                {{- '' if loop.last else ', ' -}}
            {%- endfor %}){{ '' if loop.last else ',' }}
            {%- endfor %}
        {%- endset -%}
        {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
        {%- do inserts.append(sql) -%}
    {%- endfor -%}
    {{ return(inserts | first | default('')) }}
{% endmacro %}

{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
        create table {{ this.render() }} (
            {%- for name in agate_table.column_names %}
            `{{ name }}` {{ engine_type(types.get(name, 'varchar')) }}{{ '' if loop.last else ',' }}
            {%- endfor %}
        )
        using parquet
    {%- endset -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{% endmacro %}

{% macro spark_literal(value) -%}
    '{{ value | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
{%- endmacro %}


{#- Statements one after the other: by them the builder makes the views of `raw`. -#}
{% macro run_statements(statements) %}
    {%- for sql in statements -%}{%- do run_query(sql) -%}{%- endfor -%}
{% endmacro %}
