{#-
  A table built some periods at a time, and again only for the periods whose readings changed.

  The model is written as if all of it were built at once; it must give each period's rows from that period's rows
  alone. The filter on `period_column` goes down to the raw table, so that a month of a long history costs a month, and
  the table lies in the order of its periods. Which readings and which `reference` (seeds, those of its parents
  included) a period was built from is stored in schema `raw`, with the loader's notes.

  One statement builds as many periods as were sent `rows_at_once` rows: a short history is built in one, and the
  memory of a long one is that of one statement.
-#}
{% materialization by_period, adapter='duckdb' %}
    {%- set column = config.require('period_column') -%}
    {%- set reference = config.require('reference') -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set known_periods = 'raw._built__' ~ this.identifier -%}
    {%- set rows_at_once = env_var('JALON_ROWS_AT_ONCE', '4000000') | int -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_new = existing is none or existing.type != 'table' or should_full_refresh() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}

    {% if is_new %}
        {% if existing is not none %}{{ adapter.drop_relation(existing) }}{% endif %}
        {% call statement('shape') %}
            create or replace table {{ target }} as select * from ({{ sql }}) as model where false
        {% endcall %}
        {% call statement('known_periods') %}
            create or replace table {{ known_periods }} (period date, digest varchar)
        {% endcall %}
    {% endif %}

    {% call statement('notes') %}
        create table if not exists raw._measured_period (sha256 varchar, period date, row_count bigint);
        create table if not exists raw._loaded_reading (channel varchar, sha256 varchar, reading_key varchar);
        create table if not exists {{ known_periods }} (period date, digest varchar)
    {% endcall %}
    {% for periods in changed_periods(known_periods, reference, rows_at_once) %}
        {% if not is_new %}
            {% call statement('delete') %}
                delete from {{ target }} where {{ column }} in ({{ periods }})
            {% endcall %}
        {% endif %}
        {% call statement('insert') %}
            insert into {{ target }} select * from ({{ sql }}) as model where {{ column }} in ({{ periods }})
        {% endcall %}
    {% endfor %}
    {% call statement('main') %}
        create or replace table {{ known_periods }} as
        select period, digest from ({{ period_digests(reference) }}) as built
    {% endcall %}
    {% do persist_docs(target, model) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- The same on Spark: the table is partitioned by its period; the partitions of periods that changed are dropped before
    they are inserted, so that a month that was withdrawn leaves nothing, and one that was half written neither. -#}
{% materialization by_period, adapter='spark' %}
    {%- set column = config.require('period_column') -%}
    {%- set reference = config.require('reference') -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set known_periods = 'raw._built__' ~ this.identifier -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_new = existing is none or should_full_refresh() -%}

    {{ run_hooks(pre_hooks) }}
    {% if is_new %}
        {% if existing is not none %}{{ adapter.drop_relation(existing) }}{% endif %}
        {% call statement('shape') %}
            create table {{ target }} using parquet partitioned by ({{ column }})
            as select * from ({{ sql }}) as model where false
        {% endcall %}
        {% call statement('forget') %}drop table if exists {{ known_periods }}{% endcall %}
    {% endif %}
    {% call statement('known_periods') %}
        create table if not exists {{ known_periods }} (period date, digest string) using parquet
    {% endcall %}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='name') | join(', ') -%}
    {% for periods in changed_periods(known_periods, reference, env_var('JALON_ROWS_AT_ONCE', '4000000') | int) %}
        {% for period in periods.split(',') if not is_new %}
            {% call statement('delete') %}
                alter table {{ target }} drop if exists partition ({{ column }} = {{ period }})
            {% endcall %}
        {% endfor %}
        {% call statement('insert') %}
            insert into {{ target }}
            select {{ columns }} from ({{ sql }}) as model where {{ column }} in ({{ periods }})
        {% endcall %}
    {% endfor %}
    {% call statement('main') %}
        insert overwrite table {{ known_periods }} select period, digest from ({{ period_digests(reference) }}) as built
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Periods that are built from other readings than those they would be built from now, or no more from any: lists of
    dates, each of about `rows_at_once` rows, one period at least. -#}
{% macro changed_periods(known_periods, reference, rows_at_once) %}
    {%- set found = run_query(
        'with changed as (select coalesce(wanted.period, known_periods.period) as period, coalesce(wanted.row_count, 0) as row_count '
        ~ 'from (' ~ period_digests(reference) ~ ') as wanted full join ' ~ known_periods ~ ' as known_periods on wanted.period = known_periods.period '
        ~ 'where wanted.digest is distinct from known_periods.digest), '
        ~ 'batched as (select period, floor(sum(row_count) over (order by period) / ' ~ rows_at_once ~ ') as batch from changed) '
        ~ 'select ' ~ joined_texts("concat('date ', chr(39), " ~ as_text('period') ~ ", chr(39))", 'period')
        ~ ' from batched group by batch order by batch'
    ) -%}
    {{ return(found.columns[0].values() if found is not none else []) }}
{% endmacro %}


{#- Each period of the territories' measurements with a name for the readings that speak of it and for the
    rows of the reference it is built with. The loader notes the readings as it loads: nothing of the history is read. -#}
{% macro period_digests(reference) %}
    select
        periods.period,
        cast(sum(periods.row_count) as bigint) as row_count,
        md5(
            {{ joined_texts('periods.sha256 || readings.reading_key', 'periods.sha256') }}
            {%- for seed in reference %}
            || coalesce((select {{ seed_text(seed) }} from reference.{{ seed }} as line), '')
            {%- endfor %}
        ) as digest
    from raw._measured_period as periods
    inner join raw._loaded_reading as readings on periods.sha256 = readings.sha256
    group by periods.period
{% endmacro %}
