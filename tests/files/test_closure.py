"""What the import closure takes in, form by form."""

import subprocess
import sys
from pathlib import Path

import pytest

from sources.files.closure import closure_of
from sources.files.memo import PROJECT
from sources.files.module_facts import module_facts

FILES = {
    "pkg/__init__.py": "",
    "pkg/sub/__init__.py": "from pkg import initial\n",
    "pkg/initial.py": "",
    "pkg/sub/leaf.py": "",
    "pkg/sub/other.py": "from .leaf import thing\nfrom .. import initial\n",
    "pkg/lazy.py": "def f():\n    import pkg.sub.leaf\n",
    "pkg/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pkg.sub.leaf\n",
    "pkg/command.py": "RUN = ['python', '-m', 'pkg.sub.leaf']\n",
    "pkg/started.py": "import sys\ncommand = [sys.executable, '-m', 'tool']\n",
    "tool/__init__.py": "",
    "tool/__main__.py": "",
    "pkg/named.py": "from importlib import import_module\nm = import_module('pkg.initial')\n",
    "pkg/table.yml": "",
    "pkg/sub/table.yml": "",
    "pkg/pages/a.j2": "",
    "pkg/pages/deep/b.css": "",
    "pkg/pages/__pycache__/c.pyc": "",
    "pkg/with_name.py": "from pathlib import Path\nTABLE = Path(__file__).with_name('table.yml')\n",
    "pkg/joined.py": "from pathlib import Path\ntext = (Path(__file__).resolve().parent / 'table.yml').read_text()\n",
    "pkg/constant.py": "from pathlib import Path\nHERE = Path(__file__).parent\ndef f(): HERE / 'table.yml'\n",
    "pkg/folder.py": "from pathlib import Path\nPAGES = Path(__file__).with_name('pages')\n",
    "pkg/dynamic.py": "from pathlib import Path\nHERE = Path(__file__).parent\ndef f(n): HERE / 'pages' / n\n",
    "pkg/sub/above.py": "from pathlib import Path\nT = Path(__file__).parents[1].joinpath('table.yml')\n",
    "pkg/suffix.py": "from pathlib import Path\nT = Path(__file__).with_suffix('.txt')\n",
    "pkg/suffix.txt": "",
    "pkg/root.py": "from pathlib import Path\nROOT = Path(__file__).resolve().parents[1]\nIN = ROOT / 'inbox'\n",
    "inbox/a.xlsx": "",
    "pkg/outside.py": "import numpy.linalg\nfrom yaml import safe_load\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("pkg.sub.leaf", {"pkg/sub/leaf.py", "pkg/sub/__init__.py", "pkg/initial.py"}),  # packages run their __init__
        ("pkg.sub", {"pkg/sub/__init__.py", "pkg/initial.py"}),
        ("pkg.sub.other", {"pkg/sub/other.py", "pkg/sub/__init__.py", "pkg/sub/leaf.py", "pkg/initial.py"}),
        ("pkg.lazy", {"pkg/lazy.py", "pkg/sub/leaf.py", "pkg/sub/__init__.py", "pkg/initial.py"}),
        ("pkg.typed", {"pkg/typed.py"}),
        ("pkg.command", {"pkg/command.py", "pkg/sub/leaf.py", "pkg/sub/__init__.py", "pkg/initial.py"}),
        ("pkg.started", {"pkg/started.py", "tool/__init__.py", "tool/__main__.py"}),
        ("pkg.named", {"pkg/named.py", "pkg/initial.py"}),
        ("pkg.with_name", {"pkg/with_name.py", "pkg/table.yml"}),
        ("pkg.joined", {"pkg/joined.py", "pkg/table.yml"}),
        ("pkg.constant", {"pkg/constant.py", "pkg/table.yml"}),
        ("pkg.folder", {"pkg/folder.py", "pkg/pages/a.j2", "pkg/pages/deep/b.css"}),
        ("pkg.dynamic", {"pkg/dynamic.py", "pkg/pages/a.j2", "pkg/pages/deep/b.css"}),
        ("pkg.sub.above", {"pkg/sub/above.py", "pkg/sub/__init__.py", "pkg/initial.py", "pkg/table.yml"}),
        ("pkg.suffix", {"pkg/suffix.py", "pkg/suffix.txt"}),
        ("pkg.root", {"pkg/root.py"}),  # what lies outside the package is an installation's, not the code's
        ("pkg.outside", {"pkg/outside.py"}),
    ],
)
def test_closure(root: Path, module: str, expected: set[str]) -> None:
    """Each way a module of this project reaches another file."""
    found = closure_of([module], root, lambda path: module_facts(path, root))
    assert set(found.files) == expected | {"pkg/__init__.py"}


def test_packages_of_others_are_named(root: Path) -> None:
    """Their versions belong to the key; their files are theirs."""
    assert closure_of(["pkg.outside"], root, lambda path: module_facts(path, root)).externals == ("numpy", "yaml")


LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
ours = {"orchestration", "sources", "quality", "exports"}
print(*(m.__file__ for name, m in list(sys.modules.items()) if name.partition(".")[0] in ours and m.__file__))
"""


@pytest.mark.parametrize(
    "module",
    ["orchestration.services.reception.check", "sources.documents.extraction", "exports.publication", "quality.suites"],
)
def test_what_python_loads_is_in_the_closure(module: str) -> None:
    """A form of import that the analysis does not know would leave files out of every key."""
    command = [sys.executable, "-c", LOADED, module]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    loaded = {Path(name).relative_to(PROJECT).as_posix() for name in done.stdout.split()}
    assert len(loaded) > 5
    assert loaded <= set(closure_of([module], PROJECT, lambda path: module_facts(path, PROJECT)).files)
