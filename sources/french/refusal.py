"""What the grammar answers when a text cannot be read: a code for the machine, an advice for the person."""

from dataclasses import dataclass

from sources.french.typography import spaced


@dataclass(frozen=True)
class Refusal:
    """A text that was not read. `code` is stable; `advice` is a French sentence that says how to write it."""

    code: str
    advice: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "advice", spaced(self.advice))
