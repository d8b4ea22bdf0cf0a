"""A rule that a federation passed holds at both ends, and refuses in words what breaks it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from node import listings, policies, referrals
from node.errors import InvalidInput
from node.listings import ListingDraft
from node.listings.models import mirror_table
from node.notices import NoticeKind
from node.notices.models import Notice
from node.policies import PassedPolicy
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.vocabulary.listings import ListingOnWire, listing_document
from tests.stories.by_hand import activity, say
from tests.stories.by_hand import offer as offer_of_need
from tests.stories.market import found, offer, step
from tests.stories.referring import BOILER, PERSON, written

DAY = timedelta(days=1)
FEDERATION = "zToadLane"
_number = iter(range(1, 1000))


@pytest.fixture
async def town(found_town):
    return await found_town(2)


def rule(town, **keys: Any) -> PassedPolicy:
    """A policy that is in force from now on; version 3 of it."""
    return PassedPolicy(
        federation_digest=FEDERATION,
        certificate_digest="zCertificate",
        id="fair-market",
        version="3",
        keys={name.replace("__", "."): value for name, value in keys.items()},
        text="",
        effective_from=town.clock.now(),
    )


async def pass_rule(town, *coops, **keys: Any) -> None:
    for coop in coops:
        await coop.write(policies.put_in_force, rule(town, **keys))
    await town.settle()


async def in_touch(town):
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    return lanehead, portici


def listing_by_hand(coop, title: str, **said: Any) -> dict[str, Any]:
    """A Proposal as any program could write it; published now unless told."""
    uri, now = f"{coop.address}/listings/hand{next(_number)}", coop.node.clock.now()
    told = {"published": now, "updated": now, "purpose": "offer", "to": (PUBLIC,)} | said
    return listing_document(
        ListingOnWire(uri=uri, attributed_to=coop.uri, kind="service", title=title, **told)
    )


async def post(sender, receiver, document, type_: str = "Create"):
    return await say(sender, receiver, activity(sender, type_, document, receiver))


async def listed(coop, title: str) -> Sequence[Any]:
    named = select(mirror_table).where(mirror_table.c.title == title)
    return await coop.read(lambda reader: reader.rows(named))


async def told(coop, kind: NoticeKind) -> bool:
    named = select(Notice.id).where(Notice.kind == kind)
    return bool(await coop.read(lambda reader: reader.scalars(named)))


async def test_a_rule_about_listings_holds_where_they_are_written_and_where_they_arrive(town):
    lanehead, portici = await in_touch(town)
    before = await offer(lanehead, "Bread without a price")
    draft = await lanehead.write(listings.create, ListingDraft("Written before"), by=None)
    old = listing_by_hand(lanehead, "Sent late")
    town.clock.advance(DAY)
    keys = {
        "listings__required_fields": ["place"],
        "listings__banned_categories": ["Casino"],
        "listings__max_age_days": 30,
    }
    await pass_rule(town, lanehead, portici, **keys)

    # Where they are written: in words, with the rule and its version.
    for said in ({}, {"place": "Hebden Bridge", "category": "CASINO"}):
        with pytest.raises(InvalidInput, match=r"listings\.\w+, version 3"):
            await offer(lanehead, "New", **said)
    with pytest.raises(InvalidInput, match="version 3"):
        await step(lanehead, draft, "publish")
    await step(lanehead, before, "pause")
    await step(lanehead, before, "resume")  # what is out already is not offered anew

    # Where they arrive: as a problem document that a program can read.
    status, problem = await post(lanehead, portici, listing_by_hand(lanehead, "New"))
    assert (status, problem["code"]) == (422, "listing-field-missing")
    named = {name: problem[name] for name in ("policy", "version", "key", "limit", "value")}
    assert named == {
        "policy": "fair-market",
        "version": "3",
        "key": "listings.required_fields",
        "limit": "place",
        "value": "no place",
    }
    casino = listing_by_hand(lanehead, "Chips", category="casino")
    status, problem = await post(lanehead, portici, casino)
    assert (status, problem["code"]) == (422, "listing-category-banned")
    assert (problem["limit"], problem["value"]) == ("Casino", "casino")

    # Never by a rule that came later than the listing; its age is that rule's too.
    assert (await post(lanehead, portici, old))[0] == 202
    await offer(lanehead, "Bread, Rochdale", place="Rochdale")
    await town.settle()
    everything = ["Bread without a price", "Bread, Rochdale", "Sent late"]
    assert await found(portici) == everything
    town.clock.advance(31 * DAY)
    assert await found(portici) == ["Sent late"]
    # Nobody is sent anything so late, whatever date it bears; what is known here keeps its day.
    dated = {"published": town.clock.now() - 400 * DAY, "updated": town.clock.now()}
    for late in (old | {"id": f"{old['id']}-2"}, listing_by_hand(lanehead, "Old", **dated)):
        status, problem = await post(lanehead, portici, late)
        assert (status, problem["code"]) == (422, "listing-field-missing")
    again = old | {"name": "Sent again", "updated": datetimes.format(town.clock.now())}
    assert (await post(lanehead, portici, again, "Update"))[0] == 202
    [honest] = await listed(portici, "Bread, Rochdale")
    lie = honest.document | {"published": "2020-01-01T00:00:00Z"}
    lie["updated"] = datetimes.format(town.clock.now())
    lie = {name: value for name, value in lie.items() if name not in ("location", "proof")}
    assert (await post(lanehead, portici, lie, "Update"))[0] == 422


async def test_our_own_choice_is_stricter_for_us_and_for_what_is_found_here(town):
    lanehead, portici = await in_touch(town)
    await portici.write(policies.choose, "listings.required_fields", ["price"], by="board")
    await portici.write(policies.choose, "listings.banned_categories", ["arms"], by="board")
    with pytest.raises(InvalidInput):
        await offer(portici, "No price")
    # What others must write only a federation decides; what is found here we do too.
    assert (await post(lanehead, portici, listing_by_hand(lanehead, "No price")))[0] == 202
    arms = listing_by_hand(lanehead, "Rifle", category="arms")
    status, problem = await post(lanehead, portici, arms)
    assert (status, problem["version"]) == (422, "own-1")


async def test_a_peer_that_is_behind_is_not_refused_for_a_week_and_people_are_told(town):
    lanehead, portici = await in_touch(town)
    older = replace(rule(town, listings__max_age_days=90), version="2")
    for coop in (lanehead, portici):
        await coop.write(policies.put_in_force, older)
    await town.settle()
    town.clock.advance(DAY)
    await pass_rule(town, portici, listings__required_fields=["place"])
    assert await portici.read(policies.behind) == [("Lanehead", lanehead.uri)]

    assert (await post(lanehead, portici, listing_by_hand(lanehead, "No place")))[0] == 202
    assert await told(portici, NoticeKind.POLICY_OUTDATED)
    town.clock.advance(7 * DAY)
    late = listing_by_hand(lanehead, "Still none")
    status, problem = await post(lanehead, portici, late)
    assert (status, problem["code"]) == (422, "listing-field-missing")

    # Whoever shows that it knows the rule has no grace.
    await pass_rule(town, lanehead, listings__required_fields=["place"])
    assert await portici.read(policies.behind) == []


async def test_a_rule_about_referrals_holds_at_both_ends(town):
    lanehead, portici = await in_touch(town)
    early = offer_of_need(lanehead, portici, feeKind="percent", feePercent="4.5")
    early["published"] = early["object"]["published"]
    town.clock.advance(1)
    keys = {
        "referrals__fee_ceiling_percent": "4",
        "referrals__care_categories": ["care"],
        "referrals__answer_days": 2,
    }
    await pass_rule(town, lanehead, portici, **keys)
    old = datetimes.format(town.clock.now() - 400 * DAY)  # of the need, which nobody goes by
    dear = offer_of_need(lanehead, portici, feeKind="percent", feePercent="4.5", published=old)
    quick = datetimes.format(town.clock.now() + DAY)
    status, problem = await say(lanehead, portici, dear | {"endTime": quick})
    assert (status, problem["code"]) == (422, "fee-above-ceiling")
    assert (problem["policy"], problem["version"]) == ("fair-market", "3")
    assert (problem["key"], problem["limit"]) == ("referrals.fee_ceiling_percent", "4")
    assert problem["value"] == "4.5"
    # In three days, where two are agreed.
    status, problem = await say(lanehead, portici, offer_of_need(lanehead, portici))
    assert (status, problem["code"], problem["limit"]) == (422, "answer-too-late", "2")
    assert (await say(lanehead, portici, early))[0] == 202

    with pytest.raises(InvalidInput, match=r"fee_ceiling_percent, version 3.*you wrote 5"):
        await lanehead.write(referrals.start, BOILER, person=PERSON, by="desk")
    fair = replace(BOILER, fee_percent=Decimal(4))
    case = await written(town, lanehead, portici, draft=fair)
    await lanehead.write(referrals.give, case.code, language="en")
    sent = await case.send()
    assert sent.answer_due == town.clock.now() + 2 * DAY
    assert (sent.state, sent.policy_versions["referrals.fee_ceiling_percent"]) == ("sent", "3")

    # Here we may be stricter still.
    await portici.write(policies.choose, "referrals.fee_ceiling_percent", "3", by="board")
    status, problem = await say(lanehead, portici, dear | {"endTime": quick})
    assert (status, problem["limit"]) == (422, "3")


async def test_a_dry_run_counts_what_a_draft_would_touch(town):
    lanehead, portici = await in_touch(town)
    await offer(lanehead, "Bread", place="Rochdale")
    await offer(lanehead, "Cake", category="Sweets", place="Rochdale")
    await offer(lanehead, "Clean")
    case = await written(town, lanehead, portici, draft=BOILER)
    assert (await case.newest()).need.fee.share == 500

    async def counts(**keys):
        draft = {name.replace("__", "."): value for name, value in keys.items()}
        touched = await lanehead.read(policies.dry_run, draft)
        return [(one.what, one.affected, one.total) for one in touched]

    assert await counts(listings__required_fields=["place"]) == [("listings", 1, 3)]
    both = {"listings__required_fields": ["category"], "listings__banned_categories": ["SWEETS"]}
    assert await counts(**both) == [("listings", 3, 3)]
    assert await counts(referrals__fee_ceiling_percent="4.99") == [("referrals", 1, 1)]
    assert await counts(referrals__fee_ceiling_percent="5") == [("referrals", 0, 1)]
    assert await counts(agreements__answer_hours=1) == [("agreements", 0, 0)]
    assert await counts(ranking__text=1) == []
    with pytest.raises(InvalidInput, match="no such key"):
        await counts(listings__nonsense=1)
