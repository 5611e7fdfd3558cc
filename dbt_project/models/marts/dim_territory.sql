with

-- an establishment is known by its FINESS number, which begins with its department
seen as (
    select distinct territory_code
    from {{ ref('int_territory_seen') }}
    where length(territory_code) = 9
),

establishments as (
    select
        territory_code,
        'establishment' as territory_level,
        {{ as_text('null') }} as insee_code,
        territory_code as territory_label,
        case
            when substr(territory_code, 1, 2) = '97' then 'D97' || substr(territory_code, 4, 1)
            when substr(territory_code, 1, 4) = '9805' then 'D976'
            else 'D' || substr(territory_code, 1, 2)
        end as parent_code
    from seen
)

select
    territory_code,
    territory_level,
    insee_code,
    territory_label,
    parent_code
from {{ ref('ref_territory') }}
union all
select
    establishments.territory_code,
    establishments.territory_level,
    establishments.insee_code,
    establishments.territory_label,
    departments.territory_code as parent_code
from establishments
left join {{ ref('ref_territory') }} as departments on establishments.parent_code = departments.territory_code
