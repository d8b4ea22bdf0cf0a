"""Telling programs, by API and by page; what happens in every slice is told, and nobody's name."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from node import agreements, listings, members, peers, referrals, webhooks
from node.agreements import Wanted, WantedLine
from node.listings import ListingDraft
from node.members import Event
from node.webhook_events import listing_kind
from node.webhooks import Kind
from tests.node.webhooks.program import Program as Waiting
from tests.node.webhooks.program import program
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, add_account, signed_in, stranger

PERSONAL = ("Rosa Whitworth", "rosa@example.org", "0161 496", "Sourdough for Rosa", "Halima", "cry")


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(3)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


@pytest.fixture
async def waiting(town: Town) -> AsyncGenerator[Waiting]:
    """A program where the third coop was: this node may call it there."""
    await town.coops[2].go_away()
    async with program(int(town.coops[2].address.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def url(town: Town) -> str:
    return f"{town.coops[2].address}/hooks"


@pytest.fixture
async def api(coop: Coop) -> AsyncGenerator[Program]:
    async with stranger(coop) as visitor:
        yield Program(visitor, await token_for(coop, "admin"))


async def test_a_program_is_told_watched_and_told_again_by_api(
    coop: Coop, api: Program, waiting: Waiting, url: str
) -> None:
    made = (await api.call("POST", f"{API}/webhooks", {"url": url})).body
    assert made["secret"].startswith("whsec_")
    path = f"{API}/webhooks/{made['webhook']['id']}"
    assert "secret" not in (await api.call("GET", path)).body
    sent = (await api.call("POST", f"{path}/test")).body
    assert (sent["state"], sent["attempts"][0]["status"]) == ("delivered", 204)

    waiting.status = 500
    await coop.write(listings.create, ListingDraft("Oven clean"), by=None, publish=True)
    await coop.node.webhooks.settle()
    await api.call("PATCH", path, {"on": False})
    bare = {"Authorization": f"Bearer {api.token}"}
    assert (await api.visitor.ask("POST", f"{path}/replay", headers=bare)).status == 409
    assert (await api.call("PATCH", path, {"on": True})).body["on"] is True
    [failed] = (await api.call("GET", f"{path}/log?state=failed")).body["items"]
    assert failed["payload"]["type"] == "listing.published"
    waiting.status = 200
    assert (await api.call("POST", f"{path}/replay", {"deliveries": [failed["id"]]})).status == 202
    assert (await api.call("POST", f"{path}/replay", {"deliveries": ["nothing"]})).status == 404
    await coop.node.webhooks.settle()
    assert waiting.heard[-1].headers["webhook-id"] == failed["message"]
    first = (await api.call("GET", f"{path}/log?limit=1")).body
    second = (await api.call("GET", f"{path}/log?limit=1&cursor={first['next']}")).body
    assert {first["items"][0]["state"], second["items"][0]["state"]} == {"delivered"}
    assert second["next"] is None
    assert (await api.call("DELETE", path)).status == 204
    assert (await api.call("GET", path)).status == 404

    elsewhere = await api.call("POST", f"{API}/webhooks", {"url": "http://127.0.0.1:1/x"})
    assert (elsewhere.status, list(elsewhere.body["errors"])) == (422, ["url"])
    assert "dev_peers" in elsewhere.body["errors"]["url"][0]
    unknown = await api.call("POST", f"{API}/webhooks", {"url": url, "events": ["member.name"]})
    assert (unknown.status, list(unknown.body["errors"])) == (422, ["events"])


async def test_an_admin_tells_a_program_by_forms(
    coop: Coop, femi: Visitor, waiting: Waiting, url: str
) -> None:
    assert 'href="/settings/webhooks"' in (await femi.get("/settings")).text
    assert "No program is told yet" in (await femi.get("/settings/webhooks")).text
    form = {"url": url, "description": "Our shop", "kinds": ["listing.published", "peer.changed"]}
    made = await femi.post("/settings/webhooks", form)
    [secret] = re.findall(r"whsec_[\w+/=]+", made.text)
    assert made.status == 200
    [view] = await coop.read(webhooks.webhooks)
    page = f"/settings/webhooks/{view.id}"
    assert secret not in (await femi.get(page)).text
    assert "2 kinds of news" in (await femi.get("/settings/webhooks")).text
    tested = await femi.post(f"{page}/do", {"do": "test"})
    assert tested.location == f"{page}?told=test-arrived"
    waiting.status = 404
    assert (await femi.post(f"{page}/do", {"do": "test"})).location.endswith("test-failed")
    shown = (await femi.get(page)).text
    assert "It answered with the status 404: so it is" in shown
    assert "given up" in shown
    await femi.post(f"{page}/do", {"do": "replay"})
    assert (await femi.post(f"{page}/do", {"do": "fly"})).status == 400
    assert (await femi.post(page, form | {"kinds": []})).status == 422
    assert (await femi.post(page, form | {"url": "nowhere"})).status == 422
    assert (await femi.post(page, form | {"kinds": ["peer.changed"]})).status == 303
    assert (await coop.read(webhooks.webhook, view.id)).kinds == (Kind.PEER_CHANGED,)
    await femi.post(f"{page}/do", {"do": "off"})
    assert "switched off by hand" in (await femi.get(page)).text
    await femi.post(f"{page}/do", {"do": "remove"})
    assert (await femi.get(page)).status == 404
    async with signed_in(coop, "maya") as maya:
        assert (await maya.get("/settings/webhooks")).status == 403
        assert (await maya.post("/settings/webhooks", form)).status == 403


async def test_every_slice_is_heard_and_nobody_is_named(
    town: Town, coop: Coop, api: Program, waiting: Waiting, url: str
) -> None:
    await api.call("POST", f"{API}/webhooks", {"url": url})
    await town.introduce(coop, town.coops[1])
    draft = ListingDraft("Sourdough for Rosa")
    bread = await coop.write(listings.create, draft, by=None, publish=True)
    changed = ListingDraft("Sourdough for Rosa W.")
    await coop.write(listings.edit, bread.id, changed, by=None, expected_version=bread.version)
    rosa = await coop.write(
        members.add_member,
        name="Rosa Whitworth",
        email="rosa@example.org",
        phone="0161 496 0000",
        membership_class="worker",
        admit=Event.ADMIT,
    )
    maya = await add_account(coop, "maya")
    await coop.write(agreements.ask, Wanted((WantedLine(bread.id),)), account=maya)
    [asked] = await coop.read(agreements.agreements, agreements.OPERATOR)
    await coop.write(agreements.do, asked.id, "decline", agreements.OPERATOR)
    need = referrals.Draft(summary="A boiler is to be mended")
    case = await coop.write(
        referrals.start, need, person={"name": "Halima", "phone": "0161 496"}, by=maya.id
    )
    await coop.write(referrals.correct, case.id, by=maya.id)
    await coop.write(listings.change_state, bread.id, "retire", by=None)
    await coop.write(peers.suspend, town.coops[1].uri, "they cry")
    await coop.node.webhooks.settle()

    told: list[dict[str, Any]] = [one.said for one in waiting.heard]
    assert {one["type"] for one in told} == {
        "peer.changed", "listing.published", "listing.updated", "member.admitted",
        "agreement.requested", "agreement.changed", "referral.changed", "listing.retired",
    }  # fmt: skip
    by_kind = {one["type"]: one["data"] for one in told}
    assert by_kind["member.admitted"] == {
        "id": rosa.id,
        "url": f"{coop.address}{API}/members/{rosa.id}",
    }
    assert by_kind["agreement.changed"]["state"] == "declined"
    assert by_kind["referral.changed"]["state"] == "entered_in_error"
    for one in told:
        assert set(one["data"]) <= {"url", "id", "uri", "state", "payment", "step"}
        rest = one["data"]["url"].removeprefix(coop.address)
        assert (await api.call("GET", rest)).status == 200, one
    bodies = b"".join(one.body for one in waiting.heard).decode()
    assert [word for word in PERSONAL if word in bodies] == []


def test_drafts_are_not_told() -> None:
    state = listings.State
    assert listing_kind(None, state.DRAFT) is None
    assert listing_kind(state.DRAFT, state.RETIRED) is None
    assert listing_kind(state.DRAFT, state.PUBLISHED) is Kind.LISTING_PUBLISHED
    assert listing_kind(state.PAUSED, state.PUBLISHED) is Kind.LISTING_PUBLISHED
    assert listing_kind(state.PUBLISHED, state.PAUSED) is Kind.LISTING_UPDATED
    assert listing_kind(state.PUBLISHED, state.EXPIRED) is Kind.LISTING_UPDATED
    assert listing_kind(state.EXPIRED, state.RETIRED) is Kind.LISTING_RETIRED
