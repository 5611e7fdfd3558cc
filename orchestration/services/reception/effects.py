"""What a drop changed of its sender's actions (« 8-4.2 : à risque → atteint »), added to its receipt.

The receipt leaves as soon as the file is read; the marts come later in the same run. Receipts made since the readers'
copy was last replaced are those that wait for their effect: they get it just before the copy is replaced again, so that
a run that dies in between leaves them waiting, with what they are compared with.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.services.reception.receipts import write_sealed
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.database import marts_digest, open_marts
from sources.workbook.receipt import Effect

Statuses = dict[tuple[str, str], dict[str, str]]  # session and partner → action or commitment → French status
_TABLES = {"fct_action_status", "fct_commitment_progress", "bridge_action_partner", "dim_label"}
_STATUSES = """
    select statuses.session_code, partners.partner_code, statuses.code, labels.label
    from (
        select session_code, action_code, action_code as code, final_status as status, 'status' as domain
        from marts.fct_action_status
        union all
        select session_code, action_code, commitment_id, status, 'commitment_status'
        from marts.fct_commitment_progress
    ) as statuses
    join marts.bridge_action_partner as partners on statuses.action_code = partners.action_code
    join marts.dim_label as labels on statuses.domain = labels.domain and statuses.status = labels.code
"""


def receipts_without_effect(paths: Paths) -> list[Path]:
    """The receipts, as JSON, of drops that the readers' copy does not know yet; none where nothing was built."""
    if marts_digest(paths.marts) is None:
        return []
    built_at = paths.marts.stat().st_mtime
    recent = (path for path in paths.receipts.glob("*/*/*.json") if path.stat().st_mtime >= built_at)
    return sorted(path for path in recent if _wants_effect(json.loads(path.read_text(encoding="utf-8"))))


def _wants_effect(receipt: Mapping[str, Any]) -> bool:
    was_taken = receipt.get("rows", {}).get("accepted") and not receipt.get("already_received")
    return bool(was_taken) and "effects" not in receipt


def statuses_of(marts: Path) -> Statuses:
    """The status of every action and commitment, by session and by partner of the action.

    Nothing where some models alone were built, on demand, and the tables for it are not there.
    """
    with open_marts(marts) as connection:
        return _statuses_in(connection)


def _statuses_in(connection: Any) -> Statuses:
    found: Statuses = {}
    listed = "select table_name from information_schema.tables where table_schema = 'marts'"
    if not {name for (name,) in connection.execute(listed).fetchall()} >= _TABLES:
        return {}
    for session, partner, code, label in connection.execute(_STATUSES).fetchall():
        found.setdefault((session, partner), {})[code] = label
    return found


def add_changes_to_receipts(paths: Paths, built: Any, log: Log) -> None:
    """Add to the receipts that wait what changed between the readers' copy and the marts just built.

    `built` is a connection to these; the copy is replaced afterwards.
    """
    waiting = receipts_without_effect(paths)
    if waiting:
        count = write_effects(waiting, statuses_of(paths.marts), _statuses_in(built))
        log(f"receipts: {count} changes of status written in {len(waiting)} receipts")


def write_effects(receipts: Sequence[Path], before: Statuses, after: Statuses) -> int:
    """Add to each receipt, JSON and workbook, what changed of its sender's actions; how many changes were added."""
    from sources.workbook.receipt_book import add_effects

    count = 0
    for path in receipts:
        receipt = json.loads(path.read_text(encoding="utf-8"))
        effects = effects_between(
            *(state.get((receipt["session"], receipt["partner"]), {}) for state in (before, after))
        )
        workbook = path.with_suffix(".xlsx")
        if workbook.is_file():
            add_effects(workbook, effects)
        receipt["effects"] = [vars(effect) for effect in effects]
        write_sealed(path, receipt)
        count += len(effects)
    return count


def effects_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Effect]:
    """The codes whose status is another one, in the order of the roadmap; a new code has no status before."""
    changed = [code for code, status in after.items() if before.get(code) != status]
    return [
        Effect(code, before.get(code), after[code])
        for code in sorted(changed, key=lambda code: [int(part) for part in re.findall(r"\d+", code)])
    ]
