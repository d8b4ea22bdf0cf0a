"""What leaves the node, to whom, and what takes it back."""

import dataclasses
import json
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from federation.documents import ANYONE, Protected, Requester, Withdrawn
from federation.models import Delivery, OutboxEntry
from federation.relations import Standing
from node import listings
from node.listings import ListingView, State, Viewer, Visibility, draft_of
from node.listings.publishing import Change, carry_out
from protocol import datetimes, proofs
from protocol.addressing import PUBLIC
from tests.node.listings.conftest import GROCER, MEMBER, MICROBLOG, MILL, PEER, Coop
from tests.support.loaf import BASE

PEER_ASKS = Requester(GROCER, Standing.PEER)
STRANGER_ASKS = Requester("https://stranger.example/coop", Standing.STRANGER)
SECRET = "Quince"


async def document(coop: Coop, requester: Requester, path: str) -> Any:
    return await coop.ask(lambda reader: listings.documents.answer(reader, requester, path))


async def catalogue(coop: Coop, requester: Requester, after: str | None = None) -> list[dict]:
    page = await coop.ask(
        lambda reader: listings.documents.catalogue_page(reader, requester, after, 50)
    )
    return page.items


async def catalogue_end(coop: Coop) -> str:
    page = await coop.ask(
        lambda reader: listings.documents.catalogue_page(reader, PEER_ASKS, None, 50)
    )
    return page.next


async def said(coop: Coop) -> list[tuple[str, str, list[str]]]:
    """(activity type, type of its object, its recipients) of everything in the outbox, in order."""
    rows = await coop.ask(
        lambda reader: reader.rows(
            select(OutboxEntry.body, Delivery.recipients)
            .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
            .order_by(Delivery.seq)
        )
    )
    found: dict[str, tuple[str, str, list[str]]] = {}
    for body, recipients in rows:
        activity = json.loads(body)
        thing = activity["object"].get("formerType") or activity["object"]["type"]
        _type, _thing, so_far = found.get(activity["id"], ("", "", []))
        found[activity["id"]] = (activity["type"], thing, so_far + recipients)
    return list(found.values())


async def forget_said(coop: Coop) -> None:
    async def clear(uow: Any) -> None:
        for row in await uow.scalars(select(OutboxEntry)):
            await uow.session.delete(row)

    await coop.write(clear)


def path_of(view: ListingView) -> str:
    return view.uri.removeprefix(BASE)


async def everywhere(coop: Coop, view: ListingView, requester: Requester, viewer: Viewer) -> str:
    """All that a requester is shown of a listing on every surface, as one text."""
    path = path_of(view)
    outbox = await coop.ask(lambda reader: reader.scalars(select(OutboxEntry.body)))
    page = await coop.search(SECRET, viewer=viewer)
    shown = [
        await document(coop, requester, path),
        await document(coop, requester, path + "/note"),
        *await catalogue(coop, requester),
        *[json.loads(body) for body in outbox],
        *[hit.title for hit in page.hits],
    ]
    return json.dumps(shown, default=str)


@pytest.mark.parametrize("state", ["draft", "published", "paused", "retired"])
@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize(
    ("requester", "viewer"),
    [(ANYONE, Viewer("anonymous")), (STRANGER_ASKS, Viewer("anonymous")), (PEER_ASKS, PEER)],
)
async def test_only_what_may_leave_is_seen_on_any_surface(
    followed: Coop, state: str, visibility: Visibility, requester: Requester, viewer: Viewer
) -> None:
    view = await followed.create(SECRET, visibility=visibility, publish=state != "draft")
    for event in {"paused": ["pause"], "retired": ["retire"]}.get(state, []):
        view = await followed.change(view, event)
    may_leave = state in ("published", "paused") and visibility is not Visibility.MEMBER
    outbox_holds_it = SECRET in json.dumps([json.loads(body) for body in await _bodies(followed)])
    assert outbox_holds_it == may_leave
    await forget_said(followed)
    may_see = may_leave and (visibility is Visibility.PUBLIC or requester.is_peer)
    assert (SECRET in await everywhere(followed, view, requester, viewer)) == may_see


async def _bodies(coop: Coop) -> list[bytes]:
    return await coop.ask(lambda reader: reader.scalars(select(OutboxEntry.body)))


async def test_a_public_listing_goes_to_traders_as_proposal_and_to_readers_as_note(
    followed: Coop,
) -> None:
    view = await followed.create()
    assert await said(followed) == [
        ("Create", "Proposal", [GROCER, MILL]),
        ("Create", "Note", [MICROBLOG]),
    ]
    await forget_said(followed)
    view = await followed.edit(view, replace(draft_of(view), title="Rye"))
    assert await said(followed) == [
        ("Update", "Proposal", [GROCER, MILL]),
        ("Update", "Note", [MICROBLOG]),
    ]
    await followed.change(view, "retire")
    assert await said(followed) == [
        ("Delete", "Proposal", [GROCER, MILL]),
        ("Delete", "Note", [MICROBLOG]),
    ]


async def test_a_listing_for_peers_is_told_to_traders_alone_and_is_not_public(
    followed: Coop,
) -> None:
    await followed.create(visibility="federation")
    assert await said(followed) == [("Create", "Proposal", [GROCER, MILL])]
    [body] = await _bodies(followed)
    assert PUBLIC not in body.decode()


async def test_pausing_says_that_it_is_not_available(followed: Coop) -> None:
    view = await followed.change(await followed.create(), "pause")
    shown = await document(followed, PEER_ASKS, path_of(view))
    assert shown["publishes"]["availableQuantity"]["hasNumericalValue"] == "0"
    assert ("Update", "Proposal", [GROCER, MILL]) in await said(followed)


async def test_narrowing_to_members_withdraws_it_and_widening_gives_it_a_new_address(
    followed: Coop,
) -> None:
    view = await followed.create()
    first = view.uri
    view = await followed.edit(view, replace(draft_of(view), visibility=Visibility.MEMBER))
    assert [line[:2] for line in await said(followed)] == [
        ("Delete", "Proposal"),
        ("Delete", "Note"),
    ]
    gone = await document(followed, ANYONE, path_of(view))
    assert isinstance(gone, Withdrawn)
    assert (gone.tombstone["id"], gone.tombstone["formerType"]) == (first, "Proposal")
    assert await followed.titles(viewer=MEMBER) == ["Sourdough"]

    view = await followed.edit(view, replace(draft_of(view), visibility=Visibility.PUBLIC))
    assert view.uri != first
    assert (await document(followed, ANYONE, path_of(view)))["id"] == view.uri
    assert isinstance(await document(followed, ANYONE, first.removeprefix(BASE)), Withdrawn)
    assert (await said(followed))[-2][:2] == ("Create", "Proposal")
    found = await followed.ask(lambda reader: listings.listing(reader, view.uri.rpartition("/")[2]))
    assert found == view


async def test_narrowing_to_peers_takes_the_note_back_and_hides_it_from_strangers(
    followed: Coop,
) -> None:
    view = await followed.create()
    before = await catalogue_end(followed)
    view = await followed.edit(view, replace(draft_of(view), visibility=Visibility.FEDERATION))
    assert await said(followed) == [
        ("Update", "Proposal", [GROCER, MILL]),
        ("Delete", "Note", [MICROBLOG]),
    ]
    assert isinstance(await document(followed, ANYONE, path_of(view)), Protected)
    assert isinstance(await document(followed, ANYONE, path_of(view) + "/note"), Withdrawn)
    assert [item["type"] for item in await catalogue(followed, ANYONE, before)] == ["Tombstone"]
    assert [item["type"] for item in await catalogue(followed, PEER_ASKS, before)] == ["Proposal"]


async def test_what_was_never_public_leaves_no_trace_for_strangers(followed: Coop) -> None:
    before = await followed.create("Rye")
    start = await catalogue_end(followed)
    view = await followed.create(SECRET, visibility="federation")
    view = await followed.change(view, "retire")
    await followed.edit(before, replace(draft_of(before), title="Spelt"))
    assert [item["id"] for item in await catalogue(followed, ANYONE, start)] == [before.uri]
    assert await document(followed, ANYONE, path_of(view) + "/note") is None


async def test_the_catalogue_tells_changes_in_their_order_and_nothing_twice(coop: Coop) -> None:
    rye, spelt = await coop.create("Rye"), await coop.create("Spelt")
    start = await catalogue_end(coop)
    await coop.edit(spelt, replace(draft_of(spelt), title="Spelt loaf"))
    await coop.edit(rye, replace(draft_of(rye), title="Rye loaf"))
    assert [item["name"] for item in await catalogue(coop, PEER_ASKS)] == ["Spelt loaf", "Rye loaf"]
    await coop.change(spelt, "retire")
    told = await catalogue(coop, PEER_ASKS, start)
    assert [(item["type"], item["id"]) for item in told] == [
        ("Proposal", rye.uri),
        ("Tombstone", spelt.uri),
    ]


async def test_documents_are_signed_when_they_change_and_not_when_they_are_read(coop: Coop) -> None:
    view = await coop.create()
    coop.clock.advance(3600)
    shown = await document(coop, PEER_ASKS, path_of(view))
    key = coop.database.identities.coop.ed25519_key.public_key()
    proofs.verify_proof(shown, key, coop.clock.now())
    assert shown["proof"]["created"] == "2027-01-05T10:00:00Z"


async def test_a_silent_node_signs_nothing_anew_for_those_who_read(coop: Coop) -> None:
    view = await coop.create()
    before = await document(coop, PEER_ASKS, path_of(view))
    ours, database = coop.database.identities, coop.database
    database.identities = dataclasses.replace(
        ours, coop=dataclasses.replace(ours.coop, ed25519_listed=())
    )
    coop.clock.advance(3600)
    for is_silent in (True, False):
        database.is_silent = is_silent
        shown = [await document(coop, PEER_ASKS, path_of(view)), *await catalogue(coop, PEER_ASKS)]
        assert [one == before for one in shown] == [is_silent] * 2


async def test_coordinates_leave_the_node_rounded_to_a_kilometre(followed: Coop) -> None:
    view = await followed.create(lat=53.812345, lon=-1.543219)
    await followed.search(near=(53.8, -1.5))
    shown = await document(followed, PEER_ASKS, path_of(view))
    assert (shown["location"]["latitude"], shown["location"]["longitude"]) == (53.81, -1.54)
    [hit] = (await followed.search(viewer=MEMBER)).hits
    assert (hit.lat, hit.lon) == (view.lat, view.lon) == (53.81, -1.54)
    everything = b"".join(await _bodies(followed)).decode()
    assert "53.81" in everything
    assert "53.812" not in everything


async def test_two_changes_in_one_second_have_different_times(coop: Coop) -> None:
    view = await coop.create()
    first = (await document(coop, PEER_ASKS, path_of(view)))["updated"]
    await coop.edit(view, replace(draft_of(view), title="Rye"))
    second = (await document(coop, PEER_ASKS, path_of(view)))["updated"]
    assert datetimes.parse(second) > datetimes.parse(first)


async def test_a_listing_that_runs_out_is_told_to_nobody_but_says_when(followed: Coop) -> None:
    view = await followed.create()
    await forget_said(followed)
    followed.clock.advance(181 * 86_400)
    await followed.write(listings.expire_due)
    assert await said(followed) == []
    assert (await document(followed, PEER_ASKS, path_of(view)))["endTime"] < "2027-07-05"


async def test_a_peer_that_did_not_get_the_create_yet_is_only_told_the_end(followed: Coop) -> None:
    view = await followed.create(SECRET)
    await followed.change(view, "retire")
    assert SECRET not in json.dumps([json.loads(body) for body in await _bodies(followed)])


async def test_a_long_list_takes_as_many_statements_as_a_short_one(followed: Coop) -> None:
    view = await followed.create()
    counts = []

    async def write(uow: Any, amount: int) -> None:
        changes = [
            Change(None, replace(view, id=uow.new_id(), publication_id=None))
            for _number in range(amount)
        ]
        executed = 0
        real = uow.session.execute

        async def counting(*args: Any, **kwargs: Any) -> Any:
            nonlocal executed
            executed += 1
            return await real(*args, **kwargs)

        uow.session.execute = counting
        await carry_out(uow, changes)
        counts.append(executed)

    for amount in (2, 30):
        await followed.write(lambda uow, amount=amount: write(uow, amount))
    assert counts[0] == counts[1]
    entries = await followed.ask(lambda reader: reader.scalar(select(func.count(OutboxEntry.seq))))
    assert entries == 2 * (1 + 2 + 30)


async def test_spread_names_the_coops_that_have_it_and_those_that_wait(followed: Coop) -> None:
    view = await followed.create()
    spread = await followed.ask(lambda reader: listings.spread(reader, view.id))
    assert [(line.name, line.state) for line in spread.lines] == [
        ("Grocer", "pending"),
        ("Mill", "pending"),
    ]
    assert spread.reached == 0


async def test_a_draft_has_spread_to_nobody(followed: Coop) -> None:
    view = await followed.create(publish=False)
    assert view.state is State.DRAFT
    assert (await followed.ask(lambda reader: listings.spread(reader, view.id))).lines == ()
