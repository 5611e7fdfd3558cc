"""What partners are written around the day their contributions are due: an invitation, three reminders, the late list.

`compose(marts_path, session_code, kind)` gives one text a partner, naming what it has not sent; `late_list` gives the
DNS the partners that did not. Facts come from the marts (`mart_partner_item`, `mart_partner_completeness`), words from
`texts.yml`. What does not belong here: the day it is, addresses, sending.
"""

from exports.reminders.calendar import KINDS, Kind, day_of, kind_on
from exports.reminders.composition import LateList, Reminder, compose, late_list, late_list_of, reminders_of

__all__ = [
    "KINDS",
    "Kind",
    "LateList",
    "Reminder",
    "compose",
    "day_of",
    "kind_on",
    "late_list",
    "late_list_of",
    "reminders_of",
]
