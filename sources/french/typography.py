"""French spacing of the messages a partner reads, so that their wording can be typed with plain spaces."""

import re

NBSP = "\u00a0"
NNBSP = "\u202f"


def typeset(text: str) -> str:
    """The same words with a no-break space inside « » and before : ; ! ? %, as French typography wants."""
    spaced = re.sub(r" +([:;!?»%€])", NBSP + r"\1", text)
    return re.sub(r"« +", "«" + NBSP, spaced)
