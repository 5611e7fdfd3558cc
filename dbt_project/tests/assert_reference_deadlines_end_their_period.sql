-- A deadline given to the month, quarter, semester or year falls on the last day of that period: another day would
-- make a commitment late too early, or print more than was stated.
with deadlines as (
    select
        commitment_id,
        deadline,
        deadline_precision,
        {{ day_after('deadline') }} as next_day
    from {{ ref('ref_commitment') }}
    where deadline is not null
)

select *
from deadlines
where
    deadline_precision <> 'day'
    and (
        extract(day from next_day) <> 1
        or (deadline_precision = 'quarter' and extract(month from deadline) not in (3, 6, 9, 12))
        or (deadline_precision = 'semester' and extract(month from deadline) not in (6, 12))
        or (deadline_precision = 'year' and extract(month from deadline) <> 12)
    )
