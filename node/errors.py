"""What the coop's rules may answer instead of doing what was asked.

NodeError                 every refusal; `public_message` is for people, translated when shown
├── NotFound              there is no such thing, or not for this reader
├── NotAllowed            a rule forbids it; `rule` names which
├── Conflict              the thing is in a state, or somebody was quicker, that rules this out
├── InvalidInput          what was typed cannot be used; `fields` says why, field by field
└── Closed                it was possible once: the link is used, the time is over

Status codes belong to the faces (`ui`), so none stands here. `ValueError` and its like mean a fault
of ours: they reach the outermost loop and are logged with a trace.
"""

from collections.abc import Mapping, Sequence

from node.i18n import Text, _


class NodeError(Exception):
    """A refusal with words for people; `code` is a short kebab-case reason for programs."""

    def __init__(self, public_message: Text, code: str) -> None:
        super().__init__(public_message)
        self.public_message = public_message
        self.code = code

    def __str__(self) -> str:
        return str(self.public_message)


class NotFound(NodeError):
    """Nothing here, or nothing this reader may know of: the two must look alike."""

    def __init__(self, public_message: Text, code: str = "not-found") -> None:
        super().__init__(public_message, code)


class NotAllowed(NodeError):
    """A rule forbids it. `rule` is the rule's own name, such as "admins-only"."""

    def __init__(self, public_message: Text, rule: str) -> None:
        super().__init__(public_message, rule)
        self.rule = rule


class Conflict(NodeError):
    """The state of the thing rules this out; the message names what is possible instead."""

    def __init__(self, public_message: Text, code: str = "conflict") -> None:
        super().__init__(public_message, code)


class InvalidInput(NodeError):
    """What was given cannot be used. `fields` maps each field to every complaint about it."""

    def __init__(self, fields: Mapping[str, Sequence[Text]]) -> None:
        super().__init__(_("Some of this needs another look."), "invalid-input")
        self.fields = {name: list(complaints) for name, complaints in fields.items()}

    def __str__(self) -> str:
        return "; ".join(
            f"{name}: {complaint}"
            for name, complaints in self.fields.items()
            for complaint in complaints
        )


class Closed(NodeError):
    """It was possible once and is no longer; the message says what to do now."""

    def __init__(self, public_message: Text, code: str = "closed") -> None:
        super().__init__(public_message, code)
