"""The manifest of a rendering: what went in, what came out, under which method and code, each with its SHA-256."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from exports.content.headline import headline
from exports.content.release import Release
from exports.marts import SessionMarts

FILE_NAME = "manifest.json"


class Origin(Struct, frozen=True):
    """What a rendering was made by and from, beside the marts."""

    code_version: str
    template_sha256: str
    inputs: Mapping[str, str]


def sha256(content: bytes) -> str:
    """The hexadecimal digest of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def build(
    marts: SessionMarts, stage: Release, origin: Origin, outputs: Mapping[str, bytes], warnings: Sequence[str] = ()
) -> bytes:
    """The manifest's bytes: sorted keys, no clock, so that the same rendering has the same manifest."""
    content = {
        "session": marts.session.session_code,
        "held_on": marts.session.held_on.isoformat(),
        "cut_off": marts.session.cut_off.isoformat(),
        "state": stage.state,
        "version": stage.version,
        "banner": stage.banner,
        "method_version": marts.method_version,
        "code_version": origin.code_version,
        "data_sha256": marts.digest,
        "template_sha256": origin.template_sha256,
        "waivers": [
            {
                "action": row.action_code,
                "reason": row.reason,
                "author_role": row.author_role,
                "decided_on": row.decided_on.isoformat(),
            }
            for row in stage.waivers
        ],
        "erratum": stage.erratum.reason if stage.erratum else "",
        "headline": list(headline(marts)),
        "warnings": list(warnings),
        "edited_texts": [
            {"key": row.key, "sha256": sha256(row.text.encode()), "contribution_changed_since": row.is_stale}
            for row in marts.text_edits
        ],
        "inputs": dict(sorted(origin.inputs.items())),
        "outputs": {
            name: {"sha256": sha256(content), "bytes": len(content)} for name, content in sorted(outputs.items())
        },
    }
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
