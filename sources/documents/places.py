"""Places a sentence may narrow a figure to: a region, a department, a town, overseas. None of them is the country."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sources.documents.words import WORDS
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Reference

_SOMEWHERE = re.compile(
    r"\b(?:outre-?mer|ultramarin\w*|drom|dom-?tom|metropole|metropolitain\w*|hexagone|hexagonal\w*|"
    r"(?:la|cette|une|sa|chaque|notre|en|seule) region|"
    r"(?:deux|trois|quatre|cinq|six|\d{1,2}|plusieurs|quelques) regions|"
    r"(?:ce|un|chaque|seul) departement|(?:ce|un|chaque) territoire|"
    r"(?:au|du|le|un|ce) (?:chu|chru|ch|ghu|ght|groupement hospitalier|centre hospitalier)|"
    r"(?:a|de) l'ap-h[pm]|(?:la|une|cette) (?:ville|commune|metropole)|communaute de communes|agglomeration)\b"
)
_LED = (
    r"(?:(?<![\w’'-])(?i:dans|en|à|au|aux|du|de|des|le|la|les|pour|sur|chez|comme|et|ou|hors)\s+"
    r"(?:le\s+|la\s+|les\s+|l[’'])?|(?<![\w-])[dlDL][’'])"
)
_UNKNOWN_PLACE = re.compile(
    r"(?:(?<![\w’'-])(?:à|À|au|Au|aux|Aux|en|En)\s+(?:la\s+|La\s+|l[’']|L[’'])?)"
    r"(?P<name>[A-ZÀ-Ü][a-zà-ÿ]+(?:[-\s](?:[A-ZÀ-Ü]|d[eu]|sur|la|les?|en)[\w’'-]*)*)"
)


@dataclass(frozen=True)
class Places:
    """How the territories of the reference are written, and the capitalised words it knows to be something else."""

    named: re.Pattern[str]
    known: frozenset[str]

    @classmethod
    @lru_cache(1)
    def of(cls, reference: Reference) -> "Places":
        """The places of a reference. Names of one plain word count only where a word leads to a place."""
        labels = [item.territory_label for item in reference.territories.values() if item.territory_level != "country"]
        labels = [label for label in labels if label]
        long = [label for label in labels if re.search(r"[\s’'-]", label)]
        patterns = [rf"(?<![\w-]){_label(label)}(?![\w-])" for label in long]
        short = "|".join(_label(label) for label in labels if label not in long)
        if short:
            patterns.append(rf"(?:^\W*|{_LED})(?:{short})(?![\w-])")
        return cls(re.compile("|".join(patterns) or r"(?!)"), frozenset(_known_words(reference)))

    def name_one(self, text: str) -> bool:
        """Whether a text, as it is written, names a place smaller than the country."""
        if self.named.search(text) or _SOMEWHERE.search(fold_in_place(text)):
            return True
        return any(not self._is_known(found["name"]) for found in _UNKNOWN_PLACE.finditer(text))

    def _is_known(self, name: str) -> bool:
        first = fold(re.split(r"[\s-]", name)[0])
        return first in self.known or first in WORDS["not_places"]


def _label(label: str) -> str:
    return re.escape(label).replace("’", "[’']").replace("'", "[’']").replace(r"\-", r"[-\s]")


def _known_words(reference: Reference) -> Iterable[str]:
    """Every word the reference itself writes: names of services, of programmes, of bodies."""
    texts = [
        *(item.action_title for item in reference.actions.values()),
        *(f"{item.kpi_label} {item.population} {item.definition} {item.limits}" for item in reference.kpis.values()),
        *(f"{item.partner_code} {item.partner_name}" for item in reference.partners.values()),
        *(item.commitment_label for item in reference.commitments.values()),
        *(item.priority_title for item in reference.priorities.values()),
    ]
    for text in texts:
        yield from (fold(word) for word in re.findall(r"[^\W\d_]+", text))
