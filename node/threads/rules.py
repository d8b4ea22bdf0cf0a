"""What may be written, and by whom: pure."""

from collections.abc import Collection

from msgspec import Struct

from node import content, limits
from node.accounts import AccountView
from node.errors import InvalidInput, NotAllowed
from node.i18n import Text, _
from node.threads.models import PartyKind, Role


class Party(Struct, frozen=True):
    """One side of a conversation. ref: an account's or a guest's id, an actor's uri, the name of a
    team of ours; of the coop's own desk none."""

    kind: PartyKind
    ref: str = ""

    @property
    def key(self) -> str:
        """Both in one word."""
        return f"{self.kind}:{self.ref}"

    def is_desk_of(self, who: AccountView) -> bool:
        """Whether somebody may take what nobody has taken yet."""
        return self.kind is PartyKind.DESK and (who.is_admin or self.ref in who.teams)

    @property
    def is_ours(self) -> bool:
        """Whether it writes and reads on this node."""
        return self.kind is not PartyKind.ACTOR


DESK = Party(PartyKind.DESK)


def desk_of(team: str | None) -> Party:
    """Whoever has a seat in a team; without one, whoever looks after the coop."""
    return Party(PartyKind.DESK, team or "")


def account(account_id: str) -> Party:
    """Somebody who signs in here."""
    return Party(PartyKind.ACCOUNT, account_id)


def actor(uri: str) -> Party:
    """A coop or a person on another node."""
    return Party(PartyKind.ACTOR, uri)


class Seat(Struct, frozen=True):
    """A place in a conversation that somebody was let into. by: the account, None for a guest."""

    thread_id: str
    role: Role
    by: str | None

    @property
    def other(self) -> Role:
        """The side across."""
        return Role.ANSWERER if self.role is Role.ASKER else Role.ASKER


def check_text(text: str, field: str = "text") -> str:
    """A message as it is kept. Raises InvalidInput."""
    tidy = content.paragraphs(text, limits.MESSAGE_LONGEST + 1)
    if not tidy:
        raise InvalidInput({field: [_("Write something.")]})
    if len(tidy) > limits.MESSAGE_LONGEST:
        longest = limits.MESSAGE_LONGEST
        raise InvalidInput(
            {field: [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    return tidy


def check_line(text: str, field: str) -> str:
    """One optional line, such as a name. Raises InvalidInput."""
    tidy = content.name(text, limits.NAME_LONGEST + 1)
    if len(tidy) > limits.NAME_LONGEST:
        longest = limits.NAME_LONGEST
        raise InvalidInput(
            {field: [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    return tidy


def check_pair(
    by: Party, to: Party, shared: Collection[str] = (), teams: Collection[str] = ()
) -> None:
    """Raises NotAllowed for somebody who would write to themselves, to who shares it, or to a team
    in which they have a seat."""
    own = {PartyKind.ACCOUNT: shared, PartyKind.DESK: teams}.get(to.kind, ())
    if by == to or to.ref in own:
        raise NotAllowed(_("This is your own; there is nobody to write to."), "own-listing")


def check_patience(unanswered: int, by: Party) -> None:
    """A guest waits for an answer after so many messages. Raises NotAllowed."""
    known = by.kind is not PartyKind.GUEST
    if too_many_unanswered(unanswered, known=known):
        raise NotAllowed(_("Wait for an answer before you write more."), "unanswered")


def too_many_unanswered(unanswered: int, *, known: bool) -> bool:
    """Whether one side has said enough in a row without an answer."""
    return not known and unanswered >= limits.MESSAGES_UNANSWERED


def too_many_opened(today: int, *, known: bool) -> bool:
    """Whether somebody has begun enough conversations within a day."""
    most = limits.THREADS_OF_KNOWN if known else limits.THREADS_OF_STRANGER
    return today >= most


OPENED_ENOUGH: Text = _("You have begun many conversations today. Go on with those, or wait a day.")
