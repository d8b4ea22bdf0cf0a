"""The page that answers a form that cannot be taken: in the title, at the field, where one begins,
and what to write instead, in the reader's language."""

import re

import pytest

from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import FROM_OURS, Visitor

TYPED = {"title": "Bread", "kind": "service", "visibility": "public", "unit": ""}


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"title": ""}, 1),
        ({"title": "", "price_amount": "much"}, 2),
        ({"title": "", "price_amount": "much", "expires_on": "soon"}, 3),
    ],
)
async def test_the_reader_begins_at_what_needs_putting_right(
    rosa: Visitor, typed: dict[str, str], faults: int
) -> None:
    page = (await rosa.post("/listings/new", TYPED | typed)).text
    assert "<title>Something needs putting right: Offer or ask" in page
    assert page.count('aria-invalid="true"') == faults
    [begins] = re.findall(r"<[^>]* autofocus\b[^>]*>", page)
    assert ('class="errors"' in begins) is (faults > 1)
    assert (' name="title"' in begins) is (faults == 1)
    assert "autofocus" not in (await rosa.get("/listings/new")).text


async def test_a_choice_that_was_not_made_is_where_the_reader_begins(
    coop: Coop, rosa: Visitor
) -> None:
    bread = await offer(coop, "Bread")
    page = (await rosa.post(f"/listings/{bread.id}/report", {"words": "Odd."})).text
    [begins] = re.findall(r"<[^>]* autofocus\b[^>]*>", page)
    assert begins.startswith("<fieldset")
    assert 'aria-describedby="reason-err"' in begins
    assert '<p class="err" id="reason-err">' in page


@pytest.mark.parametrize(
    ("field", "said", "in_arabic"),
    [
        ("price_amount", "Write a number in digits, like 12.50.", "اكتب عددًا بالأرقام"),
        ("expires_on", "Choose a day, or write it like 2027-03-31.", "اختر يومًا"),
        ("unit", "Choose one of those that are shown.", "اختر واحدًا مما هو معروض"),
    ],
)
async def test_what_cannot_be_read_is_told_by_what_to_write_in_the_readers_language(
    rosa: Visitor, field: str, said: str, in_arabic: str
) -> None:
    for language, words in (("en", said), ("ar", in_arabic)):
        headers = {**FROM_OURS, "Accept-Language": language}
        answer = await rosa.post("/listings/new", TYPED | {field: "parsec"}, headers)
        assert words in answer.text
        assert "alid" not in re.sub(r"<[^>]*>", "", answer.text)


async def test_a_slip_in_a_coops_address_is_told_without_the_fields_name(femi: Visitor) -> None:
    page = (await femi.post("/peers", {"address": "no such thing"})).text
    assert "<span>Write the other coop&#39;s web address, like pioneer.example.</span>" in page


async def test_a_step_that_no_page_offers_is_told_in_words(femi: Visitor) -> None:
    answer = await femi.post("/members/nobody", {"do": "fly"})
    assert answer.status == 400
    assert "The page does not know this step." in answer.text
    assert "Bad Request" not in answer.text
