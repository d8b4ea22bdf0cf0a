"""One line in the log for whatever was to be fetched and was not believed, or not even dialled;
and for whatever was to be delivered and could not even be sent.

A fetch goes through layers, each of which may refuse: the one that was asked first tells. What is
fetched for the sake of a message is told with the message (`inbox-refused`).
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

from federation.errors import FederationError
from protocol.errors import ProtocolError
from protocol.iri import authority_of

log = structlog.get_logger("rochdale.federation")

_IS_TOLD_ABOVE: ContextVar[bool] = ContextVar("is_told_above", default=False)


@contextmanager
def told_above() -> Generator[None]:
    """Whoever asks tells in a line of their own what comes of it."""
    token = _IS_TOLD_ABOVE.set(True)
    try:
        yield
    finally:
        _IS_TOLD_ABOVE.reset(token)


@contextmanager
def told_once(url: str, *, is_asked_again: bool = False) -> Generator[None]:
    """Tell who was asked and why nothing came of it; not the whole address, which may hold a
    secret. is_asked_again: what waiting may mend is no refusal yet."""
    if _IS_TOLD_ABOVE.get():
        yield
        return
    try:
        with told_above():
            yield
    except (FederationError, ProtocolError) as error:
        if not (is_asked_again and isinstance(error, FederationError) and error.retry):
            log.warning("fetch-refused", code=error.code, peer=_host_in(url))
        raise


def _host_in(url: str) -> str:
    try:
        return ascii(authority_of(url)[:200])
    except ProtocolError:
        return "no address"
