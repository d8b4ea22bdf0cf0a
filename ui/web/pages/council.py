"""The council: federations we belong to, what waits for us, one federation, its feeds."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from hmac import compare_digest

from aiohttp import web

from node import accounts, calendars, council, group, offices, policies
from node.calendars import Entry
from node.council import FederationView, ProposalView, State
from node.i18n import LazyString, Text, _
from node.policies import Deadline
from ui.web import atom
from ui.web import council_words as words
from ui.web.context import admin_of, member_of, node_of
from ui.web.navigation import see_other
from ui.web.own_dates import A_MOMENT
from ui.web.pages import finding
from ui.web.pages.asking import home_zone
from ui.web.pages.proposals import json_file
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()

ENDED = frozenset(
    {
        State.IN_FORCE,
        State.REJECTED,
        State.WITHDRAWN,
        State.LAPSED,
        State.DISPUTED,
        State.OVER,
    }
)
DECIDED_SHOWN = 10
DAYS: dict[str, LazyString] = {
    "answer": _("Our own answer is due: %(name)s"),
    "review": _("To be looked at again: %(name)s"),
    "ends": _("Ends unless it is decided anew: %(name)s"),
    "lapses": _("Lapses unless it is confirmed: %(name)s"),
}


@routes.get("/council")
async def page(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        federations = await council.federations(reader)
        waiting = await council.waiting(reader, account)
        to_answer = await council.to_answer(reader, account)
        found = await council.proposals(reader)
        mandates = await council.mandates_held(reader)
        speaking = await offices.holdings(reader, offices=offices.SPEAKING, over=False)
        named_by = {one.named_by for one in mandates} | {one.given_by for one in speaking}
        delegates = {one.account_id for one in mandates if one.account_id}
        people = await accounts.names(reader, named_by | delegates)
    mine = {view.id for view in [*waiting, *(one.proposal for one in to_answer)]}
    return await render(
        request,
        "council/council.html",
        here="council",
        federations=federations,
        names={view.id: view.name for view in federations},
        waiting=waiting,
        to_answer=to_answer,
        going=by_deadline([one for one in found if not is_over(one) and one.id not in mine]),
        decided=[one for one in found if is_over(one)][:DECIDED_SHOWN],
        words=words,
        zone=home_zone(request),
        mandates=mandates,
        speaking=speaking,
        people=people,
    )


@routes.get("/council/federations/{id}")
async def federation(request: web.Request) -> web.StreamResponse:
    member_of(request)
    return await _federation(request)


async def _federation(
    request: web.Request,
    *,
    status: int = 200,
    said_yes: Sequence[str] | None = None,
    wrong: Text | str | None = None,
) -> web.StreamResponse:
    """said_yes: who would let us in, if we asked to be let in and have just looked."""
    number = request.match_info["id"]
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, number)
        rules = await council.agreed_rules(reader, number)
        found = await council.proposals(reader, number)
        evidence = await council.found_evidence(reader, number)
        kept = await council.keeping(reader, number)
        delegates = await council.our_delegates(reader, number)
        mandates = await council.mandates_of(reader, number)
        changes = await council.charter_changes(reader, number)
        applicants = await council.applicants(reader, number) if view.applicants else []
        asked = await council.keys_asked(reader, number)
        has_ours = await council.has_our_key(reader, number)
        feed_key = council.feed_key(reader, view.digest) if view.digest else ""
        named = await accounts.names(
            reader, {one.account_id for one in delegates if one.account_id}
        )
    return await render(
        request,
        "council/federation.html",
        status=status,
        here="council",
        said_yes=said_yes,
        wrong=wrong,
        applicants=applicants,
        view=view,
        rules=rules,
        going=by_deadline([one for one in found if not is_over(one)]),
        decided=[one for one in found if is_over(one)],
        evidence=evidence,
        kept=kept,
        delegates=delegates,
        mandates=mandates,
        changes=changes,
        asked=asked,
        has_ours=has_ours,
        feed_key=feed_key,
        public_at=group.group_uri(view.host, view.digest) if view.digest else "",
        named=named,
        members={each.coop: each for each in view.members},
        powers=powers_of(view, rules.get("scheme", {})),
        words=words,
        zone=home_zone(request),
    )


@routes.get("/council/federations/{id}/evidence/{evidence}")
async def evidence(request: web.Request) -> web.StreamResponse:
    """What proves that a coop broke the rules, as a file that `rochdale verify` checks."""
    member_of(request)
    number, name = request.match_info["id"], request.match_info["evidence"]
    async with node_of(request).reading() as reader:
        data = await council.evidence_of(reader, number, name)
    return json_file(data, f"evidence-{name}.json")


@routes.post("/council/federations/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """One of the buttons of a federation: join, admit a coop, invite again, leave; the log."""
    account, data = admin_of(request), await read_form(request)
    number, coop, node = request.match_info["id"], str(data.get("coop", "")), node_of(request)
    match data.get("do"):
        case "join":
            await node.write(lambda uow: council.join(uow, number, by=account.id))
        case "admit":
            await node.write(lambda uow: council.admit(uow, number, coop, by=account.id))
        case "look":
            return await _look(request)
        case "invite":
            await node.write(lambda uow: council.invite(uow, number, coop, by=account.id))
        case "leave":
            await node.write(lambda uow: council.leave(uow, number, by=account.id))
        case "hand-over":
            await node.write(lambda uow: council.hand_over(uow, number, coop, by=account.id))
        case "accept-handover":
            await node.write(lambda uow: council.accept_handover(uow, number, by=account.id))
        case "take-over":
            await node.write(lambda uow: council.take_over(uow, number, by=account.id))
        case _:
            raise web.HTTPBadRequest
    return see_other(f"/council/federations/{number}", told="council-said")


async def _look(request: web.Request) -> web.StreamResponse:
    """Who would let us in, asked of the coop that keeps the log."""
    try:
        yes = await council.said_yes(node_of(request).federation, request.match_info["id"])
    except finding.FAULTS as error:
        return await _federation(request, status=422, wrong=finding.said_of(error))
    return await _federation(request, said_yes=yes)


@routes.get("/council/{charter}.ics")
async def calendar(request: web.Request) -> web.StreamResponse:
    """Openings and ends of votes for a calendar program."""
    _view, found, days = await _by_charter(request)
    address = node_of(request).config.address
    entries = [*votes_of(found, address), *days_of(days, address)]
    content = await asyncio.to_thread(calendars.written, entries, node_of(request).clock.now())
    headers = {"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-cache"}
    return web.Response(body=content, headers=headers)


@routes.get("/council/{charter}.atom")
async def feed(request: web.Request) -> web.StreamResponse:
    """What is proposed and decided, for a feed reader."""
    view, found, days = await _by_charter(request)
    now = node_of(request).clock.now()
    told = [(one, day_text(one)) for one in days if one.told_at <= now]
    changed = [(one, changed_at(one, now)) for one in found if one.state is not State.DRAFT]
    return atom.feed(
        "council/feed.xml",
        {"Cache-Control": "private, no-cache"},
        view=view,
        changed=changed,
        told=told,
        last=max(
            (*(at for _one, at in changed), *(one.told_at for one, _text in told)), default=now
        ),
        address=node_of(request).config.address,
        path=request.path_qs,
        words=words,
        zone=home_zone(request),
    )


def votes_of(found: Iterable[ProposalView], address: str) -> list[Entry]:
    """When votes open and end."""
    return [
        Entry(
            f"{one.name}-{what}@{address}",
            at,
            at + A_MOMENT,
            str(_(said.message, title=one.title)),
        )
        for one in found
        if one.state not in (State.DRAFT, State.WITHDRAWN)
        for what, at, said in (
            ("opens", one.opens_at, _("Voting opens: %(title)s")),
            ("closes", one.closes_at, _("Voting ends: %(title)s")),
        )
    ]


def days_of(days: Iterable[Deadline], address: str) -> list[Entry]:
    """Days of policies: to answer, to look at them again, to let them lapse."""
    return [
        Entry(f"{one.version}-{one.what}@{address}", one.at, one.at + A_MOMENT, str(day_text(one)))
        for one in days
    ]


def day_text(one: Deadline) -> LazyString:
    """What a day of a policy is about."""
    return _(DAYS[one.what].message, name=one.name)


def is_over(view: ProposalView) -> bool:
    return view.state in ENDED


def by_deadline(found: list[ProposalView]) -> list[ProposalView]:
    """What ends first comes first."""
    return sorted(found, key=lambda one: (one.closes_at, one.id))


def powers_of(view: FederationView, scheme: dict[str, object]) -> dict[str, tuple[int, str]]:
    """Votes and power of each member; nothing before there is a charter."""
    if not view.members:
        return {}
    return council.power(scheme, {each.coop: each.members for each in view.members})


def changed_at(view: ProposalView, now: datetime) -> datetime:
    """The last of its known moments that is over."""
    moments = (view.created_at, view.opens_at, view.closes_at)
    return max((at for at in moments if at <= now), default=view.created_at)


async def _by_charter(
    request: web.Request,
) -> tuple[FederationView, list[ProposalView], list[Deadline]]:
    """For whoever has our people's link, everything; for anybody else what is public."""
    charter = request.match_info["charter"]
    async with node_of(request).reading() as reader:
        number = await council.by_charter(reader, charter)
        view = await council.federation(reader, number)
        found = await council.proposals(reader, number)
        key = council.feed_key(reader, charter)
        if not compare_digest(request.query.get("key", "").encode(), key.encode()):
            return view, [one for one in found if one.is_public], []
        return view, found, await policies.deadlines(reader, charter)
