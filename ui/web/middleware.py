"""What every request passes, outermost first: headers, errors, who asks, whose form it is."""

from contextlib import suppress
from functools import partial

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from federation.errors import Silent, StorageUnavailable
from federation.routes import object_response
from node import accounts, i18n, limits
from node.days import by_clocks_of
from node.errors import NotAllowed
from node.i18n import _
from node.runtime import Node
from protocol.media_types import takes_gzip, wants_activity
from ui.web import csrf, sessions
from ui.web.context import PEER_PATHS, VISITOR, Visitor, node_of
from ui.web.errors import answer_error, broken_off
from ui.web.identity import asked_language, bearer, count_refused_token, identity_of, is_api
from ui.web.pace import TOLD
from ui.web.reading import SENDING, brings_files, check_address, check_packing
from ui.web.step_up import CONFIRM

log = structlog.get_logger("rochdale.web")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; connect-src 'self'; "
        "script-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# No cache keeps it, and no other site hears its address.
SHOWN_ONCE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
# Whoever has such an address sees what is behind it: it goes into no cache, no search engine and no
# other site's log. Their errors too.
SECRET_PATHS = (
    *("/applied/", "/asked/", "/calendars/", "/consent/", "/in/", "/left/"),
    *("/mail/confirm/", "/mail/stop/", "/news/", "/t/"),
)
# What somebody signed in sees is theirs: on a shared computer neither a proxy nor the browser keeps
# it (ASVS 14.3.2). The worker of a phone keeps listings all the same, apart by person, and clears
# them at the next one. A stranger's page holds the form's token: nobody else is given it.
OF_SOMEBODY = "private, no-store"
OF_NOBODY = "private, no-cache"
SECRET_HEADERS = SHOWN_ONCE | {"X-Robots-Tag": "noindex, nofollow"}
ENDS_LETTERS = "/mail/stop/"
THEMES = frozenset({"light", "dark"})


@web.middleware
async def set_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """On what is raised, too: a redirect is an answer like others."""
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        _put_headers(request, answer)
        raise
    _put_headers(request, response)
    return response


def _put_headers(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(SECRET_PATHS):
        response.headers.update(SECRET_HEADERS)
    elif _may_show_a_secret(request, response):
        response.headers.update(SHOWN_ONCE)
    elif (visitor := request.get(VISITOR)) is not None and visitor.account is not None:
        response.headers.setdefault("Cache-Control", OF_SOMEBODY)
    elif response.content_type == "text/html":
        response.headers.setdefault("Cache-Control", OF_NOBODY)
    if is_api(request):
        response.headers["Vary"] = "Accept-Language"
    response.headers.update(request.get(TOLD, {}))
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    _pack(request, response)
    if node_of(request).config.address.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _pack(request: web.Request, response: web.StreamResponse) -> None:
    """Send a page in a quarter of its bytes, but not to whom another site sent here.

    A page holds secrets beside words that others may choose (a search). Whoever makes a browser
    ask for it again and again, and counts the bytes, could guess a secret by how well it packs
    (BREACH); the browser says who asked.
    """
    if not isinstance(response, web.Response) or response.content_type != "text/html":
        return
    varies = [response.headers.get("Vary"), "Accept-Encoding", "Sec-Fetch-Site"]
    response.headers["Vary"] = ", ".join(filter(None, varies))
    asked_by_us = request.headers.get("Sec-Fetch-Site") in ("same-origin", "none")
    if asked_by_us and takes_gzip(request.headers.get("Accept-Encoding", "")):
        response.enable_compression(web.ContentCoding.gzip)


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a page or a problem document; only bugs are logged whole."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return await answer_error(request, answer)
    except web.RequestPayloadError:
        return await answer_error(request, broken_off())
    except Exception as error:  # noqa: BLE001 - the outermost edge: nothing may leave as a traceback
        hung_up = isinstance(error, ConnectionResetError) and request.transport is None
        return await answer_error(request, broken_off() if hung_up else error)


@web.middleware
async def answer_peers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve the AS2 form of an object to who asks for it, whether or not a page stands there."""
    federation, asked = node_of(request).federation, request.headers.get("Accept", "")
    is_reading = request.method in {"GET", "HEAD"}
    if is_reading and federation.documents.covers(request.path) and wants_activity(asked):
        return await object_response(federation, request)
    answer = await handler(request)
    if is_reading and federation.documents.covers(request.path):
        answer.headers.setdefault("Vary", "Accept")  # a cache must not give the page to a peer
    return answer


def for_visitors(*passed: Middleware) -> Middleware:
    """What visitors pass, outermost first. Peers are none: their requests are signed, carry no
    cookie, and are looked at where they arrive."""

    @web.middleware
    async def let_peers_by(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_for_peers(request):
            for each in reversed(passed):
                handler = partial(each, handler=handler)
        return await handler(request)

    return let_peers_by


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read who is asking (session cookie or bearer token) and in which language to answer.

    A token opens the API alone, where each endpoint asks for its scope: pages ask for none.
    """
    check_address(request.path, request.query)
    check_packing(request)
    node = node_of(request)
    try:
        account, session, scopes = await identity_of(request)
    except web.HTTPUnauthorized:
        await count_refused_token(request)
        raise
    if session is not None and session.is_stale:
        await _note_use(node, session.id)
    language = _language(request, account)
    theme = sessions.read(request, node.config, "theme")
    seed = sessions.read(request, node.config, "seed")
    request[VISITOR] = Visitor(
        account=account,
        session=session,
        language=language,
        theme=theme if theme in THEMES else None,
        seed=seed or node.entropy.token(16).hex(),
        scopes=scopes,
        saves_data=_saves_data(request),
    )
    with i18n.speaking(language), by_clocks_of(node.config.zone, node.clock.now()):
        response = await handler(request)
    if response.content_type != "text/html":
        return response
    response.headers["Rochdale-Reader"] = request[VISITOR].reader
    if seed is None:
        sessions.write(
            response, node.config, "seed", request[VISITOR].seed, seconds=sessions.SESSION_SECONDS
        )
    return response


@web.middleware
async def one_file_at_a_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A file is held in memory and worked on for seconds: nobody has two in here at once."""
    visitor = request.get(VISITOR)
    is_sent = request.method not in csrf.SAFE_METHODS
    if visitor is None or visitor.account is None or not (is_sent and brings_files(request)):
        return await handler(request)
    sending, who = request.app[SENDING], visitor.account.id
    if who in sending:
        raise web.HTTPTooManyRequests(
            text=str(_("You are sending a file already. Wait until it is read, then send this.")),
            headers={"Retry-After": str(limits.CALENDAR_SECONDS)},
        )
    sending.add(who)
    try:
        return await handler(request)
    finally:
        sending.discard(who)


@web.middleware
async def refuse_foreign_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stop a change that another site asked for in a signed-in person's name (ASVS 3.5.1-3.5.3)."""
    if request.method in csrf.SAFE_METHODS or bearer(request):
        return await handler(request)
    if request.path.startswith(ENDS_LETTERS):
        return await handler(request)  # a mail program asks, and the link alone is what counts
    if is_api(request) and request[VISITOR].account is None:
        return await handler(request)  # a program without its token: it is asked for one
    ours = csrf.comes_from_us(request, node_of(request).config.address)
    if ours is None:
        ours = await csrf.form_is_ours(request, request[VISITOR].seed)
    if not ours:
        raise NotAllowed(
            _("This form did not come from one of our pages. Open the page here and try again."),
            "form-from-elsewhere",
        )
    return await handler(request)


async def _note_use(node: Node, session_id: str) -> None:
    """Once an hour at most: a device that is used stays signed in. A full disk ends no visit."""
    with suppress(StorageUnavailable):
        await node.write(lambda uow: accounts.touch_session(uow, session_id))


@web.middleware
async def listen_first(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A node that was restored is read, and people come in; nothing is changed before it speaks."""
    is_reading = request.method in csrf.SAFE_METHODS
    is_coming_in = request.path.startswith(("/sign-in", "/sign-out", "/in/", CONFIRM, ENDS_LETTERS))
    if node_of(request).quarantine.is_on and not (is_reading or is_coming_in):
        raise Silent
    return await handler(request)


def _may_show_a_secret(request: web.Request, response: web.StreamResponse) -> bool:
    """What is made is shown in the answer to what was sent; a program reads what is its owner's."""
    if request.method not in csrf.SAFE_METHODS:
        return response.status < 300
    visitor = request.get(VISITOR)
    return is_api(request) and visitor is not None and visitor.account is not None


def _is_for_peers(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in request.app[PEER_PATHS]


def _saves_data(request: web.Request) -> bool:
    """The visitor's own choice, else that of their browser."""
    chosen = sessions.read(request, node_of(request).config, "saving")
    if chosen is not None:
        return chosen == "little"
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def _language(request: web.Request, account: accounts.AccountView | None) -> str:
    """The account's own choice, else the cookie's, else the browser's, else the coop's. A program
    says with each call which it reads, or reads English."""
    if is_api(request):
        return asked_language(request) or i18n.SOURCE_LANGUAGE
    node = node_of(request)
    chosen = account.language if account and account.language else None
    chosen = chosen or sessions.read(request, node.config, "language")
    spoken = i18n.available_languages()
    if chosen is not None and chosen in spoken:
        return chosen
    return (
        asked_language(request)
        or i18n.negotiate(node.config.language, spoken)
        or i18n.SOURCE_LANGUAGE
    )
