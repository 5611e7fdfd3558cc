"""A file that cannot be read: the rule that says why, and what was met."""


class FileRefusedError(Exception):
    """`rule` is one of the schema's `FILE_*` rules; `received` is the French detail its message shows."""

    def __init__(self, rule: str, received: str = "") -> None:
        super().__init__(rule, received)
        self.rule, self.received = rule, received
