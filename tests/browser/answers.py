"""Pages that only an answer shows: `(who sends, what)`.

Every address of the table of rights that takes a form is asked with an empty one; whoever says
there what is lacking is looked at, like every page. What else they answer is made here: previews,
what two people wrote at once, what is shown once. What is in neither, and not in
`LEADS_ELSEWHERE`, is new: look at it here, or say that it shows nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from node import members
from node.agreements.models import version_table
from node.members import Event, Kind
from tests.browser.corners import RENT
from tests.browser.looking import Sent
from tests.ui.web.furnished import GUEST, SLOT, Furnished
from tests.ui.web.rights import WHO, rows
from tests.ui.web.test_rights import rehearsing
from tests.ui.web.visitor import PASSWORD

_ELSEWHERE = """
  /in/nothing/passkey
  /sign-out /language /theme /saving /sign-in/passkey/options /account/passkeys/options
  /mail/confirm/nothing /applied/{applied} /consent/{consent} /vouching/nothing
  /asked/{asked}/steps /asked/{asked}/shared /asked/{asked}/forget
  /account/passkeys/nothing /account/requests/nothing /account/profile /account/mail
  /account/data /account/consents/nothing /account/devices/{device} /account/tokens/{token}
  /account/colleagues/nothing /account/membership /searches /searches/nothing/forget /notices/read
  /my-calendar/{feed}/end /notices/feeds/{reader}/end /agreements/{agreement}/steps
  /agreements/{agreement}/forget /agreements/{agreement}/shared
  /listings/{listing}/calendars/nothing/remove /listings/{listing}/calendars/nothing/read
  /listings/{listing}/feeds/nothing/end
  /council/proposals/{proposal} /council/proposals/{proposal}/amendments/nothing
  /council/proposals/{proposal}/said /council/proposals/{proposal}/comments/{comment}
  /council/federations/{federation} /council/federations/{federation}/keys
  /ledger/entries/nothing/reversal /ledger/entries/nothing/words /ledger/accounts/nothing
  /owed/pay?nothing /owed/line?nothing /owed/payments/nothing /owed/nothing /clearing/nothing
  /members/{person} /members/{person}/name /members/invitations/nothing/end
  /members/{person}/colleagues/nothing
  /applications/{application}
  /reports/{report} /peers/answer /peers/claim /peers/retry?nothing /peers/replay?nothing
  /domains/lift?nothing /upkeep/look /beginnings/hide /settings/webhooks/{webhook}/do
  /policies/{rule}/lapse /agreements/{agreement}/work /clearing /ledger/months /owed/statement
  /listings/{draft}/review /listings/{listing}/state /listings/{listing}/watch
  /sponsoring/nothing /referrals/{referral}/file
"""
LEADS_ELSEWHERE = frozenset(_ELSEWHERE.split())
"""What leads to another page, or says on the page that it belongs to (which is looked at) why not;
and what is no page."""
OF_ERRORS = '<div class="empty">\n  <h1>'
"""How a page begins that is one for all errors."""


@dataclass(frozen=True)
class Answered:
    """A line of the table below; what stands in braces is a thing of `furnished`."""

    who: str
    path: str
    form: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    status: int = 200
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    on: str = ""


FREE = SLOT.replace("T10", "T12").replace("T09", "T11")
SEEN = {"do": "look"}
COUNTER = {"step": "counter", "digest": "{terms}"}
FOUND = {"name": "Toad Lane", "coops": "{partner}"}
CHARTER = "/council/federations/{federation}/charter/change"
THREE_QUARTERS = {"title": "Three quarters", "text": "So that few do not.", "threshold": "3/4"}
EDITED = {"title": "Homes, both floors", "version": "0", "was": "title:00000000", "then": "save"}
MEMBERS = "name,class\nBo Quiet,worker\n,worker\n"
LISTINGS = "title,body\nIroning,By the hour\n,Nothing\n"
BLOCKS = "#domain,#severity\nbad.example,suspend\nloud.example,silence\nnot a domain,suspend\n"
HELD = {"handle": "member", "next": "/listings/new", "held": '[["title", "Ironing"]]'}
WORDS_OF_RIVAL = {"title": "Fees of at most four per cent", "text": "Nobody takes more than four."}

MADE = (
    # Looked at before it is sent.
    Answered("stranger", "/listings/{listing}/ask", GUEST | SEEN | {"time": FREE}),
    Answered("owner", "/mirrors/{mirror}/ask", SEEN | {"time": FREE}),
    Answered("owner", "/agreements/{agreement}/steps", COUNTER | SEEN),
    Answered("owner", "/listings/new", {"title": "Ironing", "then": "preview"}, on="/listings/new"),
    Answered("admin", "/settings", {"then": "preview"}, on="/settings"),
    Answered("treasurer", "/ledger/new", RENT, on="/ledger/new"),
    Answered("admin", "/council/found", FOUND | SEEN, on="/council/found"),
    Answered("admin", CHARTER, SEEN | THREE_QUARTERS, on=CHARTER),
    Answered("admin", "/council/proposals/{proposal}/amend", WORDS_OF_RIVAL | SEEN),
    Answered("admin", "/council/join", {"address": "{neighbour}"}),
    Answered("admin", "/policies/{rule}", {"value": "3"}),
    Answered("admin", "/members/import", {"look": "dry"}, files={"file": ("m.csv", MEMBERS)}),
    Answered(
        "admin", "/exchange", {"look": "dry"}, files={"file": ("l.csv", LISTINGS)}, on="/exchange"
    ),
    Answered("admin", "/offices/committees/{committee}", {"do": "ask"}),
    Answered("admin", "/domains/list", {"look": "dry"}, files={"file": ("b.csv", BLOCKS)}),
    # What two people wrote at once, side by side.
    Answered("owner", "/listings/{listing}/edit", EDITED, 409, on="/listings/{listing}/edit"),
    Answered("admin", "/hours/all", {"entry": "{work}:7"}, 409, on="/hours/all"),
    # Sent back without saying why.
    Answered("admin", "/hours/{work}", {"do": "send-back"}, 422, on="/hours/{work}"),
    # Shown once.
    Answered("admin", "/members/invite", {"name": "Bo"}, on="/members"),
    Answered("admin", "/members/{guest}/invite"),
    Answered("admin", "/applications/{application}", {"do": "link"}),
    Answered("admin", "/account/tokens", {"label": "Till", "scopes": "read"}),
    Answered("admin", "/settings/webhooks", {"url": "{partner}/hooks"}, on="/settings/webhooks"),
    Answered("member", "/account/colleagues"),
    # What strangers are told.
    Answered("stranger", "/join", status=422, on="/join"),
    # Whoever is not signed in any more, and is again: the last, as the browser keeps that.
    Answered("stranger", "/listings/new", {"title": "Ironing"}, 401),
    Answered("stranger", "/sign-in", HELD | {"password": PASSWORD}, on="/sign-in"),
)


async def answers(house: Furnished, *, of: slice) -> list[tuple[str, Sent]]:
    """All of MADE, and of the answers to empty forms a part. Once a house; whoever sends has just
    shown that it is them."""
    for who in ("member", "owner", "treasurer", "admin"):
        shown = await house.visitors[who].post("/confirm", {"present": PASSWORD})
        assert shown.status == 303, who
    things = house.things | await _more_things(house)
    found, told = await _to_empty_forms(house)
    unseen = told - {one.path for one in MADE} - {"/members/{person}/invite"} - LEADS_ELSEWHERE
    assert sorted(unseen) == [], f"look at them in tests/browser/answers.py: {sorted(unseen)}"
    return [*found[of], *((one.who, _sent(house, one, things)) for one in MADE)]


async def _more_things(house: Furnished) -> dict[str, str]:
    """Somebody in the register without an account; and the member speaks for a firm from now on."""
    add, admit = members.add_member, Event.ADMIT
    firm = {"name": "Lane Bakery", "kind": Kind.FIRM, "representative": "Rosa", "admit": admit}
    speaker = {"membership_class": "producer", "account_id": house.accounts["member"].id}
    await house.coop.write(add, **firm, **speaker)
    guest = {"name": "Bo Quiet", "membership_class": "worker", "admit": admit}
    terms = select(version_table.c.digest).order_by(version_table.c.sequence.desc())
    async with house.coop.node.reading() as reader:
        agreed = version_table.c.agreement_id == house.things["agreement"]
        digest = await reader.scalar(terms.where(agreed).limit(1))
    return {"guest": (await house.coop.write(add, **guest)).id, "terms": str(digest)}


def _sent(house: Furnished, one: Answered, things: Mapping[str, str]) -> Sent:
    def made(said: Any) -> Any:
        return said.format_map(things) if isinstance(said, str) else said

    form = {name: made(said) for name, said in one.form.items()}
    return Sent(house.coop.address + made(one.path), form, one.status, one.files, made(one.on))


async def _to_empty_forms(house: Furnished) -> tuple[list[tuple[str, Sent]], set[str]]:
    """What is shown to whoever sees most and fills in nothing; and the lines that show no page of
    their own to them. One page for all errors is among the first."""
    found, told, errors = [], set[str](), list[tuple[str, Sent]]()
    with rehearsing(house.coop.node.database):
        for row in rows():
            allowed = [who for who, got in zip(WHO, row.answers, strict=True) if got == "in"]
            if row.method != "POST" or row.is_api or not allowed:
                continue
            visitor, path = house.visitors[allowed[-1]], row.path.format_map(house.things)
            kept = dict(visitor.cookies)
            answer = await visitor.post(path)
            visitor.cookies = kept  # whoever signed out is still there
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            sent = (allowed[-1], Sent(house.coop.address + path, status=answer.status))
            if not is_page or answer.status == 303 or OF_ERRORS in answer.text:
                told.add(row.path)
                errors += [sent] if is_page else []
            else:
                found.append(sent)
    return [*found, *errors[:1]], told
