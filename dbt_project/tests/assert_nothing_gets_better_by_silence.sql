-- An action on which nothing was received is not greener than before.
select
    later.session_code,
    later.action_code,
    later.previous_status,
    later.final_status
from {{ ref('fct_action_status') }} as later
where
    later.previous_status is not null
    and later.last_news_in is distinct from later.session_code
    and later.arbitrated_status is null
    and later.final_status in ('achieved', 'on_track')
    and later.previous_status not in ('achieved', later.final_status)
