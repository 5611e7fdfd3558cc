select
    action_partners.action_code,
    action_partners.partner_rank,
    action_partners.partner_code,
    partners.partner_name,
    action_partners.role
from {{ ref('ref_action_partner') }} as action_partners
inner join {{ ref('ref_partner') }} as partners on action_partners.partner_code = partners.partner_code
