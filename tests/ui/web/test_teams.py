"""A team of the coop, or the coop itself, offers something: who speaks for it, who is told."""

import re

from sqlalchemy import select

from federation.storage import Reader
from node import accounts, listings, members
from node.accounts import Role
from node.listings import Complaint
from node.listings.models import publication_table
from node.listings.wire import mirror_columns
from protocol.jsonld import normalise
from protocol.vocabulary.listings import parse_listing
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.test_offices import a_member, give
from tests.ui.web.visitor import signed_in, stranger

TEAM = "Garden team"
WORDS = FORM | {"title": "Garden work", "price_amount": "20", "currency": "GBP"}
GUEST = {"name": "Ada", "contact": "ada@example.org", "do": "look"}


async def test_a_team_offers_answers_and_goes_on_when_somebody_leaves(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "maya") as maya,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "ben") as ben,
        stranger(coop) as passer,
    ):
        first = await a_member(coop, "rosa")
        await a_member(coop, "maya")
        for_team = {"provider": TEAM, "then": "publish"}
        refused = await rosa.post("/listings/new", WORDS | for_team)
        assert (refused.status, "a seat in" in refused.text) == (422, True)
        assert 'name="provider"' not in (await rosa.get("/listings/new")).text
        for member in (first, await coop.read(members.by_account, await _id(coop, "maya"))):
            await give(coop, femi, member, "committee", name=TEAM)
        form = (await rosa.get("/listings/new")).text
        assert f'<option value="{TEAM}">' in form
        assert 'value="coop"' not in form
        preview = (
            await rosa.post("/listings/new", WORDS | {"provider": TEAM, "then": "preview"})
        ).text
        assert f"From <bdi>{TEAM}</bdi>" in preview
        draft = await rosa.post("/listings/new", WORDS | for_team | {"then": "draft"})
        assert "Only your team and those who" in (await maya.get(draft.page)).text
        assert (await ben.get(draft.page)).status == 404
        made = await rosa.post("/listings/new", WORDS | for_team)
        path = made.page
        assert f"From <bdi>{TEAM}</bdi>" in (await passer.get(path)).text
        assert "Garden work" in (await maya.get("/mine")).text
        assert (await ben.get(f"{path}/edit")).status == 403

        key = (await passer.post(f"{path}/ask", GUEST)).holds("key")
        asked = await passer.post(f"{path}/ask", GUEST | {"do": "send", "key": key})
        assert asked.status == 303, asked.text
        for one in (rosa, maya):
            assert "Garden work" in (await one.get("/notices")).text
        assert "Garden work" not in (await ben.get("/notices")).text
        agreed = (await maya.get("/agreements")).leads_to("/agreements/")
        seen = await maya.get(agreed)
        assert TEAM in seen.text
        assert (await ben.get(agreed)).status == 404
        accepted = {"step": "accept", "digest": seen.holds("digest")}
        assert (await maya.post(f"{agreed}/steps", accepted)).status == 303

        letter = {"text": "Do you prune pears?", "name": "Ada"}
        written = await passer.post(f"/write?listing={path.rpartition('/')[2]}", letter)
        assert written.status in (200, 303), written.text
        assert "For the coop, taken by nobody yet" not in (await ben.get("/threads")).text
        desks = [(await one.get("/threads")).text for one in (rosa, maya, femi)]
        [thread] = {at for page in desks for at in re.findall(r'href="(/threads/\w+)"', page)}
        assert (await ben.get(thread)).status == 404
        assert (await rosa.post(thread, {"do": "claim"})).status == 303
        assert (await maya.get(thread)).status == 404

        await coop.write(members.leave, first.id, by="operator", reason="Moves away")
        assert (await passer.get(path)).status == 200
        assert (await rosa.get(f"{path}/edit")).status == 403
        assert (await maya.get(f"{path}/edit")).holds("version").isdecimal()
        over = {"step": "deliver"}
        assert (await maya.post(f"{agreed}/steps", over)).status == 303


async def test_a_team_that_needs_something_hears_who_answers_and_agrees(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "ben") as ben,
        signed_in(coop, "maya") as maya,
    ):
        await give(coop, femi, await a_member(coop, "rosa"), "committee", name=TEAM)
        need = WORDS | {"kind": "request", "title": "Dung", "provider": TEAM, "then": "publish"}
        path = (await rosa.post("/listings/new", need)).page
        key = (await ben.post(f"{path}/ask", {"do": "look"})).holds("key")
        asked = await ben.post(f"{path}/ask", {"do": "send", "key": key})
        assert asked.status == 303, asked.text
        agreed = asked.page
        assert "Dung" in (await rosa.get("/notices")).text
        assert "Dung" not in (await femi.get("/notices")).text
        assert agreed in (await rosa.get("/agreements")).text
        seen = await rosa.get(agreed)
        assert TEAM in seen.text
        assert (await maya.get(agreed)).status == 404
        accepted = {"step": "accept", "digest": seen.holds("digest")}
        assert (await ben.post(f"{agreed}/steps", accepted)).status != 303
        assert (await rosa.post(f"{agreed}/steps", accepted)).status == 303


async def test_who_sits_in_a_team_hears_what_is_withheld_and_does_not_decide_about_it(
    coop: Coop,
) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "maya") as maya,
        signed_in(coop, "ben") as ben,
    ):
        for handle in ("rosa", "maya"):
            await give(coop, femi, await a_member(coop, handle), "committee", name=TEAM)
        listing = await offer(coop, "Garden work", provider=TEAM)
        moderators = {Role.MEMBER, Role.MODERATOR}
        await coop.write(accounts.set_roles, await _id(coop, "maya"), moderators, by="operator")
        case = await coop.write(listings.report, listing, Complaint("fraud"))
        decided = {"do": "withhold", "ground": "fraud", "words": "Not your garden."}
        assert (await maya.post(f"/moderation/{case}", decided)).status == 403
        assert (await femi.post(f"/moderation/{case}", decided)).status == 303
        for one in (rosa, maya):
            assert "Garden work" in (await one.get("/notices")).text
        assert (await ben.get(f"/moderation/{case}")).status == 404
        appeal = {"do": "appeal", "words": "It is ours to prune."}
        assert (await rosa.post(f"/moderation/{case}", appeal)).status == 303


async def test_the_coop_offers_in_its_own_name_by_its_admins_and_peers_hear_of_teams(
    coop: Coop,
) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "rosa") as rosa:
        own = WORDS | {"provider": "coop", "then": "publish"}
        assert (await rosa.post("/listings/new", own)).status == 422
        path = (await femi.post("/listings/new", own)).page
        assert (await rosa.get(f"{path}/edit")).status == 403
        view = await coop.read(listings.listing, path.rpartition("/")[2])
        assert (view.by, view.team) == (None, None)
        await give(coop, femi, await a_member(coop, "rosa"), "committee", name=TEAM)
        program = Program(femi).with_token(await token_for(coop, "admin"))
        body = {"provider": TEAM}
        changed = await program.call("PATCH", f"{API}{path}", body)
        assert (changed.status, changed.body["provider"]) == (200, TEAM)
        assert (await rosa.get(f"{path}/edit")).status == 200
        wrong = await program.call("PATCH", f"{API}{path}", {"provider": "Nobody's team"})
        assert wrong.status == 422
        document = await coop.read(_document, view.id)
        told = mirror_columns(parse_listing(normalise(document)), view.created_at)
        assert told["provider_name"] == TEAM


async def _document(reader: Reader, listing_id: str) -> dict:
    p = publication_table.c
    return await reader.scalar(select(p.document).where(p.listing_id == listing_id))


async def _id(coop: Coop, handle: str) -> str:
    return (await coop.read(accounts.by_handle, handle)).id
