"""Peers and deliveries by API: ask another coop, answer one, see what is on its way."""

from aiohttp import web

from federation import delivery
from federation.models import DeliveryState, RuleLevel
from node import listings, peers
from node.peers import DomainView, PeerView
from ui.web.api import domain_types, peer_types, types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.carrying import MEDIA, contacts_file
from ui.web.pages.domains import blocks_file

table = EndpointTable()


@table.add(
    "GET", "/peers", "The coops we deal with", scope="peers:write", answer=peer_types.PeerList
)
async def known(call: Call) -> peer_types.PeerList:
    return await _all(call)


async def _all(call: Call) -> peer_types.PeerList:
    async with call.node.reading() as reader:
        coops = await peers.everyone(reader)
        offers = await listings.mirrors_by_coop(reader, call.visitor.viewer)
    return peer_types.PeerList([_peer(coop, offers.get(coop.uri, 0)) for coop in coops])


@table.add(
    "GET",
    "/peers/contacts",
    "The coops we work with, for an address book or a spreadsheet",
    scope="read",
    query=types.ContactsSearch,
    media=MEDIA,
)
async def take_along(call: Call) -> web.StreamResponse:
    asked: types.ContactsSearch = call.query
    async with call.node.reading() as reader:
        cards = await peers.contacts(reader)
    return await contacts_file(cards, "coops", asked.format)


@table.add(
    "POST",
    "/peers",
    "Ask another coop to work with us",
    scope="peers:write",
    body=peer_types.PeerNew,
    answer=peer_types.PeerList,
    status=202,
    example={"address": "https://pioneer.example"},
)
async def ask(call: Call) -> peer_types.PeerList:
    await peers.ask(call.node.federation, call.body.address, by=call.account.id)
    return await _all(call)


@table.add(
    "PATCH",
    "/peers",
    "Accept, decline, put on hold, resume, vouch for or leave a coop",
    scope="peers:write",
    body=peer_types.PeerChange,
    answer=peer_types.PeerList,
    example={"uri": "https://pioneer.example/coop", "do": "accept"},
)
async def change(call: Call) -> peer_types.PeerList:
    given: peer_types.PeerChange = call.body
    await call.node.write(
        lambda uow: peers.answer(uow, given.do, given.uri, by=call.account.id, reason=given.reason)
    )
    return await _all(call)


@table.add(
    "GET",
    "/domains",
    "The rules about whole domains, those that are over too",
    scope="peers:write",
    answer=peer_types.DomainList,
)
async def domains(call: Call) -> peer_types.DomainList:
    async with call.node.reading() as reader:
        return peer_types.DomainList([_domain(rule) for rule in await peers.domains(reader)])


@table.add(
    "POST",
    "/domains",
    "Let a domain in, keep it at a distance or shut it out; replaces its earlier rule",
    scope="peers:write",
    body=peer_types.DomainNew,
    answer=peer_types.Domain,
    status=201,
    example={"domain": "evil.example", "level": "limit", "reason": "Too loud", "days": 30},
)
async def decide(call: Call) -> peer_types.Domain:
    given: peer_types.DomainNew = call.body
    level = RuleLevel(given.level)
    return _domain(
        await call.node.write(
            lambda uow: peers.decide(
                uow, given.domain, level, given.reason, days=given.days, by=call.account.id
            )
        )
    )


@table.add(
    "POST",
    "/domains/import",
    "Take over a list of blocked domains as Mastodon writes it, or say what would change",
    scope="peers:write",
    body=domain_types.BlocklistNew,
    answer=domain_types.BlocklistReport,
    example={"csv": "#domain,#severity\nevil.example,suspend\n", "dry_run": True},
)
async def bring_in(call: Call) -> domain_types.BlocklistReport:
    given: domain_types.BlocklistNew = call.body
    report = await peers.import_blocks(
        call.node,
        given.csv.encode(),
        name=given.name,
        dry_run=given.dry_run,
        by=call.account.id,
    )
    return domain_types.BlocklistReport(
        rows=report.rows,
        blocked=report.blocked,
        limited=report.limited,
        unchanged=report.unchanged,
        idle=report.idle,
        kept=report.kept,
        refused=[
            domain_types.BlocklistRefusal(one.row, one.domain, str(one.reason))
            for one in report.refused
        ],
        cut_off=report.cut_off,
        distant=report.distant,
    )


@table.add(
    "GET",
    "/domains/export",
    "Our blocks and limits as such a list, without reasons",
    scope="peers:write",
    media=("text/csv",),
)
async def take_out(call: Call) -> web.StreamResponse:
    async with call.node.reading() as reader:
        return blocks_file(await peers.domains(reader))


@table.add("DELETE", "/domains/{domain}", "Lift a rule", scope="peers:write", status=204)
async def lift(call: Call) -> None:
    await call.node.write(lambda uow: peers.lift(uow, call.path["domain"], by=call.account.id))


@table.add(
    "GET",
    "/deliveries",
    "Messages to other coops: delivered, on their way, or held up and why",
    scope="peers:write",
    query=peer_types.DeliverySearch,
    answer=peer_types.DeliveryList,
)
async def deliveries(call: Call) -> peer_types.DeliveryList:
    asked: peer_types.DeliverySearch = call.query
    async with call.node.reading() as reader:
        state = DeliveryState(asked.state) if asked.state else None
        letters, cursor = await delivery.deliveries(reader, state, asked.limit, asked.cursor)
    return peer_types.DeliveryList(
        items=[
            peer_types.Delivery(
                id=line.id,
                peer=line.authority,
                object=line.object_uri,
                state=line.state,
                attempts=line.attempts,
                last_error=line.last_error,
                next_attempt_at=line.next_attempt_at,
                delivered_at=line.delivered_at,
            )
            for line in letters
        ],
        next=cursor,
    )


@table.add(
    "POST",
    "/deliveries/{id}/retry",
    "Try a held-up message again now",
    scope="peers:write",
    status=204,
)
async def retry(call: Call) -> None:
    await call.node.write(lambda uow: delivery.retry(uow, call.path["id"]))


@table.add(
    "DELETE",
    "/deliveries/{id}",
    "Give a held-up message up",
    scope="peers:write",
    status=204,
)
async def drop(call: Call) -> None:
    await call.node.write(lambda uow: delivery.drop(uow, call.path["id"]))


def _domain(rule: DomainView) -> peer_types.Domain:
    return peer_types.Domain(
        domain=rule.domain,
        level=rule.level.value,
        reason=rule.reason,
        created_at=rule.created_at,
        expires_at=rule.expires_at,
        over=rule.is_over,
    )


def _peer(peer: PeerView, offers: int) -> peer_types.Peer:
    return peer_types.Peer(
        uri=peer.uri,
        name=peer.name,
        address=peer.authority,
        place=peer.place,
        state=peer.state,
        since=peer.since,
        last_heard_at=peer.last_heard_at,
        listings=offers,
        waiting_deliveries=peer.pending_deliveries,
    )
