"""The lists of French words the readers turn on, from `words.yml`."""

from pathlib import Path

import yaml

WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8")).items()
}
