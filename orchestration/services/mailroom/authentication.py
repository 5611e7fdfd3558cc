"""What the receiving server found out about a mail's author (`Authentication-Results`, RFC 8601).

Anybody can write such a field. The topmost one that bears the id of our own server is believed, and no other: that
server takes away those that claim its id before it adds its own (RFC 8601, 5). Its result counts only where it is
about the domain of the `From`: a mail may be signed, and by somebody else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from exports.mail import Address

LONGEST_FIELD = 20_000
# A word, a quoted text, or one of the signs between them; comments are taken out before.
_TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s;=/"]+)|([;=/])')
_METHODS = ("dmarc", "dkim", "spf")
_FAILS = frozenset({"fail", "softfail", "hardfail", "permerror", "policy"})
_ABOUT = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}


class Authenticity(StrEnum):
    """Whether a mail is from the author it names."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    #: no believed server checked it
    NONE = "none"


@dataclass(frozen=True)
class Finding:
    """One method's result, and the properties it was found with."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


def authenticity(fields: Sequence[str], authserv_id: str | None, sender: Address) -> Authenticity:
    """The believed server's result for a mail's author; `fields` are the Authentication-Results, topmost first."""
    findings = None if authserv_id is None else _believed(fields, authserv_id)
    if findings is None:
        return Authenticity.NONE
    if any(_speaks_for(finding, sender.domain) for finding in findings):
        return Authenticity.PASS
    results = [finding for finding in findings if finding.method in _METHODS]
    if any(finding.result in _FAILS for finding in results):
        return Authenticity.FAIL
    # A mail that was found authentic, of another domain than the one it shows, is nobody's.
    return Authenticity.FAIL if any(finding.result == "pass" for finding in results) else Authenticity.NONE


def _believed(fields: Sequence[str], authserv_id: str) -> list[Finding] | None:
    """The results in the topmost field of our own server; None when there is no such field."""
    for text in fields:
        tokens = list(_tokens(_without_comments(text[:LONGEST_FIELD])))
        if tokens and tokens[0].lower() == authserv_id.lower():
            return list(_findings(tokens[1:]))
    return None


def _speaks_for(finding: Finding, domain: str) -> bool:
    """Whether a result is good, and about this domain or one above it."""
    if finding.result != "pass":
        return False
    named = (finding.properties.get(name, "") for name in _ABOUT.get(finding.method, ()))
    return any(_is_aligned(domain, text.rpartition("@")[2].strip("<>").lower()) for text in named)


def _is_aligned(domain: str, authority: str) -> bool:
    """`ans.fr` speaks for `ans.fr` and for `courriel.ans.fr`; a top-level domain speaks for nobody."""
    return "." in authority and (domain == authority or domain.endswith(f".{authority}"))


def _findings(tokens: Sequence[str]) -> Iterator[Finding]:
    """« dkim=pass header.d=ans.fr; spf=… », as RFC 8601 writes it; what is not understood is left out."""
    for clause in _clauses(tokens):
        pairs = list(_pairs(clause))
        if not pairs:
            continue
        (method, result), *more = pairs
        # The first of two properties of one name: nobody may add a second after it.
        properties: dict[str, str] = {}
        for name, value in more:
            properties.setdefault(name.lower(), value)
        yield Finding(method.lower().partition("/")[0], result.lower(), properties)


def _clauses(tokens: Sequence[str]) -> Iterator[list[str]]:
    clause: list[str] = []
    for word in tokens:
        if word == ";":
            yield clause
            clause = []
        else:
            clause.append(word)
    yield clause


def _pairs(clause: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, word in enumerate(clause):
        if word == "=" and 0 < place < len(clause) - 1:
            # « dkim/1=pass »: the version is between the method and the sign
            is_versioned = place >= 3 and clause[place - 2] == "/"
            yield clause[place - 3] if is_versioned else clause[place - 1], clause[place + 1]


def _tokens(text: str) -> Iterator[str]:
    for text_in_quotes, word, sign in _TOKEN.findall(text):
        yield re.sub(r"\\(.)", r"\1", text_in_quotes) if text_in_quotes else word or sign


def _without_comments(text: str) -> str:
    """The field without what is in parentheses, nested or not, outside of quotes."""
    bare, depth, in_quotes, escaped = [], 0, False, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"' and not depth:
            in_quotes = not in_quotes
        elif letter == "(" and not in_quotes:
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            bare.append(" ")
            continue
        if not depth:
            bare.append(letter)
    return "".join(bare)
