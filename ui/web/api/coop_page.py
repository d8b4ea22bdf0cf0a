"""What coops say of themselves, by API: ours, changed by who looks after the node, and others."""

from typing import Any

import msgspec
from msgspec import UNSET

from federation.storage import UnitOfWork
from node import directory, figures, limits, media, peers, places
from node.directory import NEAR_KM, Neighbour, Wanted
from node.errors import InvalidInput
from node.media import PictureUnreadable
from node.peers import Figure, Governance, Logo, Opening, Words
from ui.web.api.coop_types import (
    CoopChange,
    CoopFederation,
    CoopItem,
    CoopList,
    CoopNames,
    CoopPage,
    CoopSearch,
    CoopWords,
)
from ui.web.api.endpoints import LARGEST_BODY, Call, EndpointTable
from ui.web.api.listings import position
from ui.web.api.types import Place

table = EndpointTable()
_LOGO_SIZE = 800
_LARGEST = limits.PICTURE_API_BYTES * 4 // 3 + LARGEST_BODY


@table.add("GET", "/coop", "What the coop says of itself", answer=CoopPage)
async def read(call: Call) -> CoopPage:
    return await _page(call)


async def _page(call: Call) -> CoopPage:
    async with call.node.reading() as reader:
        profile = await call.node.profile(reader)
        telling = await peers.our_telling(reader)
        told = await peers.told_by_us(reader)
        known = directory.shown_to(call.visitor.viewer, await peers.peers(reader))
        vouched = await peers.vouched_by(reader, known)
    base = call.node.config.address
    ours = call.node.federation.identities.coop.uri
    return CoopPage(
        name=profile.name,
        uri=ours,
        url=f"{base}/",
        summary=profile.summary,
        place=profile.place,
        story=telling.story,
        legal_name=telling.legal_name,
        legal_form=telling.legal_form,
        jurisdiction=telling.jurisdiction,
        register_number=telling.register_number,
        register_page=telling.register_page,
        tax_number=telling.tax_number,
        founded_on=telling.founded_on,
        area=telling.area,
        governance=telling.governance.value if telling.governance else None,
        asset_lock=telling.asset_lock,
        dissolution=telling.dissolution,
        fiscal_year=telling.fiscal_year,
        languages=list(profile.languages),
        currency=telling.currency,
        sectors=list(telling.sectors),
        principles=list(telling.principles),
        deciding=list(telling.deciding),
        associations=list(telling.associations),
        contact=list(telling.contact),
        vouches_for=list(telling.vouches_for),
        vouched_by=[one.uri for one in vouched.get(ours, ())],
        opening=telling.opening.value if telling.opening else None,
        join=told.join and base + told.join,
        figures={one.value: number for one, number in told.figures},
        logo=base + told.logo.at(_LOGO_SIZE) if told.logo else None,
        others={
            tag: msgspec.convert(msgspec.to_builtins(words), CoopWords)
            for tag, words in telling.others.items()
        },
    )


@table.add(
    "PATCH",
    "/coop",
    "Change what the coop says of itself; coops it works with are told",
    scope="admin",
    body=CoopChange,
    answer=CoopPage,
    example={
        "story": "We began in 1844.",
        "opening": "open",
        "governance": "worker",
        "figures": ["members"],
    },
    largest=_LARGEST,
)
async def change(call: Call) -> CoopPage:
    given: CoopChange = call.body
    fresh = await _fresh(call, given)

    async def work(uow: UnitOfWork) -> None:
        profile = await call.node.profile(uow)
        await figures.change_profile(
            uow,
            name=profile.name if given.name is UNSET else given.name,
            summary=profile.summary if given.summary is UNSET else given.summary,
            place=profile.place if given.place is UNSET else given.place,
            tells=msgspec.structs.replace(await peers.our_telling(uow), **fresh),
            by=call.account.id,
        )

    if given.place:
        await places.at_hand()
    await call.node.write(work)
    return await _page(call)


@table.add(
    "GET",
    "/coops",
    "The coops we work with: what they offer, where, and how they are made",
    query=CoopSearch,
    answer=CoopList,
)
async def neighbours(call: Call) -> CoopList:
    asked: CoopSearch = call.query
    wanted = Wanted(
        q=asked.q,
        kind=asked.kind,
        near=await position(asked.near),
        within_km=asked.within_km or NEAR_KM,
        federation=asked.federation,
        opening=Opening(asked.opening) if asked.opening else None,
        sector=asked.sector,
        governance=Governance(asked.governance) if asked.governance else None,
    )
    async with call.node.reading() as reader:
        together = await directory.federations(reader) if _may_see_councils(call) else []
        known = await peers.peers(reader)
        found = await directory.neighbours(reader, known, wanted, call.visitor.viewer, together)
    base, ours = call.node.config.address, call.node.federation.identities.coop.uri
    return CoopList([_item(one, base, ours) for one in found])


def _may_see_councils(call: Call) -> bool:
    """Whoever is signed in; of programs those whose token may read the council."""
    scopes = call.visitor.scopes
    if scopes is None:
        return call.visitor.account is not None
    return bool(scopes & {"council:read", "admin"})


def _item(one: Neighbour, base: str, ours: str) -> CoopItem:
    peer, told = one.peer, one.told
    has_place = peer.place is not None or peer.lat is not None
    return CoopItem(
        name=peer.name,
        uri=peer.uri,
        address=peer.authority,
        url=f"{base}/coops/{peer.authority}",
        summary=peer.summary,
        place=Place(peer.place, peer.lat, peer.lon) if has_place else None,
        distance_km=None if one.distance_km is None else round(one.distance_km, 1),
        listings=one.offers,
        kinds=dict(one.kinds),
        legal_form=told.line("legal-form"),
        jurisdiction=told.line("jurisdiction"),
        register_page=told.line("register-page"),
        associations=list(told.lines("associations")),
        governance=told.governance.value if told.governance else None,
        asset_lock=told.asset_lock,
        dissolution=told.line("dissolution"),
        fiscal_year=told.line("fiscal-year"),
        languages=list(told.languages),
        currency=told.line("currency"),
        founded_on=told.line("founded-on"),
        sectors=list(told.lines("sectors")),
        deciding=list(told.lines("deciding")),
        opening=told.opening.value if told.opening else None,
        join=told.join,
        figures={figure.value: number for figure, number in told.figures},
        federations=[
            CoopFederation(each.id, each.name, str(each.scheme.get("scheme", "")), dict(each.rule))
            for each in one.federations
        ],
        names=[CoopNames(each.name, each.page) for each in one.names],
        vouched_by=one.vouched_by(ours),
    )


async def _fresh(call: Call, given: CoopChange) -> dict[str, Any]:
    """What is told otherwise from now on; the rest stays as it stands when this is written."""
    fresh: dict[str, Any] = {
        name: value
        for name in ("story", *peers.LINE_FIELDS)
        if (value := getattr(given, name)) is not UNSET
    }
    fresh |= {
        name: tuple(lines)
        for name in peers.LINES_FIELDS
        if (lines := getattr(given, name)) is not UNSET
    }
    if given.opening is not UNSET:
        fresh["opening"] = Opening(given.opening) if given.opening else None
    if given.governance is not UNSET:
        fresh["governance"] = Governance(given.governance) if given.governance else None
    if given.asset_lock is not UNSET:
        fresh["asset_lock"] = given.asset_lock
    if given.figures is not UNSET:
        fresh["figures"] = tuple(map(Figure, given.figures))
    if given.others is not UNSET:
        fresh["others"] = msgspec.convert(msgspec.to_builtins(given.others), dict[str, Words])
    if given.logo is not UNSET:
        fresh["logo"] = await _logo(call, given.logo) if given.logo else None
    return fresh


async def _logo(call: Call, content: bytes) -> Logo:
    try:
        digest = await call.node.pictures.take(content, by=call.account.id)
    except PictureUnreadable as error:
        raise InvalidInput({"logo": [str(error)]}) from None
    async with call.node.reading() as reader:
        sizes = await media.known(reader, [digest])
    return Logo(digest, *sizes[digest])
