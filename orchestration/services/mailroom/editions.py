"""The names under which the outbox stores what the mailroom sends."""

# An answer to a mail, the receipt of a file that came another way, a notice to the DNS; letters bear their day.
REPLY, RECEIPT, NOTICE = "reponse-", "accuse-", "a-voir-"
LETTERS = ("J-", "Jplus-")
#: the session of the outbox for what is about none
NO_SESSION = "courrier"
SHORT = 16


def reply_to(identity: str) -> str:
    """The answer to a mail."""
    return f"{REPLY}{identity[:SHORT]}"


def is_answer(edition: str) -> bool:
    """Whether an edition is an answer to a mail, or a receipt."""
    return edition.startswith((REPLY, RECEIPT))


def is_ours(edition: str) -> bool:
    """Whether an edition is one that partners or the DNS are mailed by themselves, not a session's deliverables."""
    return is_answer(edition) or edition.startswith((NOTICE, *LETTERS))
