from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from federation.storage import UnitOfWork
from node import accounts, listings, policies
from node.accounts import Role
from node.errors import Conflict, InvalidInput
from node.listings import Cancelling, Conditions, ListingDraft, PriceView, draft_of
from node.listings.models import listing_table
from tests.node.listings.conftest import ACCOUNT, Coop


async def test_a_title_is_all_that_a_listing_needs(coop: Coop) -> None:
    view = await coop.create("Two-hour home clean")
    assert (view.state, view.kind, view.visibility) == ("published", "service", "public")
    assert await coop.titles("clean") == ["Two-hour home clean"]


async def test_a_listing_without_a_title_is_refused_by_field(coop: Coop) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await coop.create(" \u202e\n")
    assert list(refusal.value.fields) == ["title"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"lat": 53.8}, "lat"),
        ({"lat": 153.8, "lon": 1.0}, "lat"),
        ({"lat": 3.8, "lon": 181.0}, "lon"),
        ({"radius_km": -1}, "radius_km"),
        ({"price_amount": Decimal(5)}, "currency"),
        ({"price_amount": Decimal(5), "currency": "GOLD"}, "currency"),
        ({"price_amount": Decimal("5.001"), "currency": "GBP"}, "price_amount"),
        ({"price_amount": Decimal(-5), "currency": "GBP"}, "price_amount"),
        ({"price_amount": Decimal(5), "price_max": Decimal(4), "currency": "GBP"}, "price_max"),
        ({"price_max": Decimal(4)}, "price_amount"),
        ({"languages": ("english",)}, "languages"),
        ({"tags": tuple(map(str, range(31)))}, "tags"),
        ({"kind": "wish"}, "kind"),
        ({"visibility": "friends"}, "visibility"),
        ({"expires_on": date(2027, 1, 4)}, "expires_on"),
        ({"expires_on": date(2030, 1, 4)}, "expires_on"),
    ],
)
async def test_a_fault_is_told_at_its_field(coop: Coop, fields: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await coop.create(**{"title": "Bread"} | fields)
    assert list(refusal.value.fields) == [field]


async def test_a_draft_is_found_by_nobody_and_has_no_publication(coop: Coop) -> None:
    view = await coop.create(publish=False)
    assert view.publication_id is None
    assert await coop.titles() == []


async def test_the_life_of_a_listing(coop: Coop) -> None:
    view = await coop.create(publish=False)
    for event, state, found in [
        ("publish", "published", 1),
        ("pause", "paused", 0),
        ("resume", "published", 1),
        ("retire", "retired", 0),
    ]:
        view = await coop.change(view, event)
        assert (view.state, len(await coop.titles())) == (state, found)


async def test_what_was_taken_down_stays_down(coop: Coop) -> None:
    view = await coop.change(await coop.create(), "retire")
    with pytest.raises(Conflict):
        await coop.change(view, "publish")
    with pytest.raises(Conflict):
        await coop.edit(view, draft_of(view))


async def test_the_second_of_two_people_editing_is_told(coop: Coop) -> None:
    view = await coop.create()
    await coop.edit(view, replace(draft_of(view), title="Rye"))
    with pytest.raises(Conflict):
        await coop.edit(view, replace(draft_of(view), title="Spelt"))
    assert await coop.titles() == ["Rye"]


async def test_saving_without_a_change_changes_nothing(coop: Coop) -> None:
    view = await coop.create(body="Long *rise*.", place="Leeds, GB", tags=("bread",))
    coop.clock.advance(60)
    assert await coop.edit(view, draft_of(view)) == view


async def test_an_edit_keeps_the_exact_place_while_its_name_stays(coop: Coop) -> None:
    view = await coop.create(place="The old mill, Leeds", lat=53.81234, lon=-1.54321)
    typed = replace(draft_of(view), title="Rye", lat=None, lon=None)
    view = await coop.edit(view, typed)
    assert view.position == (53.81234, -1.54321)
    view = await coop.edit(view, replace(typed, place="Bologna, Italia"))
    assert (view.lat, view.lon) == (44.49, 11.34)


async def test_a_listing_runs_out_and_can_be_offered_again(coop: Coop) -> None:
    await coop.create("Winter soup", expires_on=date(2027, 1, 20))
    coop.clock.advance(timedelta(days=15, hours=13))
    assert await coop.write(listings.expire_due) == 0
    coop.clock.advance(timedelta(hours=2))
    assert await coop.titles() == []
    assert await coop.write(listings.expire_due) == 1
    [view] = await coop.ask(lambda reader: listings.mine(reader, ACCOUNT))
    assert view.state == "expired"
    view = await coop.change(view, "renew")
    assert (view.state, view.expires_on) == ("published", None)
    assert await coop.titles() == ["Winter soup"]


async def test_a_listing_without_a_last_day_runs_out_by_the_policy(coop: Coop) -> None:
    view = await coop.create()
    assert view.expires_at == coop.clock.now() + timedelta(days=180)


async def test_a_person_cannot_do_what_is_the_clocks(coop: Coop) -> None:
    with pytest.raises(InvalidInput):
        await coop.change(await coop.create(), "expire")
    assert "expire" not in listings.events_from("published")


async def test_mine_lists_what_i_wrote_last_changed_first(coop: Coop) -> None:
    first = await coop.create("Rye")
    coop.clock.advance(60)
    await coop.create("Spelt")
    coop.clock.advance(60)
    await coop.edit(first, ListingDraft("Rye bread"))
    mine = await coop.ask(lambda reader: listings.mine(reader, ACCOUNT))
    assert [view.title for view in mine] == ["Rye bread", "Spelt"]
    assert await coop.ask(lambda reader: listings.mine(reader, "somebody else")) == []


async def test_what_was_kept_before_it_would_be_refused_goes_on(coop: Coop) -> None:
    """Percentages the wrong way round and two prices of one name were taken by 0.1.0."""
    hour = {"price_amount": Decimal(20), "currency": "GBP", "unit": "hour", "price_label": "Usual"}
    cancelling = Conditions(cancelling=Cancelling(48, 10, 60))
    other = PriceView(Decimal(30), currency="GBP", unit="hour", label="Other")
    kept = {"conditions": cancelling, "more_prices": (other,)} | hour
    drafts = [await coop.create("Lessons", publish=False, **kept) for _ in range(2)]
    ends = await coop.create("Soup", expires_on=date(2027, 1, 8), **kept)

    async def as_before(uow: UnitOfWork) -> None:
        for row in await uow.rows(select(listing_table)):
            said = {"hours": 48, "earlyPercent": 60, "latePercent": 10}
            prices = [one | {"label": "Usual"} for one in row.prices]
            swapped = {"conditions": {"cancellation": said}, "prices": prices}
            here = update(listing_table).where(listing_table.c.id == row.id)
            await uow.execute(here.values(swapped))

    await coop.write(as_before)
    coop.clock.advance(timedelta(days=4))
    await coop.write(listings.expire_due)
    assert (await coop.change(drafts[0], "publish")).state == "published"
    assert (await coop.change(ends, "renew")).state == "published"
    sam = await coop.write(
        lambda uow: accounts.create_account(uow, handle="sam", name="Sam", roles={Role.ADMIN})
    )
    review = policies.LISTINGS_REVIEW.name
    await coop.write(lambda uow: policies.choose(uow, review, "looked-at-first", by=sam.id))
    sent = await coop.change(drafts[1], "publish")
    approved = await coop.write(
        lambda uow: listings.review(uow, sent.id, "approve", by=sam, expected_version=sent.version)
    )
    assert (sent.state, approved.state) == ("in-review", "published")
    now = await coop.ask(lambda reader: listings.listing(reader, ends.id))
    with pytest.raises(InvalidInput) as said:
        await coop.edit(now, draft_of(now))
    assert sorted(said.value.fields) == ["cancel_early_percent", "price2_label"]
