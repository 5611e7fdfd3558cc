{#- Which source wins for one KPI, territory and period: the highest first (`docs/method.md`, « Which figure wins »). -#}
{% macro source_priority(source_type) -%}
    case {{ source_type }}
        when 'arbitration' then 5
        when 'lead_submission' then 4
        when 'partner_submission' then 3
        when 'progress_report' then 2
        when 'document' then 1
    end
{%- endmacro %}

{#- The identifier of a fact of a document, as an observation: the same whatever version of the extractor read it. -#}
{% macro fact_identifier(sha256='sha256', fact_key='fact_key') -%}
    {{ identifier([sha256, "'|'", fact_key]) }}
{%- endmacro %}
