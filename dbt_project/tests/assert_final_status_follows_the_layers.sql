-- Arbitrated, else declared within the facts, else read, else computed; a delay stays; silence makes nothing better.
select
    session_code,
    action_code,
    arbitrated_status,
    declared_status,
    read_status,
    computed_status,
    final_status,
    basis
from {{ ref('fct_action_status') }}
where
    (arbitrated_status is not null and (final_status <> arbitrated_status or basis <> 'arbitrated'))
    or (
        arbitrated_status is null
        and final_status <> coalesce(read_status, computed_status)
        and final_status <> computed_status
        and final_status <> coalesce(declared_status, 'none')
        and basis is distinct from 'carried'
        and reason is distinct from 'nothing_new'
    )
    -- no word of a lead is green over what is known to be late
    or (
        arbitrated_status is null
        and computed_status in ('late', 'unconfirmed')
        and final_status = declared_status
        and declared_status not in ('late', 'unconfirmed')
        and coalesce(read_status, 'none') <> final_status
    )
