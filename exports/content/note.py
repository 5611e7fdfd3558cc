"""The two-page note: the counts, what to decide, what is late and why, what is to confirm, what is missing.

For who has two minutes before the session. Everything in it is in the report, which it names; nothing links out of
it, since it travels alone.
"""

from collections.abc import Iterable

from exports.content import decisions, delays, facts, gaps, glance, release
from exports.content.facts import words
from exports.content.release import Release
from exports.marts import Action, Commitment, SessionMarts
from exports.model import Block, Bullets, Document, Heading, Inlines, Paragraph, Section, Text
from sources.french import typography as typo

TITLE = "Note de synthèse"

#: how many things of one kind are listed line by line, from the fullest form of the note to the tersest
DETAILS = (12, 6, 0)
#: how many partners are listed one by one, in the lists by partner
PARTNERS_SHOWN = 10
#: how many commitments or actions are named at most in one line
NAMED = 40
#: pages the note may have
PAGES = 2


def build(marts: SessionMarts, stage: Release, told: int = DETAILS[0]) -> Document:
    """The note of a session; beyond `told` things of one kind, they are named by their codes alone."""
    blocks: list[Block] = [
        Heading(1, typo.spaced(f"{TITLE}. {_capital(release.session_name(marts))}"), "note"),
        Paragraph((words(_meta(marts, stage)),), "meta"),
        Paragraph(glance.opening(marts), "lead"),
        glance.status_table(marts),
        Heading(2, "Ce que la DNS doit décider", "note-decisions"),
        *_decisions(marts),
        Heading(2, "Ce qui est en retard, et pourquoi", "note-retard"),
        *_late(marts, told),
        Heading(2, "À confirmer", "note-a-confirmer"),
        *_unconfirmed(marts, told),
        Heading(2, "Ce qui manque", "note-manque"),
        *_missing(marts, told),
        Paragraph((words(_sources_words(marts)),), "small"),
    ]
    properties = release.properties(marts, TITLE)
    return Document(properties, release.fields(marts, stage, TITLE), (Section(tuple(blocks)),))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _meta(marts: SessionMarts, stage: Release) -> str:
    said = (
        f"{release.PROGRAMME}. Session du {typo.date(marts.session.held_on)}, "
        f"chiffres arrêtés au {release.cut_off(marts)}. "
        f"{stage.state_label} – version {stage.version}. Méthode {marts.method_version}."
    )
    return f"{stage.banner} {said}".strip()


def _sources_words(marts: SessionMarts) -> str:
    return (
        f"Chaque chiffre, sa source et la méthode sont dans l’état d’avancement du {marts.session.session_code} "
        "et dans son tableau de bord."
    )


def _items(items: Iterable[Inlines]) -> tuple[Block, ...]:
    """A list whose items may part over two pages."""
    return tuple(Bullets((item,)) for item in items)


def _late(marts: SessionMarts, told: int) -> tuple[Block, ...]:
    late = _with_status(marts, "late")
    if not late:
        return (Paragraph((Text("Aucune action n’est en retard."),)),)
    items = _items((*_named(action), delays.why_late(marts, action)) for action in late[:told])
    rest = _listed(action.action_code for action in late[told:])
    if not rest:
        return items
    return *items, Paragraph((words(f"Et aussi : {rest}." if items else f"{rest}."),))


def _named(action: Action) -> Inlines:
    return (Text(action.action_code, "strong"), Text(f"{typo.NBSP}{typo.spaced(action.action_title)}"))


def _with_status(marts: SessionMarts, code: str) -> list[Action]:
    return [marts.action_by_code[row.action_code] for row in marts.statuses if row.final_status == code]


def _unconfirmed(marts: SessionMarts, told: int) -> tuple[Block, ...]:
    rows = gaps.unanswered(marts)
    if not rows:
        return (Paragraph((Text("Aucune échéance passée n’est restée sans réponse."),)),)
    said = f"{typo.counted(len(rows), 'échéance')} passée{_s(rows)} sans que rien montre si c’est tenu :"
    items = _by_lead(marts, rows, with_deadline=True)
    if len(rows) <= told:
        items = _items((*_pledge(marts, row), Text(", "), *facts.deadline(row)[:1]) for row in rows)
    return Paragraph((words(said),)), *items


def _pledge(marts: SessionMarts, row: Commitment) -> Inlines:
    lead = marts.action_by_code[row.action_code].lead_partner
    return Text(row.commitment_id, "strong"), words(f"{typo.NBSP}{row.commitment_label} ({lead})")


def _missing(marts: SessionMarts, told: int) -> tuple[Block, ...]:
    silent = [row for row in marts.commitments if row.status == "not_reported" and row.reason == "no_observation"]
    blocks: list[Block] = [Paragraph((words(_contributions(marts)),))]
    if silent:
        total = len(marts.commitments)
        said = f"{typo.counted(len(silent), 'engagement')} sur {total} n’ont ni mesure ni état, par pilote :"
        blocks += [Paragraph((words(said),)), *_by_lead(marts, silent)]
    if rows := gaps.incomparable(marts):
        said = "Une valeur est connue, mais elle ne mesure pas ce que la cible annonce ; aucun taux n’en est tiré :"
        items = _by_lead(marts, rows)
        if len(rows) <= told:
            items = _items(_pledge(marts, row) for row in rows)
        blocks += [Paragraph((words(said),)), *items]
    return tuple(blocks)


def _contributions(marts: SessionMarts) -> str:
    late = [row.partner_code for row in marts.completeness if row.missing]
    if any(row.reconstituted for row in marts.completeness) and not late:
        return f"{glance.contributors(marts)}."
    if not late:
        return "Toutes les contributions attendues sont arrivées."
    missing = sum(row.missing for row in marts.completeness)
    return (
        f"{typo.counted(missing, 'contribution')} attendue{_s(range(missing))} manque{_nt(missing)} : {_listed(late)}."
    )


def _by_lead(marts: SessionMarts, rows: list[Commitment], *, with_deadline: bool = False) -> tuple[Block, ...]:
    """One item a lead, the one with the most to answer for first."""
    led: dict[str, list[Commitment]] = {}
    for row in rows:
        led.setdefault(marts.action_by_code[row.action_code].lead_partner, []).append(row)
    leads = sorted(led, key=lambda lead: (-len(led[lead]), lead))
    items = [_lead_item(lead, led[lead], with_deadline=with_deadline) for lead in leads[:PARTNERS_SHOWN]]
    if rest := leads[PARTNERS_SHOWN:]:
        items.append((words(f"et {typo.counted(len(rest), 'autre pilote')} : {_listed(rest)}"),))
    return _items(items)


def _lead_item(lead: str, rows: list[Commitment], *, with_deadline: bool) -> Inlines:
    shown = rows[:NAMED]
    groups: list[Inlines] = [(Text(row.commitment_id), *(_deadline(row) if with_deadline else ())) for row in shown]
    more: Inlines = (words(f" et {len(rows) - NAMED} autres"),) if len(rows) > NAMED else ()
    count = () if with_deadline else (Text(f" ({len(rows)})"),)
    return (Text(lead, "strong"), *count, words(" : "), *facts.separated(groups), *more)


def _deadline(row: Commitment) -> Inlines:
    if row.deadline is None:
        return ()
    figure = facts.deadline(row)[0]
    return Text(" ("), figure, Text(")")


def _decisions(marts: SessionMarts) -> tuple[Block, ...]:
    asked = decisions.asked(marts)
    if not asked:
        return (Paragraph((Text("Rien n’attend de décision."),)),)
    return _items(decisions.printed(row, NAMED) for row in asked)


def _listed(names: Iterable[str]) -> str:
    """Names one after the other, each once; beyond what a line holds, how many more."""
    every = list(dict.fromkeys(names))
    more = f" et {len(every) - NAMED} autres" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def _s(rows: Iterable[object]) -> str:
    return "s" if len(list(rows)) > 1 else ""


def _nt(count: int) -> str:
    return "nt" if count > 1 else ""
