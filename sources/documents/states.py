"""The state a progress text declares in so many words; silence declares nothing.

The words are those reports use of the whole action. What the text says will or may happen is no state, except a
promise said to be missed, which is one already.
"""

import re

from sources.french.folding import fold

_AIM = (
    r"(?:l'|les |cet |ces )?"
    r"(?:objectif|cible|jalon|engagement|niveau|resultat|trajectoire|echeance|deploiement|calendrier)s?"
)
_PROMISE = r"(?:l'|les |cet |ces )?(?:objectif|cible|jalon|engagement|niveau|resultat)s?"
_WORK = r"(?:travaux|travail|action|chantier|projet|demarche|mesure|dispositif)s?"
_ADVANCE = r"(?:avancee|avancement|progres|progression|evolution)s?"

# In the order they are asked: a missed promise weighs more than a part of it that was kept.
_STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "late",
        (
            (
                r"\bne (?:(?:sera|seront|pourra|pourront|devrait|devraient) (?:donc |toutefois )?pas (?:etre )?|"
                r"(?:pourra|pourront|saurait|sauraient) (?:donc |toutefois )?etre )"
                r"(?:pleinement |totalement )?(?:atteint|tenu|respecte|rempli|realise)"
            ),
            (
                r"\bn'(?:est|a|ont|etait|sont) (?:toujours |donc )?pas (?:encore )?(?:ete )?"
                r"(?:pleinement |totalement )?(?:atteint|tenu|respecte)"
            ),
            rf"{_AIM} (?:non|pas) (?:atteint|tenu|respecte)",
            r"\b(?:est|sont|reste|restent|demeure|demeurent) (?:actuellement |encore )?en retard\b",
            r"^en retard\b|[.;:!] ?en retard\b",
            r"\b(?:a|ont|avait) (?:ainsi |donc )?(?:pris|subi|connu) (?:du|un|des|\w+ \w+ de) (?:\w+ )?retards?\b",
            (
                r"(?<!aucun )(?<!sans )\bretard (?:pris|constate|accumule)\b|"
                rf"\bretard (?:de \w+ \w+ )?(?:sur|par rapport (?:a|au|aux)) {_AIM}"
            ),
            r"\b(?:accus|accumul|connai|subi)(?:e|ent|t|ssent) (?:un|du|des) (?:\w+ )?retards?\b",
            rf"{_AIM}[^.;]{{0,60}}\b(?:est|sont|a ete|ont ete) (?:decale|reporte|repousse)",
            rf"{_AIM} (?:decale|reporte|repousse)",
            (
                r"\b(?:lancement|generalisation|mise en (?:service|production|oeuvre)|publication|livraison|ouverture|"
                r"demarrage)"
                r"[^.;]{0,60}\b(?:est|sont|a ete|ont ete) (?:decale|reporte|repousse)"
            ),
        ),
    ),
    (
        "achieved",
        (
            (
                rf"{_PROMISE}(?: \w+){{0,4}} (?:est|sont|a ete|ont ete|etait) "
                r"(?:d'ores et deja |desormais |donc |ainsi |deja |pleinement )*(?:atteint|rempli|tenu|depasse)"
            ),
            rf"{_PROMISE} (?:deja |pleinement |largement |desormais )*(?:atteint|rempli|tenu|depasse)",
            rf"{_WORK} (?:est |sont )?(?:acheve|termine|finalise|cloture|realise|close)",
            r"^(?:atteint|acheve|termine|realise)(?:e|s|es)?(?:[ .!]|$)",
        ),
    ),
    (
        "stalled",
        (
            rf"\b(?:pas|aucune?|sans|peu|absence) (?:eu )?(?:d'|de |nouvelles? )?{_ADVANCE}(?! d'acces)",
            rf"\b{_ADVANCE} (?:est |sont |reste |restent )?(?:nul|nulle|nuls|nulles|inexistante?s?|a l'arret)\b",
            r"^(?:sans|aucun|pas de) changement\b",
            (
                rf"\b{_WORK} (?:est |sont |reste |restent |ont ete |a ete |actuellement )*"
                r"(?:suspendu|interrompu|gele|a l'arret|en pause|bloque|stoppe)"
            ),
            r"\bau point mort\b|\ba l'arret\b|\bstatu quo\b",
            r"\bn'(?:a|ont) pas (?:encore )?(?:avance|progresse|evolue)",
        ),
    ),
    (
        "not_started",
        (
            (
                rf"\b{_WORK} (?:reste |restent |encore |toujours |est |sont )*"
                r"a (?:cadrer|lancer|engager|demarrer|initier|debuter|definir)\b"
            ),
            r"^a (?:cadrer|lancer|engager|demarrer|initier)\b",
            r"\bcadrage (?:reste )?(?:a (?:faire|venir|lancer|engager|realiser|mener))\b",
            r"\bn'(?:a|ont|est|sont) pas (?:encore )?(?:ete )?(?:demarre|commence|debute|engage|lance|initie)",
            r"^(?:non|pas encore|pas) (?:demarre|commence|debute|engage|lance|initie)",
            rf"\b(?:{_WORK} )?(?:non|pas encore) (?:demarre|commence|debute|engage|initie)|{_WORK} pas encore lance",
        ),
    ),
)
_PARTLY = re.compile(
    r"(?:partiellement|presque|quasi(?:ment)?|en voie d'etre|bientot|en partie) (?:atteint|rempli|tenu|acheve|termine)"
)


def declared_status(narrative: str) -> str | None:
    """`late`, `achieved`, `stalled` or `not_started` when the words say so, else None."""
    folded = fold(narrative).lstrip("-–—•· ")
    for status, patterns in _STATES:
        for pattern in patterns:
            for found in re.finditer(pattern, folded):
                if status != "achieved" or not _is_qualified(folded, found):
                    return status
    return None


def _is_qualified(folded: str, found: re.Match[str]) -> bool:
    """Whether the success said is partial, conditional or asked for, and so declares nothing."""
    around = folded[max(0, found.start() - 25) : found.end() + 12]
    return bool(
        _PARTLY.search(around)
        or re.search(
            r"\b(?:si|lorsque|quand|afin que|pour que|une fois) [^.]*$",
            folded[max(0, found.start() - 25) : found.start()],
        )
    )
