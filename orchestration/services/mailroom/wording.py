"""The words of answers and notices, from what is known of each file and mail; the texts are in `texts.yml`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from exports.mail import File, Letter
from orchestration.services.mailroom.judging import LARGEST_MAIL
from orchestration.services.mailroom.ledger import Mail, TakenFile
from orchestration.services.mailroom.outcomes import FileOutcome, moment_words
from orchestration.services.mailroom.texts import filled, paragraphs, texts
from sources.french.typography import counted, day_in_paris, number
from sources.french.typography import date as day_text
from sources.landing.store import hash_file

MOST_LINES = 30
MOST_FILES = 20
# What every mail of ours bears, so that no machine answers it (RFC 3834, 5; Exchange).
_SUPPRESSED = ("X-Auto-Response-Suppress", "All")
_ANSWER = (("Auto-Submitted", "auto-replied"), _SUPPRESSED)
_NOTICE = (("Auto-Submitted", "auto-generated"), _SUPPRESSED)

Outcomes = Mapping[TakenFile, FileOutcome]


def reply(mail: Mail, files: Sequence[TakenFile], outcomes: Outcomes, most_bytes: int) -> Letter:
    """The answer to a mail, in its thread."""
    arrived_at, words = datetime.fromisoformat(mail.arrived_at), texts()["reply"]
    bare = mail.subject[3:].lstrip() if mail.subject[:3].lower() == "re:" else mail.subject
    subject = (
        filled(words["subject"], subject=bare)
        if bare
        else filled(words["no_subject"], day=day_text(day_in_paris(arrived_at)))
    )
    opening = filled(words["opening"], moment=moment_words(arrived_at))
    body, attached = _body(opening, mail.reason, files, outcomes, most_bytes)
    return Letter(subject, body, attached, (*_thread(mail), *_ANSWER))


def receipt(file: TakenFile, outcome: FileOutcome, received_at: datetime, most_bytes: int) -> Letter:
    """The answer to a file that no mail brought."""
    words = texts()["receipt"]
    subject = filled(
        words["subject"], session_code=outcome.session_code or "Jalon", partner=file.partner, file=file.name
    )
    opening = filled(words["opening"], file=file.name, moment=moment_words(received_at))
    body, attached = _body(opening, "", [file], {file: outcome}, most_bytes)
    return Letter(subject, body, attached, _ANSWER)


def notice(mails: Sequence[Mail]) -> Letter:
    """What the DNS reads about mails that wait for a person."""
    words = texts()["notice"]
    lines = [_line(mail) for mail in mails[:MOST_LINES]]
    if len(mails) > MOST_LINES:
        lines.append(filled(words["more"], count=counted(len(mails) - MOST_LINES, "autre")))
    count = counted(len(mails), "message")
    body = filled(words["body"], count=count, lines="\n".join(lines))
    return Letter(filled(words["subject"], count=count), paragraphs(body), (), _NOTICE)


def _body(
    opening: str, reason: str, files: Sequence[TakenFile], outcomes: Outcomes, most_bytes: int
) -> tuple[str, tuple[File, ...]]:
    words = texts()
    attached, is_whole = _workbooks(outcomes, most_bytes)
    named = [file for file in files if file.is_taken or _is_worth_naming(file, files)]
    parts = [_of_a_file(file, outcomes.get(file)) for file in named[:MOST_FILES]]
    if len(named) > MOST_FILES:
        parts.append(filled(words["file"]["others"], count=counted(len(named) - MOST_FILES, "autre fichier")))
    if not is_whole:
        parts.append(filled(words["file"]["not_attached"]))
    parts += dict.fromkeys(found.deadline for found in outcomes.values() if found.deadline)
    body = filled(
        words["body"],
        opening=opening,
        reason=filled(words["reasons"].get(reason, ""), limit=f"{number(LARGEST_MAIL / 1_048_576, 0)} Mo"),
        files="\n\n".join(parts),
        how=filled(words["how"][_how(outcomes)]),
        closing=filled(words["closing"]),
    )
    return paragraphs(body), attached


def _line(mail: Mail) -> str:
    words = texts()["notice"]
    partner = f"{mail.partner}, " if mail.partner else words["unknown"] if mail.sender else ""
    why = words["whys"].get(mail.outcome) or words["whys"][mail.reason]
    moment = moment_words(datetime.fromisoformat(mail.arrived_at))
    return filled(
        words["line"], moment=moment, partner=partner, sender=mail.sender, why=filled(why, reason=mail.reason)
    )


def _thread(mail: Mail) -> tuple[tuple[str, str], ...]:
    """What puts an answer into the thread of a mail; nothing for a mail without an identifier."""
    if not mail.message_id:
        return ()
    references = " ".join(dict.fromkeys([*mail.references.split(), mail.message_id]))
    return (("In-Reply-To", mail.message_id), ("References", references))


def _of_a_file(file: TakenFile, outcome: FileOutcome | None) -> str:
    words = texts()
    if outcome is None:
        return filled(words["fates"][file.fate], name=file.name)
    return "\n".join([filled(words["file"]["headline"], name=file.name, headline=outcome.headline), *outcome.lines])


def _is_worth_naming(file: TakenFile, files: Sequence[TakenFile]) -> bool:
    """Logos and signatures are not named, unless a picture is all there is."""
    return file.fate != "image" or all(other.fate == "image" for other in files)


def _how(outcomes: Outcomes) -> str:
    if not outcomes:
        return "send"
    if any(found.is_to_correct and found.workbook for found in outcomes.values()):
        return "correct"
    return "complete" if any(found.workbook for found in outcomes.values()) else "nothing"


def _workbooks(outcomes: Outcomes, most_bytes: int) -> tuple[tuple[File, ...], bool]:
    """The annotated workbooks, as many as a mail may carry, and whether that is all of them."""
    attached: list[File] = []
    left = most_bytes
    for path in dict.fromkeys(found.workbook for found in outcomes.values() if found.workbook):
        left -= path.stat().st_size
        if left >= 0:
            attached.append(File(path.name, path.read_bytes(), hash_file(path)))
    return tuple(attached), left >= 0
