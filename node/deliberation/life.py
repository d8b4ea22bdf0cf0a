"""The life of a hiding, as a table."""

from enum import StrEnum

from node.i18n import _
from node.machine import Machine


class State(StrEnum):
    HIDDEN = "hidden"
    APPEALED = "appealed"
    UPHELD = "upheld"
    SHOWN = "shown"


class Act(StrEnum):
    """What is done about a comment; also what coops tell each other."""

    HIDE = "hide"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    SHOW = "show"


class Scope(StrEnum):
    """Where a comment is hidden."""

    OWN = "own"
    FEDERATION = "federation"


LIFE = Machine(
    name="hiding",
    initial=State.HIDDEN,
    table={
        (State.HIDDEN, Act.APPEAL): State.APPEALED,
        (State.HIDDEN, Act.SHOW): State.SHOWN,
        (State.APPEALED, Act.SHOW): State.SHOWN,
        (State.APPEALED, Act.UPHOLD): State.UPHELD,
        (State.UPHELD, Act.SHOW): State.SHOWN,
        (State.SHOWN, Act.HIDE): State.HIDDEN,
    },
    words={
        State.HIDDEN: _("hidden"),
        State.APPEALED: _("hidden, to be looked at again"),
        State.UPHELD: _("hidden, looked at twice"),
        State.SHOWN: _("shown"),
        Act.HIDE: _("Hide it"),
        Act.APPEAL: _("Ask for it to be looked at again"),
        Act.UPHOLD: _("It stays hidden"),
        Act.SHOW: _("Show it again"),
    },
)
