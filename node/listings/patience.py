"""No search works for ever, whatever is asked: the database is stopped, and the asker told so."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from federation.errors import TookTooLong
from federation.storage.unit_of_work import Reader
from node import limits
from node.errors import NotAllowed
from node.i18n import _

P = ParamSpec("P")
T = TypeVar("T")


def in_time(
    ask: Callable[Concatenate[Reader, P], Awaitable[T]],
) -> Callable[Concatenate[Reader, P], Awaitable[T]]:
    """Let a query of many words have its time and no more. It raises NotAllowed beyond that."""

    @wraps(ask)
    async def asked(reader: Reader, /, *given: P.args, **named: P.kwargs) -> T:
        try:
            async with reader.within(limits.SEARCH_SECONDS):
                return await ask(reader, *given, **named)
        except TookTooLong:
            raise NotAllowed(
                _("This search takes too long. Use other words, or fewer."), "too-dear"
            ) from None

    return asked
