"""What can be done about a coop that we know, each by one word: for buttons and programs."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from federation.storage import UnitOfWork
from node.peers.commands import accept, decline, leave, resume, suspend
from node.peers.vouched import take_back_vouching, vouch

ANSWERS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "accept": accept,
    "decline": decline,
    "suspend": suspend,
    "resume": resume,
    "vouch": vouch,
    "take-back": take_back_vouching,
    "leave": leave,
}


async def answer(uow: UnitOfWork, what: str, uri: str, *, by: str, reason: str = "") -> None:
    """Do one of ANSWERS. reason: why it is put on hold. Raises as that command."""
    command = ANSWERS[what]
    if what == "suspend":
        command = partial(command, reason=reason)
    await command(uow, uri, by=by)
