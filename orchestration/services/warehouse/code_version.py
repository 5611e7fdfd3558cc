"""Which code rendered a deliverable: the release, and a name for the code itself.

The code names itself in a clone, an archive and a modified tree alike, without asking git.
"""

from orchestration.services.runtime.paths import Paths
from sources.files.memo import digest

# renders, freezes and delivers: everything that decides a deliverable's bytes
RENDERING = "exports.publication"


def code_version(paths: Paths) -> str:
    """`0.1.0+<name>` of what decides a deliverable's bytes: the rendering code and the dbt project."""
    from importlib.metadata import version

    code = digest(paths.memo.code(RENDERING), paths.memo.contents([paths.dbt_project]))
    return f"{version('jalon')}+{code[:12]}"
