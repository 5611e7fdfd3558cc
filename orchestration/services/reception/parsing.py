"""Documents, reviews and drafts parsed in a guarded process, as workbooks are.

The process imports one reader's module and answers with what its function `parse` gives, as JSON.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.services.reception.reader import UnreadableFileError
from sources.files.guarded import GuardedProcess, LimitReachedError, Limits

#: a document of a hundred pages takes some twenty seconds
LIMITS = Limits(seconds=100.0, memory=3 * 1024**3, wait=900.0)
TIMEOUT, TOO_HEAVY = "FILE_TIMEOUT", "FILE_TOO_HEAVY"
_FIX = "Imprimez le document dans un PDF neuf, ou découpez-le, puis redonnez-le."


class Parser:
    """Parses files, one after the other. A context manager."""

    def __init__(self, module: str, seeds: Path, *, limits: Limits = LIMITS, readings: int = 2) -> None:
        """`module` has a function `parse(path, seeds)` that gives JSON values, or raises UnreadableFileError."""
        self.process = GuardedProcess(
            "orchestration.services.reception.parsing_process", module, str(seeds), limits=limits, readings=readings
        )

    def __enter__(self) -> "Parser":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        self.process.close()

    def parsed(self, path: Path) -> Any:
        """What `parse` gives. UnreadableFileError when nothing can be had, ChildDiedError when nobody knows."""
        try:
            answer = self.process.answered({"path": str(path)}, _heard)
        except LimitReachedError as error:
            rule = TIMEOUT if error.limit == "seconds" else TOO_HEAVY
            spent = f"après {error.received} de calcul" if error.limit == "seconds" else f"à plus de {error.received}"
            raise UnreadableFileError(f"{path.name} : lecture abandonnée {spent}. {_FIX}", rule) from error
        if "refused" in answer:
            raise UnreadableFileError(answer["refused"])
        return answer["parsed"]


def _heard(pieces: Iterator[bytes]) -> dict[str, Any]:
    answer = json.loads(next(pieces))
    if not isinstance(answer, dict) or not answer.keys() & {"parsed", "refused"}:
        message = "no such answer"
        raise TypeError(message)
    return answer
