"""Partners as documents print them: one line or several, whatever separates the names, as canonical codes in order.

A name is looked up in the reference first, longest writing first, with any separator inside it (`GIE - SESAM-Vitale`,
`ARS / GRADeS`). What is left between names must be separators or words that look like an acronym: those are unknown
partners, kept as printed and reported.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from sources.documents.roles import PARTNERS
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Partner, Reference

# Other names public documents give to bodies of the reference; a writing is ignored when its code is not there.
OTHER_WRITINGS: dict[str, str] = {
    "Assurance Maladie": "CNAM",
    "CNAMTS": "CNAM",
    "SESAM-Vitale": "GIE SESAM-Vitale",
    "GIE SV": "GIE SESAM-Vitale",
    "ARS": "ARS/GRADeS",
    "GRADeS": "ARS/GRADeS",
    "Agences régionales de santé": "ARS/GRADeS",
    "PIX": "GIP PIX",
    "Banque des Territoires": "BDT",
    "Caisse des dépôts": "BDT",
    "BPI": "Bpifrance",
    "Bpi France": "Bpifrance",
    "Santé publique France": "SPF",
    "SpFrance": "SPF",
    "Plateforme des données de santé": "PDS",
    "Health Data Hub": "PDS",
    "HDH": "PDS",
    "Délégation ministérielle au numérique en santé": "DNS",
    "DMNS": "DNS",
}
_SEPARATOR = re.compile(r"(?:[\s\-–—/,;·•|&+.:]|et\b|ainsi que\b|avec\b)+")
_PARENTHESIS = re.compile(r"\([^()]*\)")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*\.?\s*")
_WORD = re.compile(r"[^\s,;·•|&+:()–—/]+")
_LISTED = re.compile(r"\s*[,;·•|/\n]\s*|\s+[-–—]\s*|\s+et\s+")
_NEAR = 0.84  # how alike a misspelt name and the partner's must be
_TWO_WORDS = re.compile(r"[^\W\d_]{2,}\s[^\s,;·•|&+:()–—/]{4,}")
_LABEL = re.compile(PARTNERS + r"(?:\s*[:–—-]\s*|(?<=par)\s+|(?<=avec)\s+|\s*$)")
_MARK = re.compile(r"^[\s\-–—•·*▪◦●]+")


@dataclass(frozen=True)
class PartnersRead:
    """The codes a text names, in order and once each; `unknown` are those the reference does not have."""

    codes: tuple[str, ...]
    unknown: tuple[str, ...]


class PartnerNames:
    """The writings of the reference's partners, ready to be looked for in a text."""

    def __init__(self, reference: Reference) -> None:
        self._partners: Mapping[str, Partner] = reference.partners
        self._read: dict[str, PartnersRead | None] = {}
        self._near: dict[str, str | None] = {}

    @cached_property
    def _writings(self) -> list[tuple[re.Pattern[str], str, str]]:
        """(pattern, code, folded writing), longest first so that `GIE SESAM-Vitale` wins over `SESAM-Vitale`."""
        named: dict[str, str] = {}
        for partner in self._partners.values():
            for writing in (partner.partner_code, partner.partner_name):
                named.setdefault(fold(writing), partner.partner_code)
        for writing, code in OTHER_WRITINGS.items():
            if code in self._partners:
                named.setdefault(fold(writing), code)
        ordered = sorted(named.items(), key=lambda item: -len(item[0]))
        return [(_loose(writing), code, writing) for writing, code in ordered]

    def read(self, text: str) -> PartnersRead | None:
        """The partners a text consists of; None when it holds anything else than partners.

        Known partners must be at least as many as unknown words, so that a title in capitals is not taken for a
        list of them.
        """
        if text not in self._read:
            self._read[text] = self._reading(text)
        return self._read[text]

    def _reading(self, text: str) -> PartnersRead | None:
        whole = _IN_BRACKETS.fullmatch(text)
        plain = _without_label(_PARENTHESIS.sub(" ", whole[1] if whole else text))
        folded = fold_in_place(plain)
        codes: list[str] = []
        unknown: list[str] = []
        position = _skip(folded, 0)
        while position < len(plain):
            found = self._known_at(folded, position) or self._near_at(plain, position)
            if not found:
                found = self._unknown_at(plain, folded, position)
                if not found:
                    return None
                unknown.append(found[0])
            code, position = found
            codes.append(code)
            position = _skip(folded, position)
        known = [code for code in codes if code not in unknown]
        if not known or len(unknown) > len(known):
            return None
        return PartnersRead(tuple(dict.fromkeys(codes)), tuple(dict.fromkeys(unknown)))

    def read_listed(self, text: str) -> PartnersRead | None:
        """The partners of a text that a label or a table's header says names some: what is not known is kept as
        printed, whatever it looks like. None when nothing is named."""
        read = self.read(text)
        if read:
            return read
        codes: list[str] = []
        unknown: list[str] = []
        for piece in _LISTED.split(_without_label(_PARENTHESIS.sub(" ", text))):
            name = piece.strip(" .-–—")
            known = self.read(name) if name else None
            if name and known is None:
                unknown.append(name)
            codes += known.codes if known else [name] if name else []
        return PartnersRead(tuple(dict.fromkeys(codes)), tuple(dict.fromkeys(unknown))) if codes else None

    def read_acronyms(self, text: str) -> PartnersRead | None:
        """Two acronyms or more and nothing else, none of them known: partners by their look alone."""
        words = [word for word in _SEPARATOR.split(text) if word]
        if len(words) < 2 or not all(_looks_like_acronym(word) and word.upper() == word for word in words):
            return None
        return PartnersRead(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(words)))

    def _known_at(self, folded: str, position: int) -> tuple[str, int] | None:
        for pattern, code, _ in self._writings:
            found = pattern.match(folded, position)
            if found:
                return code, found.end()
        return None

    def _near_at(self, plain: str, position: int) -> tuple[str, int] | None:
        """A partner whose name is misspelt: two words of it, else one."""
        for pattern in (_TWO_WORDS, _WORD):
            words = pattern.match(plain, position)
            code = self._nearest(words[0]) if words else None
            if words and code:
                return code, words.end()
        return None

    def _unknown_at(self, plain: str, folded: str, position: int) -> tuple[str, int] | None:
        """A word that looks like an acronym, up to a hyphen behind which a known partner is."""
        word = _WORD.match(plain, position)
        if not word or not _looks_like_acronym(word[0]):
            return None
        for hyphen in re.finditer("-", word[0]):
            if self._known_at(folded, position + hyphen.end()):
                return plain[position : position + hyphen.start()], position + hyphen.start()
        return word[0].strip("."), word.end()

    def _nearest(self, word: str) -> str | None:
        """The partner a misspelt name is, when one of its writings is that close and long enough to tell."""
        folded = fold(word)
        if any(word.startswith(code + " ") for code in self._partners):
            return None
        if len(folded) < 6 or not word[0].isupper():
            return None
        if folded not in self._near:
            self._near[folded] = self._closest(folded)
        return self._near[folded]

    def _closest(self, folded: str) -> str | None:
        best, nearest = _NEAR, None
        for _, code, writing in self._writings:
            matcher = SequenceMatcher(None, folded, writing)
            if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best and matcher.ratio() >= best:
                best, nearest = matcher.ratio(), code
        return nearest


def is_labelled(text: str) -> bool:
    """Whether a line begins with « Partenaires : », « Pilote : » or their like."""
    return _LABEL.match(fold_in_place(_MARK.sub("", text))) is not None


def _loose(writing: str) -> re.Pattern[str]:
    """A pattern for a folded writing, its parts apart by any separator or none, ending where a word ends."""
    parts = [re.escape(part) for part in re.split(r"[\s/\-–—]+", writing) if part]
    return re.compile(r"[\s/\-–—]*".join(parts) + r"(?![\w])")


def _without_label(text: str) -> str:
    """The text without « Partenaires : », « Pilote : » and their like, wherever they are; same reading otherwise."""
    unmarked = _MARK.sub("", text)
    folded = fold_in_place(unmarked)
    for found in reversed(list(_LABEL.finditer(folded))):
        if found.start() == 0 or not folded[found.start() - 1].isalnum():
            unmarked = unmarked[: found.start()] + " - " + unmarked[found.end() :]
    return _MARK.sub("", unmarked)


def _skip(folded: str, position: int) -> int:
    found = _SEPARATOR.match(folded, position)
    return found.end() if found else position


def _looks_like_acronym(word: str) -> bool:
    """Capitals first, two at least, ten letters at most: `DINUM`, `CCMSA`, `AP-HP`; not a word of a sentence."""
    letters = [character for character in word if character.isalpha()]
    capitals = [character for character in letters if character.isupper()]
    return 2 <= len(letters) <= 10 and len(capitals) >= 2 and word[0].isupper() and len(capitals) * 2 >= len(letters)
