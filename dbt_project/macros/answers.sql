{#-
  The answers of partners that no model names go through the models by these macros, each a list of columns with a comma
  after each: a column added to the workbook's schema needs no model changed. `workbook_columns` lists them by landing table.
-#}

{#- As the landing holds them: texts without what is no answer. Where nothing is merged, `SUPPR` is no answer either. -#}
{% macro answers_read(table, withdraws=true) -%}
    {%- for column in workbook_columns(table) %}
        {%- if column.type != 'varchar' %}
        {{ column.name }},
        {%- elif withdraws %}
        {{ declared_text(column.name) }} as {{ column.name }},
        {%- else %}
        nullif({{ declared_text(column.name) }}, 'SUPPR') as {{ column.name }},
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- The current answers after several submissions: the last of each column. -#}
{% macro answers_current(table, order_by, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' %}
    {%- for column in workbook_columns(table) %}
        {%- if column.type == 'varchar' %}
        {{ current_text(prefix ~ column.name, order_by) }} as {{ column.name }},
        {%- else %}
        {{ latest_said(prefix ~ column.name, order_by) }} as {{ column.name }},
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- Those of a relation, or of the only one there is. -#}
{% macro answers_of(table, relation='') -%}
    {%- for column in workbook_columns(table) %}
        {{ relation ~ '.' if relation else '' }}{{ column.name }},
    {%- endfor %}
{%- endmacro %}

{#- None, where something else than a workbook speaks. -#}
{% macro answers_none(table) -%}
    {%- for column in workbook_columns(table) %}
        cast(null as {{ engine_type(column.type) }}) as {{ column.name }},
    {%- endfor %}
{%- endmacro %}
