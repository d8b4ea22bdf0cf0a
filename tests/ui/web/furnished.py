"""A coop where something stands at every address, and somebody for every right."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from node import (
    accounts,
    council,
    deliberation,
    group,
    hours,
    joining,
    listings,
    members,
    notices,
    offices,
    profiles,
    referrals,
    webhooks,
)
from node.accounts import AccountView
from node.joining import Eligibility
from node.listings import Availability, Complaint, Hours, ListingDraft, Visibility, Way, Weekly
from tests.stories.council import CLASSES, Council
from tests.stories.market import offer
from tests.stories.referring import PERSON
from tests.support.clock import START
from tests.support.town import Coop, Town
from tests.ui.web.rights import WHO
from tests.ui.web.test_joining import ADA, FORM
from tests.ui.web.visitor import (
    Answer,
    Visitor,
    add_account,
    signed_in,
    stranger,
)

GUEST = {"name": "Nora Quiet", "contact": "0161 555 0101"}
MORNINGS = Availability(Way.SLOTS, "Europe/London", (Weekly(0, Hours(9 * 60, 12 * 60)),))
ONE_YEAR = timedelta(days=365)
OFFICERS = ("treasurer", "secretary", "moderator", "admin")
SLOT = "2027-01-11T09:00:00+00:00/2027-01-11T10:00:00+00:00"
CHANGEABLE = {**CLASSES, "charter": council.DEFAULT_CLASSES["charter"]}


@dataclass
class Furnished:
    """The coop, its visitors by what they are here, and the id of each thing."""

    town: Town
    coop: Coop
    neighbour: Coop
    visitors: Mapping[str, Visitor]
    accounts: Mapping[str, AccountView]
    things: dict[str, str]
    commit: Callable[..., Awaitable[Any]]
    """The database's own way to write, whatever a test puts in its place."""
    tokens: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    async def token(self, who: str, scopes: frozenset[str]) -> str:
        """A token of somebody's with these scopes, made once."""
        if (who, scopes) not in self.tokens:
            owner = self.accounts[who].id
            made = await self.commit(
                lambda uow: accounts.create_token(uow, owner, label="test", scopes=scopes)
            )
            self.tokens[who, scopes] = made.secret
        return self.tokens[who, scopes]


@asynccontextmanager
async def furnished(town: Town) -> AsyncGenerator[Furnished]:
    """Two coops that know each other and decide together; the first one is furnished."""
    two = await Council(town, "lanehead", CHANGEABLE).found()
    here = two.coops["lanehead"]
    async with AsyncExitStack() as stack:
        visitors, people = {}, {}
        for name in WHO:
            visitors[name] = await stack.enter_async_context(stranger(here))
            if name == "stranger":
                continue
            role = name if name in OFFICERS else "member"
            if name == "delegate":
                people[name] = await here.read(accounts.account, two.delegates["lanehead"])
            elif name == "admin":
                people[name] = await add_account(here, "femi", role)
            else:
                people[name] = await add_account(here, name, role)
            await visitors[name].enter(people[name])
        neighbour = two.coops["portici"]
        things = {"partner": neighbour.uri, "neighbour": neighbour.node.config.authority}
        write = here.node.database.write
        made = Furnished(town, here, neighbour, visitors, people, things, write)
        await _offers(made, two)
        await _dealings(made)
        await _papers(made)
        await _council(made, two)
        yield made


async def _offers(made: Furnished, two: Council) -> None:
    here, owner, things = made.coop, made.accounts["owner"], made.things
    clean = await offer(
        here, "Home clean", by=owner.id, price_amount=Decimal(18), currency="GBP", unit="hour"
    )
    await here.write(listings.set_availability, clean.id, MORNINGS, by=owner.id)
    draft = await here.write(listings.create, ListingDraft("Ironing"), by=owner.id, publish=False)
    await here.write(listings.set_availability, draft.id, MORNINGS, by=owner.id)
    inner = await offer(here, "Key cupboard", Visibility.MEMBER, by=owner.id)
    loud = await offer(here, "Drum lessons", by=owner.id)
    case = await here.write(listings.report, loud, Complaint("wrong"))
    why = {"ground": "wrong", "words": "There are no drums."}
    await here.write(listings.decide, case, "withhold", by=made.accounts["admin"], **why)
    theirs = await offer(made.neighbour, "Window clean", price_amount=Decimal(9), currency="EUR")
    await made.neighbour.write(listings.set_availability, theirs.id, MORNINGS, by=None)
    await two.settle()
    found = (await made.visitors["stranger"].get("/search?origin=remote")).text
    feed = await here.write(listings.make_feed, by=owner.id, account_id=owner.id)
    [kept] = await here.read(listings.feeds_of, by=owner.id)
    things |= {
        "listing": clean.id,
        "draft": draft.id,
        "inner": inner.id,
        "case": case,
        "mirror": _first("/mirrors/", found),
        "calendar": feed.secret,
        "feed": kept.id,
    }


async def _dealings(made: Furnished) -> None:
    """What two people have with each other: bookings, letters."""
    things, listing = made.things, made.things["listing"]
    owner, passer = made.visitors["owner"], made.visitors["stranger"]
    async with signed_in(made.coop, "maya") as maya:
        booked = {"do": "send", "time": SLOT}
        things["agreement"] = _last(await maya.post(f"/listings/{listing}/ask", booked))
    later = SLOT.replace("T10", "T11").replace("T09", "T10")
    asked = await passer.post(f"/listings/{listing}/ask", GUEST | {"do": "send", "time": later})
    things["asked"] = _last(asked)
    for name in ("talk", "reported"):
        hello = GUEST | {"text": "Is Friday free?"}
        things[name] = _last(await passer.post(f"/write?listing={listing}", hello))
    page = (await owner.get("/threads")).text
    things["thread"], reported = re.findall(r'href="/threads/(\w+)"', page)
    await owner.post(f"/threads/{reported}", {"do": "report", "reason": "Rude"})
    things["report"] = _first("/reports/", (await made.visitors["admin"].get("/threads")).text)
    abroad = f"/write?coop={things['neighbour']}"
    things["abroad"] = _last(await owner.post(abroad, {"text": "Whose turn is it?"}))
    things["letter"] = _last(await owner.post("/write", {"text": "Who has the key?"}))


async def _papers(made: Furnished) -> None:
    """What those who look after the coop keep, and the owner's own keys."""
    here, things, owner = made.coop, made.things, made.accounts["owner"]
    who = {one: Eligibility("Whoever cleans with us.") for one in FORM.classes[:1]}
    await here.write(joining.set_form, msgspec.structs.replace(FORM, eligibility=who))
    things["applied"] = _last(await made.visitors["stranger"].post("/join", ADA))
    secretary, admin = made.visitors["secretary"], made.visitors["admin"]
    things["application"] = _first("/applications/", (await secretary.get("/applications")).text)
    named = {"name": "Ada", "membership_class": "worker", "account_id": owner.id, "admit": "admit"}
    firm = {"kind": members.Kind.FIRM, "representative": "Ada Lane"}
    things["person"] = (await here.write(members.add_member, **named, **firm)).id
    for happens in (members.Event.SUSPEND, members.Event.REINSTATE):
        await here.write(members.change_status, things["person"], happens, reason="A mistake")
    invited = await here.write(members.invite_colleague, things["person"], by=owner.id)
    came = await here.write(accounts.redeem_link, invited.code, handle="ines", name="Ines")
    things |= {"colleague": came.account.id, "outsider": made.accounts["member"].id}
    seat = offices.Given(
        offices.Office.COMMITTEE,
        START.date(),
        START.date() + ONE_YEAR,
        "Meeting of 1 May",
        "Garden",
    )
    held = await here.write(offices.give, things["person"], seat, by=made.accounts["admin"].id)
    things["office"] = held.id
    things["committee"] = await here.write(
        offices.set_committee,
        "Garden",
        purpose="Beds, tools and the shed, up to £500 a year. More goes to the general meeting.",
        decision="General meeting of 12 May, item 4",
    )
    work = hours.Work(START.date(), 150, "Repairs at the shed", "Garden")
    things["work"] = (await here.write(hours.note, owner.id, work)).id
    things["soul"] = (await here.read(profiles.profile_of, owner.id)).id
    need = {"summary": "Gas boiler, no hot water", "category": "repairs", **PERSON}
    things["referral"] = _last(await made.visitors["owner"].post("/referrals/new", need))
    path = f"/referrals/{things['referral']}"
    await here.write(referrals.attach, things["referral"], "letter.txt", b"Ward 8841")
    question = [("first", things["partner"]), ("fields", "name")]
    await admin.post(f"{path}/ask", question)
    things["consent"] = _first("/consent/", (await admin.get(path)).text)
    guard = here.node.federation.client.guard
    hook = webhooks.Draft(f"{things['partner'].removesuffix('/coop')}/hooks")
    things["webhook"] = (await here.write(webhooks.create, hook, guard, by=None))[0].id
    await here.write(accounts.create_token, owner.id, label="till", scopes=frozenset({"read"}))
    things["token"] = (await here.read(accounts.tokens, owner.id))[0].id
    things["news"] = (await here.write(notices.make_feed, owner.id)).secret
    things["reader"] = (await here.read(notices.feeds_of, owner.id))[0].id
    things["device"] = (await here.read(accounts.sessions, owner.id))[0].id
    things["rule"] = "referrals.fee_ceiling_percent"
    things["weave"] = here.node.federation.identities.coop.digest.hex()


async def _council(made: Furnished, two: Council) -> None:
    here, things = made.coop, made.things
    things["proposal"] = await two.submitted("lanehead", is_public=True)
    view = await two.row("lanehead")
    said = await here.write(deliberation.comment, view.id, "Three.", by=made.accounts["owner"])
    await group.attend(here.node.federation)
    things |= {
        "charter": two.digest,
        "federation": await two.id_at("lanehead"),
        "name": view.name,
        "comment": said,
    }


def _last(answer: Answer) -> str:
    """The id or the secret at the end of the address that an answer leads to."""
    assert answer.status == 303, answer.text
    return answer.page.rpartition("/")[2]


def _first(begins: str, page: str) -> str:
    """The id or the secret in the first address of a page that begins so."""
    found = re.search(rf"{begins}(\w[\w-]{{20,}})", page)
    assert found is not None, begins
    return found[1]
