{#-
  A table replaced where it stands, within dbt's transaction: whoever fails or is killed leaves the former one.

  dbt-duckdb's own builds it beside under another name, renames both and drops the former one, each by macros of their
  own: a third of what a small model costs. None of ours has an index, a grant or a foreign key to carry over.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing is not none and existing.type != 'table' %}{{ adapter.drop_relation(existing) }}{% endif %}
    {% call statement('main') %}
        drop table if exists {{ target }};
        {{ create_table_as(False, target, sql) }}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
