"""What matters so much that a person shows again who they are: one table, one rule.

Whoever finds a phone that is signed in must not take the account along, nor what it may do here
(ASVS 5.0 6.2.3, 7.5.1, 7.5.3). So each action of the table asks for the password or a passkey,
unless one was shown within `limits.SIGN_IN_FRESH`: the page comes back with what was sent, and one
field more. Among them is all that lets somebody in: a link that is shown, for whoever sees it can
use it, and admitting who applied, for their own link opens the door then. So is what gives or takes
a right (class, seat, office, membership), what moves money between coops or says how much may be
owed, every vote, and what binds all of ours (a rule, a federation, what a program is told, who a
coop is). `tests/ui/web/rights.py` marks each address of the table; a command that gives rights,
moves money or votes, and is called without a line here, fails in `tests/ui/web/test_step_up.py`.

An account that signs in by links alone has nothing to show, and is not asked. A program's token is
no session: what it may do, voting too, was decided when it was made, and that needs such a proof.
What concerns ways into the account, or all that is known of its owner, needs a scope that names it
(`OF_ONESELF`).
"""

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from node import accounts, joining
from node.accounts import webauthn
from node.errors import NotAllowed
from node.i18n import _
from ui.web import csrf, passkeys
from ui.web.context import VISITOR, member_of, node_of, visitor_of
from ui.web.entering import prove
from ui.web.reading import read_form, read_json_text, read_text, texts_in
from ui.web.templating import render
from ui.web.way_in_forms import ConfirmForm

_SHOWS_WHO = frozenset({csrf.FIELD, *passkeys.PROOFS})
CONFIRM = "/confirm"


class Action(Struct, frozen=True):
    """A request that is asked to be proven; with `field`, of a form or of JSON, only if that has
    one of `values`, or any value if none is named."""

    method: str
    path: str
    field: str = ""
    values: frozenset[str] = frozenset()


_ADMITTED = frozenset(joining.ADMISSIONS)
_BINDING = frozenset(
    {"join", "admit", "invite", "leave", "hand-over", "accept-handover", "take-over"}
)

ACTIONS = (
    Action("POST", "/account/password"),
    Action("POST", "/account/codes"),
    Action("POST", "/account/passkeys"),
    Action("POST", "/account/passkeys/{id}", "do", frozenset({"remove"})),
    Action("POST", "/account/tokens"),
    Action("POST", "/account/colleagues"),
    Action("POST", "/account/colleagues/{id}"),
    Action("POST", "/notices/feeds"),
    Action("POST", "/my-calendar"),
    Action("POST", "/account/data"),
    Action("POST", "/account/mail", "do", frozenset({"address", "remove"})),
    Action("POST", "/account/leave"),
    Action("POST", "/account/membership/notice"),
    Action("POST", "/applications/{id}", "do", _ADMITTED | {"invite", "link"}),
    Action("POST", "/members/invite"),
    Action("GET", "/members/import"),
    Action("POST", "/members/import"),
    Action("POST", "/members/{id}"),
    Action("POST", "/members/{id}/class"),
    Action("POST", "/members/{id}/colleagues/{account}"),
    Action("POST", "/members/{id}/invite"),
    Action("POST", "/members/accounts/{account}"),
    Action("POST", "/members/accounts/{account}/line"),
    Action("POST", "/offices"),
    Action("POST", "/offices/{id}"),
    Action("POST", "/offices/committees"),
    Action("POST", "/offices/committees/{id}"),
    Action("POST", "/vouching/{id}", "do", frozenset({"vouch", "hand-out"})),
    Action("POST", "/owed/line"),
    Action("POST", "/owed/pay"),
    Action("POST", "/owed/payments/{id}"),
    Action("POST", "/owed/{id}", "do", frozenset({"sign"})),
    Action("POST", "/clearing/{id}"),
    Action("POST", "/policies/{name}", "step", frozenset({"choose"})),
    Action("POST", "/policies/{name}/lapse"),
    Action("POST", "/settings/webhooks"),
    Action("POST", "/settings/webhooks/{id}"),
    Action("POST", "/peers/claim"),
    Action("GET", "/members/contacts.vcf"),
    Action("GET", "/members.{form}"),
    Action("GET", "/api/v1/members/contacts"),
    Action("POST", "/api/v1/members"),
    Action("PATCH", "/api/v1/members/{id}", "membership_class"),
    Action("POST", "/api/v1/members/{id}/invitation"),
    Action("PUT", "/api/v1/members/{id}/account"),
    Action("POST", "/api/v1/applications/{id}/steps", "step", _ADMITTED),
    Action("POST", "/api/v1/members/{id}/steps"),
    Action("POST", "/api/v1/trust-lines"),
    Action("POST", "/api/v1/obligations/{id}/answer"),
    Action("POST", "/api/v1/settlements"),
    Action("POST", "/api/v1/settlements/{id}/answer"),
    Action("POST", "/api/v1/clearing/{id}/answer"),
    Action("PUT", "/api/v1/policies/{name}"),
    Action("DELETE", "/api/v1/policies/{name}"),
    Action("POST", "/api/v1/webhooks"),
    Action("PATCH", "/api/v1/webhooks/{id}"),
    Action("POST", "/api/v1/offices"),
    Action("POST", "/api/v1/offices/{id}/end"),
    Action("POST", "/api/v1/committees"),
    Action("DELETE", "/api/v1/committees/{id}"),
    Action("POST", "/api/v1/account/recovery-codes"),
    Action("DELETE", "/api/v1/account/passkeys/{id}"),
    Action("GET", "/api/v1/account/data"),
    Action("POST", "/council/found", "do", frozenset({"sign"})),
    Action("POST", "/council/join", "charter"),
    Action("POST", "/council/federations/{id}", "do", _BINDING),
    Action("POST", "/council/federations/{id}/delegates"),
    Action("POST", "/council/federations/{id}/keys"),
    Action("POST", "/council/federations/{id}/proxies"),
    Action("POST", "/council/proposals/{id}/ballot", "do", frozenset({"cast"})),
    Action(
        "POST",
        "/council/proposals/{id}/said",
        "do",
        frozenset({"accept", "reject", "reserve", "mark"}),
    ),
    Action("POST", "/api/v1/federations"),
    Action("PATCH", "/api/v1/federations/{id}", "event", _BINDING | {"delegates"}),
    Action("POST", "/api/v1/federations/{id}/keys"),
    Action("POST", "/api/v1/federations/{id}/proxies"),
    Action("POST", "/api/v1/proposals/{id}/ballots"),
    Action("POST", "/api/v1/proposals/{id}/answers"),
    Action("POST", "/api/v1/proposals/{id}/reservations"),
    Action("POST", "/api/v1/proposals/{id}/marks"),
)
_ACTIONS = {(one.method, one.path): one for one in ACTIONS}


@web.middleware
async def ask_again(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let an action of the table pass only for who has shown a short while ago who they are."""
    action = _action(request)
    if action is None or not await is_due(request) or not await _matters(request, action):
        return await handler(request)
    if _is_call(request):
        raise NotAllowed(
            _("Show first that it is you: open your account page and sign in again."), "prove-first"
        )
    try:
        if request.method == "POST" and await show_proof(request):
            return await handler(request)
    except NotAllowed as error:
        return await ask(request, refused=str(error))
    return await ask(request)


async def is_due(request: web.Request) -> bool:
    """Whether this visitor would be asked now: it is a while ago, and they have what to show."""
    visitor = request.get(VISITOR)
    if visitor is None or visitor.account is None or visitor.session is None:
        return False
    if visitor.session.is_proven:
        return False
    return visitor.account.has_password or await _has_passkey(request)


async def show_proof(request: web.Request) -> bool:
    """Whether a form brings a proof of who sends it; it holds for a while then.

    Raises NotAllowed for a wrong one.
    """
    account, session = member_of(request), visitor_of(request).session
    password, passkey = [await read_text(request, name) for name in passkeys.PROOFS]
    if session is not None and passkey:
        return await _show_passkey(request, passkey, account.id, session.id)
    if session is None or not password:
        return False
    await prove(request, account, password)
    await node_of(request).write(lambda uow: accounts.note_proof(uow, session.id))
    return True


async def to_send_again(request: web.Request) -> list[tuple[str, str]]:
    """What a form brought, but for files, and for what shows whose form it is, which is never sent
    twice. Raises as `read_form`."""
    texts = texts_in(await read_form(request))
    return [(name, text) for name, text in texts if name not in _SHOWS_WHO]


async def ask(request: web.Request, refused: str = "") -> web.StreamResponse:
    """The page that asks; what was sent comes along and is sent again with the answer.

    But for a file, which cannot: its page asks before one is chosen.
    """
    target, sent = CONFIRM, [("next", request.rel_url.raw_path_qs)]
    if request.method == "POST":
        target, sent = request.rel_url.raw_path_qs, await to_send_again(request)
    page = await render(
        request,
        "account/confirm.html",
        status=422,
        target=target,
        sent=sent,
        form=ConfirmForm(),
        refused=refused,
        has_passkey=await _has_passkey(request),
    )
    page.headers["Cache-Control"] = "no-store"
    return page


async def _show_passkey(request: web.Request, text: str, account_id: str, session_id: str) -> bool:
    shown = await passkeys.shown(request, text)
    if shown.passkey.account_id != account_id:
        raise webauthn.refused()
    is_good = await node_of(request).write(
        lambda uow: accounts.prove_by_passkey(
            uow, shown.passkey.id, shown.challenge, shown.count, session_id=session_id
        )
    )
    if not is_good:
        raise webauthn.refused()
    return True


async def _has_passkey(request: web.Request) -> bool:
    async with node_of(request).reading() as reader:
        known = await accounts.passkeys(reader, member_of(request).id)
    return not all(one.is_doubted for one in known)


def _action(request: web.Request) -> Action | None:
    resource = request.match_info.route.resource
    return _ACTIONS.get((request.method, resource.canonical)) if resource else None


async def _matters(request: web.Request, action: Action) -> bool:
    if not action.field:
        return True
    read = read_json_text if _is_call(request) else read_text
    said = await read(request, action.field)
    return said in action.values if action.values else said != ""


def _is_call(request: web.Request) -> bool:
    return request.path.startswith("/api/")
