{#- The rows where a column that must be filled is not: one query a table, whatever the number of columns. -#}
{% test filled(model, columns) %}
    select *
    from {{ model }}
    where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
