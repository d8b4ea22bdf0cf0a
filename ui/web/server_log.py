"""What the server's library says of requests that it could not read, before or after our handlers.

It writes a whole trace for each, at the level of an error, with the bytes that came: anybody can
send such requests, by the thousand. One line is enough, without the bytes.
"""

import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

log = structlog.get_logger("rochdale.web")

_OF_THE_SENDER = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


class _OneLine(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, _OF_THE_SENDER):
            return True
        log.warning("request-unreadable", code=type(error).__name__, status=400)
        return False


def tell_in_one_line() -> None:
    """From now on; may be called again."""
    server = logging.getLogger("aiohttp.server")
    if not any(isinstance(each, _OneLine) for each in server.filters):
        server.addFilter(_OneLine())
