{#- The answers of partners that no model names, by table: written by `make columns`, not by hand. -#}
{% macro workbook_columns(table) -%}
    {%- set columns = {
        "contribution": [
            {"name": "next_steps", "type": "varchar"},
            {"name": "risks", "type": "varchar"},
            {"name": "support_needed", "type": "varchar"},
        ],
        "milestone_report": [
        ],
        "measurement": [
            {"name": "source_text", "type": "varchar"},
        ],
    } -%}
    {{- return(columns[table]) -}}
{%- endmacro %}
