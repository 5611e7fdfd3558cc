{#-
  Dates that a French text announces. A period counts when a word of the future comes before it in the same sentence:
  « sera publié au T1 2025 » does, « publié en 2023, il permettra » does not.
-#}
{% macro announced_periods(column) -%}
    {%- set gap = '[\\s\\x{00A0}\\x{202F}]+' -%}
    {%- set future = "(?:va|vont|sera|seront|devra|devrait|devraient|prévue?s?|attendue?s?|[a-zà-ÿ]{2,}(?:ra|ront))" -%}
    {%- set months = 'janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre' -%}
    {%- set ordinals = '(?:premier|1er|deuxième|second|2e|troisième|3e|quatrième|4e)' ~ gap ~ '(?:trimestre|semestre)' -%}
    {%- set part = '(?:T[1-4]|S[12]|' ~ ordinals ~ '|mi|' ~ months ~ ')(?:' ~ gap ~ 'de|-)?' ~ gap -%}
    {{ regexp_all(
        column,
        '(?i)(?:^|[^a-zà-ÿ])' ~ future ~ '[\\s\\x{00A0}\\x{202F}][^.!?]{0,80}?((?:' ~ part ~ '|mi-)?\\b20[0-9]{2})\\b'
    ) }}
{%- endmacro %}

{#- The last day of a period written by `announced_periods`; the year's when nothing more precise is given. -#}
{% macro last_day_of(period) -%}
    {%- set year = regexp_first(period, '20[0-9]{2}') -%}
    {%- set ends = [
        ('janvier', '01-31'), ('février', '02-28'), ('mars', '03-31'), ('avril', '04-30'), ('mai', '05-31'), ('juin', '06-30'),
        ('juillet', '07-31'), ('août', '08-31'), ('septembre', '09-30'), ('octobre', '10-31'), ('novembre', '11-30'),
        ('t1', '03-31'), ('t2', '06-30'), ('t3', '09-30'), ('s1', '06-30'), ('mi', '06-30'),
        ('premier%trimestre', '03-31'), ('1er%trimestre', '03-31'), ('deuxième%trimestre', '06-30'), ('2e%trimestre', '06-30'),
        ('troisième%trimestre', '09-30'), ('3e%trimestre', '09-30'), ('premier%semestre', '06-30'), ('1er%semestre', '06-30'),
    ] -%}
    cast(
        {{ year }} || case
            {%- for start, month_day in ends %}
            when lower({{ period }}) like '{{ start }}%' then '-{{ month_day }}'
            {%- endfor %}
            else '-12-31'
        end as date
    )
{%- endmacro %}
