"""Files out, and in again: nothing is lost, and nothing in them does harm."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from federation.models import OutboxEntry
from node import listings
from node.listings import Cancelling, Conditions, ListingDraft, PriceView, Season, Tax, Translation
from node.listings.models import listing_table
from tests.node.listings.conftest import Coop
from tests.node.listings.files import all_of, bring, only, refusals, sorted_rows


async def test_an_export_guards_formulas_and_reads_back_the_same(coop: Coop) -> None:
    for title in ("=1+1", "-2 bread", "@home", "'=quoted", "'plain", "+44 shop"):
        await coop.create(title, lat=-33.5, lon=-70.25, tags=("=x", "a;b", "c, d"))
    exported = await coop.ask(listings.export_csv)
    assert exported.startswith(b"\xef\xbb\xbf")
    for row in list(csv.reader(io.StringIO(exported.decode("utf-8-sig"))))[1:]:
        for cell in row:
            assert cell.startswith(("-33", "-70")) or not cell.startswith(("=", "+", "-", "@"))
    report = await bring(coop, exported)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 6)
    assert refusals(report) == []


TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@'\",;\t\r\n[<&"), max_size=40
)
WORDS = TEXT.filter(lambda text: any(map(str.isalnum, text)) and ";" not in text)
CONDITIONS = st.builds(
    Conditions,
    taxes=st.lists(st.builds(Tax, WORDS, st.decimals("0.01", 100, places=2)), max_size=2).map(
        tuple
    ),
    deposit=st.none() | st.decimals(1, 10**6, places=3),
    cancelling=st.none()
    | st.builds(Cancelling, st.integers(0, 99), st.just(5), st.integers(5, 100)),
    project=st.none() | TEXT,
    other_projects=st.lists(WORDS, max_size=2).map(tuple),
    included=st.just(()) | st.builds(Tax, WORDS, st.just(Decimal("19.5"))).map(lambda tax: (tax,)),
    guest_tax=st.none()
    | st.builds(
        listings.GuestTax,
        WORDS,
        st.decimals("0.01", 100, places=2),
        st.none() | st.integers(1, 99),
    ),
    referral_fee=st.none()
    | st.builds(listings.ReferralFee, percent=st.decimals("0.01", 100, places=2))
    | st.builds(listings.ReferralFee, amount=st.decimals("0.01", 100, places=2)),
)
DRAFTS = st.builds(
    ListingDraft,
    title=TEXT.filter(lambda text: any(map(str.isalnum, text))),
    kind=st.sampled_from(list(listings.Kind)),
    summary=TEXT,
    body=TEXT,
    category=st.none() | TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    language=st.sampled_from(["", "en", "pt-BR"]),
    languages=st.lists(st.sampled_from(["en", "sw", "zh-Hant"]), max_size=2).map(tuple),
    place=st.none() | TEXT,
    lat=st.just(-0.0) | st.floats(-90, 90),
    lon=st.floats(-180, 180),
    radius_km=st.none() | st.integers(1, 500),
    price_amount=st.decimals(0, 10**6, places=3),
    price_max=st.none() | st.decimals(10**6, 10**7, places=2),
    currency=st.just("KWD"),
    unit=st.none() | TEXT,
    price_text=st.none() | TEXT,
    price_label=st.none() | TEXT,
    price_suggested=st.none(),
    price_least=st.none() | st.just(Decimal("2.5")),
    price_step=st.none() | st.just(Decimal("0.5")),
    price_most=st.none() | st.just(Decimal(8)),
    more_prices=st.just(())
    | st.builds(
        PriceView,
        amount=st.decimals(0, 100, places=2),
        maximum=st.none() | st.decimals(200, 300, places=1),
        currency=st.sampled_from(["EUR", "HOUR"]),
        unit=st.none() | TEXT.filter(str.strip),
        label=TEXT.filter(str.strip),
        least=st.none() | st.just(Decimal(10)),
        whom=st.sampled_from([None, "members", "federation"]),
        asks=st.none() | st.just(listings.Conditions((Tax("VAT", Decimal(7)),))),
    ).map(lambda price: (price,)),
    conditions=CONDITIONS,
    expires_on=st.none() | st.dates(date(2027, 1, 5), date(2027, 6, 1)),
    visibility=st.sampled_from(list(listings.Visibility)),
)
WHOLE = DRAFTS.map(
    lambda draft: replace(
        draft,
        kind=listings.Kind.STAY,
        price_amount=Decimal("60.5"),
        price_max=None,
        price_hours=Decimal("0.25"),
        unit="night",
        price_seasons=(Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(90)),),
    )
)
TRANSLATED = DRAFTS.map(
    lambda draft: replace(
        draft,
        language="en",
        kind=listings.Kind.STAY,
        details={"rules": ["No smoking", "=Quiet"]},
        translations=(
            Translation("sw", "Mkate", "", "=SUM(1)\n\n- moja", {"rules": ["=Kimya"]}),
            Translation("ar", "خبز"),
        ),
    )
)
STATES = st.sampled_from([[], ["publish"], ["publish", "pause"]])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drafts=st.lists(st.tuples(DRAFTS | TRANSLATED | WHOLE, STATES), min_size=1, max_size=8))
@pytest.mark.parametrize("form", ["csv", "geojson"])
async def test_what_is_taken_out_goes_into_an_empty_node_and_comes_out_the_same(
    form: str, drafts: Sequence[tuple[ListingDraft, list[str]]], open_coop: Any, tmp_path: Any
) -> None:
    export = listings.export_csv if form == "csv" else listings.export_geojson
    number = len(list(tmp_path.iterdir()))
    first = await open_coop(f"sqlite:///{tmp_path / f'first{number}.sqlite'}")
    second = await open_coop(f"sqlite:///{tmp_path / f'second{number}.sqlite'}")
    for draft, events in drafts:
        view = await first.write(lambda uow, draft=draft: listings.create(uow, draft, by=None))
        for event in events:
            view = await first.change(view, event)
    exported = await first.ask(export)
    report = await bring(second, exported)
    assert refusals(report) == []
    assert report.created == len(drafts)
    assert sorted_rows(await second.ask(export), form) == sorted_rows(exported, form)
    again = await bring(first, exported)
    assert (again.updated, again.unchanged) == (0, len(drafts))


async def test_an_ended_listing_survives_the_journey(
    coop: Coop, open_coop: Any, tmp_path: Any
) -> None:
    await coop.create(expires_on=date(2027, 1, 10))
    coop.clock.advance(10 * 86_400)
    await coop.write(listings.expire_due)
    other = await open_coop(f"sqlite:///{tmp_path / 'other.sqlite'}")
    exported = await coop.ask(listings.export_csv)
    await bring(other, exported)
    assert (await only(other)).state == "expired"
    assert await other.ask(listings.export_csv) == exported
    left = await other.ask(lambda reader: reader.scalar(select(func.count(OutboxEntry.seq))))
    assert left == 0
    assert (
        await other.ask(lambda reader: reader.scalar(select(func.count(listing_table.c.id)))) == 1
    )


async def test_what_was_withheld_elsewhere_comes_in_as_a_draft_without_a_case(coop: Coop) -> None:
    await coop.create()
    table = (await coop.ask(listings.export_csv)).decode("utf-8-sig")
    changed = table.replace(",published", ",withheld").replace("Sourdough", "Rye")
    [row] = csv.DictReader(io.StringIO(changed))
    changed = changed.replace(row["source_id"], "elsewhere")
    assert (await bring(coop, changed)).created == 1
    assert {view.title: view.state for view in await all_of(coop)} == {
        "Sourdough": "published",
        "Rye": "draft",
    }


async def test_garbled_pictures_are_a_fault_of_their_row_and_take_none_away(coop: Coop) -> None:
    await coop.create()
    [cells] = csv.DictReader(io.StringIO((await coop.ask(listings.export_csv)).decode("utf-8-sig")))
    for garbled in ('[{"url": "x"', "{}", "5", '[{"url": "x"}]', '"x"'):
        out = io.StringIO()
        writer = csv.DictWriter(out, cells)
        writer.writeheader()
        writer.writerow(cells | {"pictures": garbled, "summary": "Dark."})
        report = await bring(coop, out.getvalue())
        assert [(one.row, one.column) for one in report.refused] == [(2, "pictures")]
    assert (await only(coop)).summary == ""
