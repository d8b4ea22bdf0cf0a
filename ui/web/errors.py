"""The one table from what went wrong to how it is told: a status, a page or a problem document."""

import errno

import structlog
from aiohttp import web

from federation.errors import (
    AddressBlocked,
    FederationError,
    NotAnActor,
    Silent,
    StorageUnavailable,
)
from federation.errors import NotFound as NotFoundThere
from node import i18n, obstacles, quarantine
from node.errors import Closed, Conflict, InvalidInput, NodeError, NotAllowed, NotFound
from node.i18n import _
from protocol.errors import ProtocolError
from ui.web.context import VISITOR, SignInNeeded, node_of
from ui.web.entering import TOO_MANY_TRIES
from ui.web.identity import asked_language, is_api
from ui.web.reading import written

log = structlog.get_logger("rochdale.web")

STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    InvalidInput: 422,
    Closed: 409,
    FederationError: 502,
    NotFoundThere: 404,
    NotAnActor: 422,
    AddressBlocked: 422,
    StorageUnavailable: 503,
    Silent: 503,
    ProtocolError: 422,
    MemoryError: 503,
}
# The machine has nothing left to give; it may again in a moment.
_USED_UP = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)
_NO_THREAD = "can't start new thread"  # Python has no kind of its own for it
AGAIN_SECONDS = 5
"""Retry-After where nothing says better."""
TITLES = {
    400: _("That could not be read"),
    401: _("Please sign in"),
    403: _("That is not yours to do"),
    404: _("There is nothing here"),
    405: _("That cannot be done here"),
    409: _("This cannot be done now"),
    410: _("This was taken down"),
    413: _("That is too large"),
    422: _("Something needs putting right"),
    429: _("A little slower, please"),
    500: _("That was our mistake"),
    502: _("The other coop did not answer"),
    503: _("Please try again in a moment"),
}


# What somebody does who may not, or who sends what no page of ours would: one line in the log each.
NOTED = frozenset({400, 401, 403, 408, 413, 415, 429})
NOTED_OF_PROGRAMS = frozenset({409, 422})
"""A form that is not filled in right is everyday life; a program that goes on so is at fault."""


def broken_off() -> web.HTTPBadRequest:
    """For what was sent, if it ended too early or was packed wrongly."""
    return web.HTTPBadRequest(
        text=str(_("What you sent did not come through whole. Please send it again."))
    )


def status_of(error: Exception) -> int:
    if isinstance(error, web.HTTPException):
        return error.status
    if isinstance(error, NotAllowed) and error.rule in (TOO_MANY_TRIES, "too-dear"):
        return 429
    if isinstance(error, OSError) and error.errno in _USED_UP:
        return 503
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return 503
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def words_of(error: Exception, status: int) -> str:
    """One sentence for the person: what happened and, where we know it, what to do."""
    if isinstance(error, NodeError):
        return str(error.public_message)
    if isinstance(error, Silent):
        return str(quarantine.WORDS)
    if isinstance(error, FederationError | ProtocolError):
        return str(obstacles.of(error))
    if isinstance(error, SignInNeeded):
        return str(
            _(
                "A program sends the token of an account, as “Authorization: Bearer …”. Whoever "
                "has no account uses the pages: that of the listing, or the link they were given."
            )
        )
    if isinstance(error, web.HTTPException) and status not in (404, 405) and _has_words(error):
        return str(error.text)
    if status == 404:
        return str(_("The page may have moved or been taken down. Search finds what is here."))
    if status >= 500:
        return str(_("It is written down for whoever looks after this node. Nothing changed."))
    return str(_("The page does not know this step. Go back and use what is on it."))


def _has_words(error: web.HTTPException) -> bool:
    """Whether one of ours wrote them: aiohttp puts the bare name of the status there."""
    return error.text not in (None, f"{error.status}: {error.reason}")


async def answer_error(request: web.Request, error: Exception) -> web.StreamResponse:
    """A page for a person, in their language; a problem document for a program or a peer."""
    with i18n.speaking(_language(request)):
        return await _answer(request, error)


def _language(request: web.Request) -> str:
    """A peer reads English, and so does who was turned away before we knew them, but a program."""
    if VISITOR in request:
        return request[VISITOR].language
    return (is_api(request) and asked_language(request)) or i18n.SOURCE_LANGUAGE


async def _answer(request: web.Request, error: Exception) -> web.StreamResponse:
    from ui.web.templating import render

    if isinstance(error, SignInNeeded) and not _wants_json(request):
        return await _sign_in_first(request)
    status = 401 if isinstance(error, SignInNeeded) else status_of(error)
    if status >= 500 and not isinstance(error, FederationError):
        log.error("request-failed", route=_route(request), method=request.method, exc_info=error)
    if _is_noted(request, status):
        _note(request, _code(error, status), status)
    title, detail = str(TITLES.get(status, TITLES[400])), words_of(error, status)
    if _wants_json(request) or VISITOR not in request:
        answer = problem(status, title, detail, error)
    else:
        typed = written(request)
        answer = await render(
            request,
            "error.html",
            status=status,
            title=title,
            detail=detail,
            is_missing=status in (404, 410),
            back=_came_from(request),
            written=typed,
        )
        if typed:
            answer.headers["Cache-Control"] = "private, no-store"
    if isinstance(error, web.HTTPException) and "Retry-After" in error.headers:
        answer.headers["Retry-After"] = error.headers["Retry-After"]
    elif status == 503:
        answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer


async def _sign_in_first(request: web.Request) -> web.StreamResponse:
    """The page by which one comes in; what was sent goes along."""
    from ui.web import held, sessions
    from ui.web.forms import SignInForm
    from ui.web.pages.account import show_sign_in

    back = request.rel_url.raw_path_qs
    along = await held.sent_by(request)
    if not along:
        raise web.HTTPSeeOther(f"/sign-in?next={back}")
    _note(request, "http-401", 401)
    page = await show_sign_in(request, SignInForm(), back, status=401, along=along)
    config = node_of(request).config
    if sessions.read(request, config, "seed") is None:  # its form is good for this browser alone
        seed, seconds = request[VISITOR].seed, sessions.SESSION_SECONDS
        sessions.write(page, config, "seed", seed, seconds=seconds)
    return page


def _note(request: web.Request, code: str, status: int) -> None:
    """One line in the log."""
    route = _route(request)
    log.warning("request-refused", code=code, status=status, method=request.method, route=route)


def _is_noted(request: web.Request, status: int) -> bool:
    """Of what is not there, only what somebody known to us tries at an address that takes ids: it
    may be another's. Crawlers come by old links all day."""
    if status == 404:
        visitor = request.get(VISITOR)
        return visitor is not None and visitor.account is not None and "{" in _route(request)
    return status in NOTED or (status in NOTED_OF_PROGRAMS and is_api(request))


def problem(status: int, title: str, detail: str, error: Exception | None = None) -> web.Response:
    """RFC 9457 problem details; field errors stand under `errors`, one list a field."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if isinstance(error, NodeError) and error.code:
        body["code"] = error.code
    if isinstance(error, InvalidInput):
        body["errors"] = {k: [str(m) for m in v] for k, v in error.fields.items()}
    return web.json_response(
        body,
        status=status,
        content_type="application/problem+json",
        headers={"Content-Language": i18n.language.get()},
    )


def _code(error: Exception, status: int) -> str:
    named = error.code if isinstance(error, NodeError) else None
    return named or f"http-{status}"


def _came_from(request: web.Request) -> str:
    """The page of ours whose link or form led here, whole, so that it leads nowhere else; or ""."""
    came = request.headers.get("Referer", "")
    home = node_of(request).config.address
    is_ours = came.startswith(home + "/") and came not in (home + "/", home + request.path_qs)
    return came if is_ours else ""


def _route(request: web.Request) -> str:
    """Which address it was, without what stands in it: some hold a secret."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _wants_json(request: web.Request) -> bool:
    return is_api(request) or "json" in request.headers.get("Accept", "")
