{#-
  A table built one period at a time, and again only for the periods whose readings changed.

  The model is written as if all of it were built at once; it must give each period's rows from that period's rows
  alone. The filter on `period_column` goes down to the raw table, so that a month of a long history costs a month, and
  the table lies in the order of its periods. Which readings and which `reference` (seeds, those of its parents
  included) a period was built from is kept in schema `raw`, with the loader's notes.
-#}
{% materialization by_period, adapter='duckdb' %}
    {%- set column = config.require('period_column') -%}
    {%- set reference = config.require('reference') -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set kept = 'raw._built__' ~ this.identifier -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}

    {% if existing is none or existing.type != 'table' or should_full_refresh() %}
        {% if existing is not none %}{{ adapter.drop_relation(existing) }}{% endif %}
        {% call statement('shape') %}
            create or replace table {{ target }} as select * from ({{ sql }}) as model where false
        {% endcall %}
        {% call statement('kept') %}
            create or replace table {{ kept }} (period date, digest varchar)
        {% endcall %}
    {% endif %}

    {% call statement('notes') %}
        create table if not exists raw._measured_period (sha256 varchar, period date);
        create table if not exists raw._loaded_reading (channel varchar, sha256 varchar, reading_key varchar);
        create table if not exists {{ kept }} (period date, digest varchar)
    {% endcall %}
    {%- set changed = changed_periods(kept, reference) -%}
    {% for period in changed %}
        {% call statement('delete') %}
            delete from {{ target }} where {{ column }} = date '{{ period }}'
        {% endcall %}
        {% call statement('insert') %}
            insert into {{ target }} select * from ({{ sql }}) as model where {{ column }} = date '{{ period }}'
        {% endcall %}
    {% endfor %}
    {% call statement('main') %}
        create or replace table {{ kept }} as {{ period_digests(reference) }}
    {% endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Periods that are built from other readings than those they would be built from now, or no more from any. -#}
{% macro changed_periods(kept, reference) %}
    {%- set found = run_query(
        'select cast(coalesce(wanted.period, kept.period) as varchar) from (' ~ period_digests(reference) ~ ') as wanted '
        ~ 'full join ' ~ kept ~ ' as kept on wanted.period = kept.period '
        ~ 'where wanted.digest is distinct from kept.digest order by 1'
    ) -%}
    {{ return(found.columns[0].values() if found is not none else []) }}
{% endmacro %}


{#- Each period of the territories' measurements with a name for the readings that speak of it and for the
    rows of the reference it is built with. The loader notes the readings as it loads: nothing of the history is read. -#}
{% macro period_digests(reference) %}
    select
        periods.period,
        md5(
            string_agg(periods.sha256 || readings.reading_key, ',' order by periods.sha256)
            {%- for seed in reference %}
            || coalesce((select string_agg(cast(line as varchar), ',' order by cast(line as varchar)) from reference.{{ seed }} as line), '')
            {%- endfor %}
        ) as digest
    from raw._measured_period as periods
    inner join raw._loaded_reading as readings on periods.sha256 = readings.sha256
    group by periods.period
{% endmacro %}
