"""A firm that is a member: several people act for it, each by an account of their own."""

import re
from decimal import Decimal

import pytest

from node import accounts, agreements, audit, listings, members, policies, privacy
from node.accounts import Role
from node.agreements import Wanted, WantedLine
from node.errors import InvalidInput
from node.listings import MEMBERS, PriceView
from node.members import Event, Kind
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in, stranger


async def speaks_for(coop: Coop, handle: str, **said: str) -> str:
    """The line in the register of a firm, which somebody's account speaks for."""
    account = await coop.read(accounts.by_handle, handle)
    firm = {"name": "Lane Bakery", "kind": Kind.FIRM, "representative": "Rosa"} | said
    made = await coop.write(
        members.add_member,
        membership_class="producer",
        account_id=account.id,
        admit=Event.ADMIT,
        **firm,
    )
    return str(made.id)


async def comes_in(visitor: Visitor, rosa: Visitor, handle: str) -> str:
    """By the link that whoever speaks for the firm has made; the id of the new account."""
    came = await visitor.post(await link_of(rosa), answers(handle))
    assert came.status == 303, came.text
    return str((await rosa.coop.read(accounts.by_handle, handle)).id)


async def link_of(rosa: Visitor) -> str:
    """For one colleague of hers."""
    page = await rosa.post("/account/colleagues")
    assert page.status == 200, page.text
    [link] = re.findall(rf"{rosa.coop.address}(/in/[\w-]+)<", page.text)
    return str(link)


def answers(handle: str) -> dict[str, str]:
    """What somebody new fills in."""
    return {"handle": handle, "name": handle.capitalize(), "password": "three blue teapots"}


async def test_a_colleague_acts_under_the_firms_membership_until_that_ends(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as ben,
    ):
        assert (await rosa.get("/account/colleagues")).status == 404
        firm = await speaks_for(coop, "rosa")
        assert "/account/colleagues" in (await rosa.get("/account")).text
        ben_id = await comes_in(ben, rosa, "ben")

        assert "You act for this firm." in (await ben.get("/account")).text
        assert (await ben.get("/account/colleagues")).status == 404
        assert (await coop.read(members.acting_for, ben_id)).id == firm
        assert await coop.read(members.by_account, ben_id) is None
        assert len(await coop.read(members.members)) == 1
        deed = (await coop.read(audit.entries, actor=ben_id, subject=firm))[0]
        assert deed.what == "members.join-firm"
        assert "<bdi>Ben</bdi>" in (await femi.get(f"/members/{firm}")).text

        await coop.write(
            policies.choose, policies.MEMBERS_OFFERING_CLASSES.name, ["worker"], by="operator"
        )
        with pytest.raises(InvalidInput):
            await offer(coop, "Rye", by=ben_id)

        ended = await rosa.post(f"/account/colleagues/{ben_id}")
        assert ended.location == "/account/colleagues?told=saved"
        assert (await ben.get("/account")).status == 303
        assert await coop.read(members.colleagues, firm) == []
        assert (await coop.read(accounts.by_handle, "rosa")).disabled is False


async def test_what_a_colleague_published_passes_to_whoever_speaks_for_the_firm(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as ben,
    ):
        await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        rye = await offer(coop, "Rye", by=ben_id)
        draft = await coop.write(
            listings.create, listings.ListingDraft("Cake"), by=ben_id, publish=False
        )
        assert "go on with you" in (await rosa.get("/account/colleagues")).text
        assert (await rosa.post(f"/account/colleagues/{ben_id}")).status == 303
        assert (await coop.read(listings.listing, rye.id)).by != ben_id
        assert "Rye" in (await rosa.get("/mine")).text
        assert (await coop.read(listings.listing, draft.id)).by == ben_id


async def test_a_firms_draft_is_its_writers_until_it_was_sent_in_and_then_all_of_theirs(
    coop: Coop,
) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "maya") as maya,
        stranger(coop) as ben,
    ):
        await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        cake = await coop.write(
            listings.create, listings.ListingDraft("Cake"), by=ben_id, publish=False
        )
        path = f"/listings/{cake.id}"
        assert "Only you and those who" in (await ben.get(path)).text
        assert (await rosa.get(path)).status == 404
        assert "Cake" not in (await rosa.get("/mine")).text
        name = policies.LISTINGS_REVIEW.name
        await coop.write(policies.choose, name, "looked-at-first", by="operator")
        await ben.post(f"{path}/state", {"event": "publish"})
        version = (await coop.read(listings.listing, cake.id)).version
        question = {"do": "send-back", "version": str(version), "words": "Which cake?"}
        assert (await femi.post(f"{path}/review", question)).status == 303
        assert (await coop.read(listings.listing, cake.id)).state == "draft"
        for one in (ben, rosa):
            seen = (await one.get(path)).text
            assert "Only your firm and those who" in seen
            assert "Which cake?" in seen
            assert (await one.get(f"{path}/edit")).status == 200
            assert "Cake" in (await one.get("/mine")).text
        assert (await maya.get(path)).status == 404
        assert "Only those whose it is" in (await femi.get(path)).text
        assert (await rosa.post(f"/account/colleagues/{ben_id}")).status == 303
        assert (await coop.read(listings.listing, cake.id)).by != ben_id


async def test_nobody_closes_the_account_of_a_colleague_who_has_another_task(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "lena", "secretary") as lena,
        stranger(coop) as ben,
    ):
        firm = await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        both = {Role.MEMBER, Role.TREASURER}
        await coop.write(accounts.set_roles, ben_id, both, by="operator")
        refused = await rosa.post(f"/account/colleagues/{ben_id}")
        assert (refused.status, "does more here" in refused.text) == (409, True)
        await coop.write(accounts.set_roles, ben_id, {Role.MEMBER}, by="operator")
        assert (await lena.post(f"/members/{firm}/colleagues/{ben_id}")).status == 303
        assert (await coop.read(accounts.account, ben_id)).disabled


async def test_a_colleague_leaves_alone_and_a_firm_with_all_of_them(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as ben,
        stranger(coop) as maya,
    ):
        firm = await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        maya_id = await comes_in(maya, rosa, "maya")
        known = await coop.read(privacy.all_we_know, await coop.read(privacy.person_of, ben_id))
        told = {entry.key: found for entry, found in known}
        assert told["acting-for"]["firm"][0]["member_id"] == firm
        assert told["membership"]["register"] == []

        ben_now = await coop.read(accounts.account, ben_id)
        await coop.write(privacy.leave, ben_now, keep_listings=True)
        assert (await coop.read(members.member, firm)).status == "active"
        assert await coop.read(members.acting_for, ben_id) is None

        rosa_now = await coop.read(accounts.by_handle, "rosa")
        await coop.write(privacy.leave, rosa_now, keep_listings=True)
        assert (await coop.read(accounts.account, maya_id)).disabled
        assert (await maya.get("/account")).status == 303
        assert await coop.read(listings.mine, maya_id) == []


async def test_only_a_firm_that_is_a_member_has_colleagues(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin"), signed_in(coop, "rosa") as rosa:
        firm = await speaks_for(coop, "rosa")
        await coop.write(members.change_status, firm, Event.SUSPEND, by="operator")
        refused = await rosa.post("/account/colleagues")
        assert (refused.status, "Only a firm that is a member" in refused.text) == (409, True)
    async with signed_in(coop, "ben") as ben:
        await speaks_for(coop, "ben", kind=Kind.PERSON, representative=None, name="Ben")
        assert (await ben.post("/account/colleagues")).status == 404


async def test_no_more_act_for_a_firm_than_may_however_many_links_there_are(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(coop, "femi", "admin"), signed_in(coop, "rosa") as rosa:
        firm = await speaks_for(coop, "rosa")
        made = [await link_of(rosa) for _number in range(3)]
        monkeypatch.setattr("node.limits.COLLEAGUES_MOST", 2)
        for handle, link in zip(("ben", "maya"), made, strict=False):
            async with stranger(coop) as new:
                assert (await new.post(link, answers(handle))).status == 303, handle
        async with stranger(coop) as third:
            refused = await third.post(made[2], answers("lena"))
            assert (refused.status, "At most 2 people act for a firm" in refused.text) == (
                422,
                True,
            )
            assert await coop.read(accounts.by_handle, "lena") is None
            assert len(await coop.read(members.colleagues, firm)) == 2

            [ben, _maya] = await coop.read(members.colleagues, firm)
            assert (await rosa.post(f"/account/colleagues/{ben.account_id}")).status == 303
            full = await rosa.post("/account/colleagues")
            assert (full.status, "Links that nobody has used yet" in full.text) == (409, True)
            assert (await third.post(made[2], answers("lena"))).status == 303


async def test_a_colleague_of_a_firm_that_has_left_pays_what_everybody_pays(coop: Coop) -> None:
    cheap = PriceView(Decimal(8), currency="GBP", unit="piece", whom=MEMBERS)
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as ben,
    ):
        firm = await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        asked = {"kind": "goods", "price_amount": Decimal(12), "unit": "piece"}
        listing = await offer(coop, "Rye", currency="GBP", more_prices=(cheap,), **asked)
        wanted = Wanted((WantedLine(listing.id, Decimal(1), option=1),))
        shown = (await coop.read(agreements.preview, wanted, ben_id)).terms
        assert shown.total[0].text == "8.00"
        await coop.write(members.change_status, firm, Event.END, by="operator", why="dissolved")
        with pytest.raises(InvalidInput, match="option"):
            await coop.read(agreements.preview, wanted, ben_id)
