"""A result kept beside the digest of what it was found from, so that the same question is not asked twice."""

import json
from pathlib import Path
from typing import Any


def kept(path: Path, digest: str) -> Any:
    """What was kept for this digest, None when nothing was or something else was."""
    try:
        content = json.loads(path.read_text())
        return content["results"] if content["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(path: Path, digest: str, results: Any) -> None:
    """Keep plain values in place of the former ones."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = path.with_suffix(".aside")
    aside.write_text(json.dumps({"digest": digest, "results": results}, ensure_ascii=False))
    aside.replace(path)
