"""What the engine refuses to count by. It speaks in codes; faces have the words for people."""


class UnusableRule(ValueError):
    """A rule, a list of options, a lot or an electorate by which nothing can be counted.

    field: which part of it, such as "threshold" or "chambers". code: why, such as "out-of-range".
    A ballot never raises this: one that cannot be read is invalid, with a reason.
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code
