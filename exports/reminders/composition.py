"""Marts to texts: the same facts for every kind of reminder, other words and another tone for each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from msgspec import Struct

from exports.marts import Completeness, MartsError, Partner, PartnerItem, SessionMarts, read_marts
from exports.reminders.calendar import Kind
from sources.french import typography as typo

_TEXTS = Path(__file__).with_name("texts.yml")
INVITATION: Kind = "J-60"


class Reminder(Struct, frozen=True):
    """One mail to one partner: plain text, and the items it names; an invitation goes with the partner's workbook."""

    session_code: str
    partner_code: str
    partner_slug: str
    kind: Kind
    due_on: dt.date
    subject: str
    body: str
    missing: tuple[PartnerItem, ...] = ()
    to_correct: tuple[PartnerItem, ...] = ()


class LateList(Struct, frozen=True):
    """What the DNS reads the day after the due day: who has not sent everything."""

    session_code: str
    subject: str
    body: str
    partners: tuple[str, ...]


def compose(marts_path: Path, session_code: str, kind: Kind) -> tuple[Reminder, ...]:
    """The texts of one kind, by partner code: everybody's invitation, then reminders to those who owe something.

    MartsError when the marts, the session or its due day are missing.
    """
    return reminders_of(read_marts(marts_path, session_code), kind)


def late_list(marts_path: Path, session_code: str) -> LateList:
    """Who has not sent everything, for the DNS. MartsError as for `compose`."""
    return late_list_of(read_marts(marts_path, session_code))


def reminders_of(marts: SessionMarts, kind: Kind) -> tuple[Reminder, ...]:
    """The texts of one kind from marts already read."""
    boards = {row.partner_code: row for row in marts.completeness}
    partners = sorted(marts.partners, key=lambda partner: partner.partner_code)
    if kind == INVITATION:
        return tuple(_invitation(marts, partner) for partner in partners if partner.action_count)
    owing = [partner for partner in partners if _owes(boards.get(partner.partner_code))]
    return tuple(_reminder(marts, partner, boards[partner.partner_code], kind) for partner in owing)


def late_list_of(marts: SessionMarts) -> LateList:
    """The late list from marts already read."""
    texts, fields = _texts()["late_list"], _session_fields(marts)
    asked = [row for row in marts.completeness if row.items_expected]
    late = [row for row in asked if _owes(row)]
    done = [row.partner_code for row in asked if not _owes(row)]
    fields |= {"late_count": typo.counted(len(late), "partenaire")}
    body = _paragraphs(
        _filled(
            texts["body"],
            fields
            | {
                "summary": _filled(texts["some" if late else "nobody"], fields),
                "partners": "\n".join(_late_line(texts, row) for row in late),
                "complete": _filled(texts["complete"], {"partners": typo.joined(done)}) if done and late else "",
            },
        )
    )
    subject = _filled(texts["subject"], fields)
    return LateList(marts.session.session_code, subject, body, tuple(row.partner_code for row in late))


def _owes(board: Completeness | None) -> bool:
    return board is not None and bool(board.items_missing or board.items_to_correct)


def _invitation(marts: SessionMarts, partner: Partner) -> Reminder:
    items = marts.items_of(partner.partner_code)
    kinds = _texts()["counted_kinds"]
    counts = [sum(item.item_kind == kind for item in items) for kind in kinds]
    asked = [typo.counted(count, word) for word, count in zip(kinds.values(), counts, strict=True) if count]
    helped = partner.action_count - partner.led_action_count
    if helped:
        asked.append(typo.counted(helped, _texts()["helped"]))
    fields = _fields(marts, partner) | {"asked": typo.joined(asked)}
    subject, body = _worded(INVITATION, fields, standing="invited")
    return Reminder(**_named(marts, partner, INVITATION), subject=subject, body=body)


def _reminder(marts: SessionMarts, partner: Partner, board: Completeness, kind: Kind) -> Reminder:
    items = marts.items_of(partner.partner_code)
    missing = tuple(item for item in items if not item.is_received and not item.is_reconstituted)
    wrong = tuple(item for item in items if item.is_to_correct)
    fields = _fields(marts, partner) | {
        "open_count": typo.counted(board.items_missing + board.items_to_correct, "point"),
        "validated": typo.counted(board.items_validated, "point validé"),
        "expected": str(board.items_expected),
        "to_correct": typo.counted(board.items_to_correct, "point"),
        "last_received_on": typo.date(typo.day_in_paris(board.last_received_at)) if board.last_received_at else "",
    }
    titles = _texts()["titles"]
    lists = [_listed(titles["missing"], missing), _listed(titles["to_correct"], wrong)]
    others = board.items_to_correct - len(wrong)
    if others and items:
        lists.append(_filled(titles["rows"], {"count": typo.counted(others, "point")}))
    subject, body = _worded(kind, fields, standing=_standing(board), lists=lists)
    return Reminder(**_named(marts, partner, kind), subject=subject, body=body, missing=missing, to_correct=wrong)


def _standing(board: Completeness) -> str:
    """Which sentence says where the partner is."""
    if not board.submission_count:
        return "nothing"
    if board.last_verdict == "rejected" and not board.accepted and not board.rejected:
        return "unreadable"
    return "to_correct" if board.items_to_correct else "partial"


def _named(marts: SessionMarts, partner: Partner, kind: Kind) -> dict[str, Any]:
    """What a text is about, as the fields of `Reminder`."""
    return {
        "session_code": marts.session.session_code,
        "partner_code": partner.partner_code,
        "partner_slug": partner.partner_slug,
        "kind": kind,
        "due_on": marts.session.contributions_due_on,
    }


def _worded(kind: Kind, fields: Mapping[str, str], *, standing: str, lists: Sequence[str] = ()) -> tuple[str, str]:
    """Subject and body; parts with nothing to say are left out."""
    texts = _texts()
    parts = {
        "opening": _filled(texts["openings"][kind], fields),
        "standing": _filled(texts["standings"][standing], fields),
        "lists": "\n\n".join(part for part in lists if part),
        "how": _filled(texts["how"].get(kind, texts["how"]["reminder"]), fields),
        "dates": _filled(texts["dates"], fields),
        "closing": _filled(texts["closings"][kind], fields),
    }
    return _filled(texts["subjects"][kind], fields), _paragraphs(_filled(texts["body"], parts))


def _listed(title: str, items: Sequence[PartnerItem]) -> str:
    """A title, then each kind of item under its name, in the roadmap's order."""
    if not items:
        return ""
    texts = _texts()
    lines = [_filled(title, {"count": str(len(items))})]
    for kind, name in texts["kinds"].items():
        of_kind = [item for item in items if item.item_kind == kind]
        if of_kind:
            lines += ["", name]
            lines += [_filled(texts["item"], {"code": i.item_code, "label": i.item_label}) for i in of_kind]
    return "\n".join(lines)


def _late_line(texts: Mapping[str, Any], row: Completeness) -> str:
    on_time = {True: "true", False: "false", None: "none"}[row.is_on_time]
    return _filled(
        texts["line"],
        {
            "partner_code": row.partner_code,
            "expected": str(row.items_expected),
            "received": str(row.items_received),
            "on_time": texts["on_time"][on_time],
            "to_correct": str(row.items_to_correct),
            "validated": str(row.items_validated),
            "missing": str(row.items_missing),
        },
    )


def _fields(marts: SessionMarts, partner: Partner) -> dict[str, str]:
    return _session_fields(marts) | {
        "partner_code": partner.partner_code,
        "folder": partner.partner_slug,
        "file_name": f"{marts.session.session_code}_{partner.partner_slug}.xlsx",
    }


def _session_fields(marts: SessionMarts) -> dict[str, str]:
    session = marts.session
    if session.contributions_due_on is None:
        raise MartsError(f"{session.session_code}: no contributions_due_on in ref_cns_session; write the day there")
    return {
        "session_code": session.session_code,
        "ordinal": typo.ordinal(session.session_number),
        "held_on": typo.date(session.held_on),
        "cut_off": typo.date(session.cut_off),
        "due_on": typo.date(session.contributions_due_on),
    }


def _filled(text: str, fields: Mapping[str, str]) -> str:
    return Template(text).substitute(fields)


def _paragraphs(text: str) -> str:
    """The text without the blank lines that parts left out leave behind."""
    parts = [part.strip("\n") for part in text.split("\n\n")]
    return "\n\n".join(part for part in parts if part) + "\n"


@cache
def _texts() -> dict[str, Any]:
    import yaml

    texts: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return texts
