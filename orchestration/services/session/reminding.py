"""The texts of one reminder as files, `reminders/<session>/<kind>/<partner>.txt`: to be read, mailed or pasted."""

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.runtime.paths import Paths
from sources.files import atomic

if TYPE_CHECKING:
    from exports.reminders import Kind

LATE_LIST = "liste-des-retards"


def write_reminders(paths: Paths, session_code: str, kind: "Kind", out: Path | None = None) -> list[Path]:
    """Write the texts of one kind from the readers' copy, the late list included on J+1, and return them.

    A partner that owes nothing any more loses the text it had. MartsError when the marts cannot be read.
    """
    from exports.marts import read_marts
    from exports.reminders import late_list_of, reminders_of

    marts = read_marts(paths.marts, session_code)
    texts = {text.partner_slug: (text.subject, text.body) for text in reminders_of(marts, kind)}
    if kind == "J+1":
        late = late_list_of(marts)
        texts[LATE_LIST] = (late.subject, late.body)
    folder = out or paths.home / "reminders" / session_code / kind
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for stale in folder.glob("*.txt") if out is None else ():  # another folder may hold anything
        if stale.stem not in texts:
            stale.unlink()
    return [
        atomic.write(folder / f"{name}.txt", f"Objet\u00a0: {subject}\n\n{body}")
        for name, (subject, body) in texts.items()
    ]
