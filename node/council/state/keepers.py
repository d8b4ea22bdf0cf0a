"""Who keeps the log, epoch by epoch. Pure.

The charter names the host of epoch 0. Each later one is appointed by a *host mandate*: a statement
of the new host, with the key of its checkpoints and the place from which it goes on, that a quorum
of members signed. It is the first entry that the new host writes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol.errors import MalformedDocument, ProtocolError, SignatureInvalid
from protocol.transparency import checkpoints, notes
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.notes import Note

if TYPE_CHECKING:
    from node.council.state.record import Member, Record

FARTHEST = 100
"""How many epochs may be left out, where candidates had no quorum: or one coop could use all up."""
_LONGEST_NUMBER = 10
_LINE = "epoch "


class Keeper(Struct, frozen=True):
    """The host of one epoch. start: how long the log was when it took over."""

    epoch: int
    host: str
    log_key: Ed25519PublicKey
    start: int


def first(charter: Statement) -> Keeper:
    """Whom the charter names."""
    named = charter["host"]
    return Keeper(0, named["coop"], statements.public_key(named["logKey"]), 0)


def appointed(mandate: Statement) -> Keeper:
    """Whom a host mandate names; whether it counts is for `signers_of`."""
    key = statements.public_key(mandate["logKey"])
    return Keeper(mandate["epoch"], mandate.coop, key, mandate["startSize"])


def mandate(
    host: str,
    federation: str,
    published: datetime,
    *,
    epoch: int,
    log_key: str,
    start: tuple[int, bytes],
) -> dict[str, Any]:
    """A host mandate to be signed."""
    size, root = start
    return statements.new(
        Kind.HOST_MANDATE,
        host,
        federation,
        published,
        epoch=epoch,
        logKey=log_key,
        startSize=size,
        startRoot=root.hex(),
    )


def signers_of(statement: Statement, members: Mapping[str, "Member"]) -> set[str]:
    """The members that signed a statement; none if one of its proofs does not hold."""
    try:
        keys = statements.signers(statement)
    except ProtocolError:
        return set()
    return {coop for coop, member in members.items() if member.key in keys}


def is_agreed(found: Statement, record: "Record") -> bool:
    """Whether the new host and a quorum of the members signed a host mandate."""
    signed = signers_of(found, record.members)
    return found.coop in signed and len(signed) >= record.quorum


def line_of(epoch: int) -> str:
    """How a checkpoint says its epoch."""
    return f"{_LINE}{epoch}"


def epoch_of(checkpoint: Checkpoint) -> int:
    """Raises MalformedDocument for a checkpoint that does not say it as we write it."""
    if len(checkpoint.extensions) == 1:
        number = checkpoint.extensions[0].removeprefix(_LINE)
        if (
            number.isdecimal()
            and number.isascii()
            and len(number) < _LONGEST_NUMBER
            and checkpoint.extensions[0] == line_of(int(number))
        ):
            return int(number)
    raise MalformedDocument("The checkpoint does not say its epoch.", code="other-epoch")


def opened(text: str, origin: str, known: Mapping[int, Keeper]) -> tuple[Checkpoint, Note]:
    """The checkpoint in a note, signed by the host of its epoch. Raises MalformedDocument,
    SignatureInvalid."""
    epoch = epoch_of(checkpoints.parse_text(notes.parse(text).text))
    keeper = known.get(epoch)
    if keeper is None:
        raise SignatureInvalid("Nobody is known to keep the log in that epoch.", code="other-epoch")
    return checkpoints.opened(text, origin, keeper.log_key)


def rivals(
    found: Sequence[Statement], members: Mapping[str, "Member"]
) -> tuple[Statement, Statement] | None:
    """Two host mandates of one epoch among these that one coop signed both."""
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            is_rival = one["epoch"] == other["epoch"] and one.content != other.content
            if is_rival and signers_of(one, members) & signers_of(other, members):
                return one, other
    return None
