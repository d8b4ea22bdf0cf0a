"""Each kind has fields of its own: in the form, on pages here and elsewhere, in search, by API."""

import re
from html import unescape
from typing import Any

import pytest

from node import listings
from node.listings import DETAILS, details_of
from tests.stories.market import offer
from tests.support.town import Coop, Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_cards import facts_in
from tests.ui.web.visitor import signed_in, stranger
from ui.web.examples import EXAMPLES
from ui.web.listing_form import ListingForm

_TEXT = r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>'
_CHOICE = r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>'
FORM = {"visibility": "public", "language": "en", "languages": "en", "then": "publish"}
LOAF = {
    "kind": "goods",
    "fields_of": "goods",
    "title": "Sourdough loaf",
    "mode": ["collected", "delivered"],
    "condition": "new",
    "allergens": ["gluten", "sesame"],
    "variants": "Rye\r\nWheat",
    "pickup": "Toad Lane, Fridays",
    "values": ["organic"],
}
# By kind: what is filled in, and what others read.
FILLED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "service": (
        {"repeat": "regular", "extras": "Oven, £20", "insured": "y", "questions": "Any pets?"},
        ("Regularly", "Oven, £20", "We are insured", "Any pets?"),
    ),
    "goods": (
        {"condition": "used", "allergens": ["milk"], "pickup": "Toad Lane"},
        ("Used", "Milk", "Toad Lane"),
    ),
    "stay": (
        {
            "registration": "CIN 058091",
            "one_home": "Seen by us",
            "rules": "Quiet after ten\nNo smoking",
            "insured": "y",
            "insurance": "Breakages are ours",
        },
        ("CIN 058091", "Seen by us", "No smoking", "We are insured", "Breakages are ours"),
    ),
    "lend": (
        {"insurance": "On us", "log": "2026-01-02 sharp\n2026-11-20: new blade"},
        ("On us", '20 November 2026: <bdi lang="en">new blade</bdi>'),
    ),
    "request": (
        {"wanted_by": "2027-03-31", "urgency": "soon", "skills": "carpentry"},
        ("31 March 2027", "soon", "carpentry"),
    ),
    "opening": (
        {
            "pay_from": "14",
            "pay_to": "16,50",
            "pay_currency": "gbp",
            "pay_per": "hour",
            "weekly_hours": "37,5",
            "deadline": "2027-03-31",
            "leads_to": "worker",
        },
        ("£14 to £16.50 an hour", "37.5", "worker"),
    ),
}


async def test_a_listing_of_each_kind_goes_from_its_form_to_the_pages_of_other_coops(
    town: Town,
) -> None:
    lanehead, pioneer = town.coops[:2]
    await town.introduce(pioneer, lanehead)
    async with signed_in(lanehead, "rosa") as rosa, stranger(pioneer) as passer:
        for kind, (given, told) in FILLED.items():
            said = FORM | {"kind": kind, "fields_of": kind, "title": f"Thing {kind}"} | given
            preview = await rosa.post("/listings/new", said | {"then": "preview"})
            made = await rosa.post("/listings/new", said)
            own = await rosa.get(made.page)
            await town.settle()
            found = (await passer.get(f"/search?q={kind}")).text
            [mirror] = set(re.findall(r'href="(/mirrors/\w+)"', found))
            theirs = await passer.get(mirror)
            for page in (preview, own, theirs):
                assert [one for one in told if one not in page.text] == [], (kind, page.status)
            edit = (await rosa.get(f"{made.page}/edit")).text
            again = await rosa.post(f"{made.page}/edit", as_sent(edit))
            assert again.status == 303
            listing = await lanehead.read(listings.listing, made.page.rpartition("/")[2])
            assert listing.version == 1, kind


async def test_what_a_kind_says_in_words_is_said_in_other_languages_here_and_elsewhere(
    town: Town,
) -> None:
    lanehead, pioneer = town.coops[:2]
    await town.introduce(pioneer, lanehead)
    stay = FORM | {"kind": "stay", "fields_of": "stay", "title": "Loft", "registration": "CIN 058"}
    stay |= {"rules": "Quiet after ten\nNo smoking", "questions": "When do you come?"}
    async with signed_in(lanehead, "rosa") as rosa, stranger(pioneer) as passer:
        path = (await rosa.post("/listings/new", stay)).page
        form = (await rosa.get(f"{path}/languages")).text
        assert [f'name="{one}"' in form for one in ("rules", "questions")] == [True, True]
        assert 'name="registration"' not in form
        said = {"language": "es", "title": "Buhardilla", "rules": "Silencio\nNo fumar"}
        wrong = await rosa.post(f"{path}/languages", said | {"rules": "x" * 201})
        assert (wrong.status, 'id="rules-err"' in wrong.text) == (422, True)
        assert (await rosa.post(f"{path}/languages", said)).status == 303
        again = as_sent((await rosa.get(f"{path}/languages?in=es")).text)
        assert again["rules"].split() == ["Silencio", "No", "fumar"]
        await rosa.post(f"{path}/edit", stay | {"title": "The loft", "then": "save"})
        await town.settle()
        spanish = {"Accept-Language": "es"}
        found = (await passer.get("/search?q=silencio", **spanish)).text
        [mirror] = set(re.findall(r'href="(/mirrors/\w+)"', found))
        for who, page in ((rosa, path), (passer, mirror)):
            shown = (await who.get(page, **spanish)).text
            assert '<li dir="auto" lang="es">No fumar</li>' in shown
            assert '<li dir="auto" lang="en">When do you come?</li>' in shown
            assert ("CIN 058" in shown, "No smoking" in shown) == (True, False)
            assert "No smoking" in (await who.get(f"{page}?in=en", **spanish)).text
            assert "No smoking" in (await who.get(page)).text


async def test_search_narrows_down_by_what_was_chosen(coop: Coop) -> None:
    await offer(coop, "Old chair", kind="goods", details={"condition": "used"})
    await offer(coop, "New chair", kind="goods", details={"condition": "new"})
    async with signed_in(coop, "rosa") as rosa:
        page = (await rosa.get("/search?q=chair")).text
        assert 'href="/search?q=chair&amp;condition=used"' in page
        used = (await rosa.get("/search?q=chair&condition=used&values=nothing")).text
        assert ("Old chair" in used, "New chair" in used) == (True, False)
        assert 'name="condition" value="used"' in used
        await rosa.post("/searches", {"q": "chair", "condition": "used"})
        kept = (await rosa.get("/searches")).text
        assert "chair · Used" in kept


async def test_another_kind_is_chosen_without_losing_what_was_typed(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa:
        changed = LOAF | {"kind": "lend", "title": "", "then": "kind"}
        page = await rosa.post("/listings/new", FORM | changed)
        assert page.status == 200
        assert 'name="insurance"' in page.text
        assert '<input type="hidden" name="allergens" value="gluten">' in page.text
        assert re.search(r'<option selected value="new">', page.text)
        back = await rosa.post(
            "/listings/new", as_sent(page.text) | {"kind": "goods", "then": "kind"}
        )
        assert re.search(r'value="sesame" checked', back.text)
        assert "Rye\r\nWheat" in back.text or "Rye\nWheat" in back.text
        hasty = await rosa.post("/listings/new", FORM | LOAF | {"kind": "service"})
        assert (hasty.status, "belongs to another kind" in hasty.text) == (422, True)
        made = await rosa.post("/listings/new", as_sent(hasty.text) | {"then": "publish"})
        assert made.status == 303


async def test_what_a_file_brought_is_known_again_after_a_change_on_its_form(town: Town) -> None:
    lanehead, pioneer = town.coops[:2]
    await town.introduce(pioneer, lanehead)
    beyond = {"place": "Rochdale, GB", "radius_km": 25, "source_id": "7", "source": "bread.csv"}
    async with signed_in(lanehead, "femi", "admin") as femi, stranger(pioneer) as passer:
        listing = await offer(lanehead, "Home clean", language="en", **beyond)
        path = f"/listings/{listing.id}"
        form = as_sent((await femi.get(f"{path}/edit")).text)
        assert form["radius_km"] == "25"
        assert (await femi.post(f"{path}/edit", form | {"title": "Clean"})).status == 303
        after = await lanehead.read(listings.listing, listing.id)
        kept = (after.title, after.radius_km, after.source_id, after.source)
        assert kept == ("Clean", 25, "7", "bread.csv")
        form = as_sent((await femi.get(f"{path}/edit")).text)
        wrong = await femi.post(f"{path}/edit", form | {"radius_km": "0"})
        assert (wrong.status, 'id="radius_km-err"' in wrong.text) == (422, True)
        await town.settle()
        mirror = (await passer.get("/search")).leads_to("/mirrors/")
        for page in (await femi.get(path), await passer.get(mirror)):
            assert "up to 25 km around" in page.text
        program = Program(femi, await token_for(lanehead, "admin"))
        said = await program.call(
            "PATCH", f"{API}{path}", {"place": {"name": "Rochdale, GB", "radius_km": 30}}
        )
        assert said.body["place"]["radius_km"] == 30


@pytest.mark.parametrize("then", ["publish", "preview", "save"])
async def test_another_kind_is_asked_about_again_only_if_something_would_be_lost(
    coop: Coop, then: str
) -> None:
    async with signed_in(coop, "rosa") as rosa:
        empty = as_sent((await rosa.get("/listings/new")).text)
        room = empty | {"kind": "stay", "title": "Loft", "price_amount": "40", "then": then}
        lost = await rosa.post("/listings/new", room | {"licences": "Gas Safe"})
        assert (lost.status, "belongs to another kind" in lost.text) == (422, True)
        again = as_sent(lost.text)
        assert (again["fields_of"], again["title"]) == ("stay", "Loft")
        assert (again["price_amount"], again["registration"]) == ("40", "")
        for sent in (again | {"then": then}, room):
            known = await rosa.post("/listings/new", sent)
            assert known.status == (200 if then == "preview" else 303)


async def test_only_the_fields_of_the_kind_are_shown(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa:
        for kind in listings.Kind:
            page = (await rosa.get(f"/listings/new?kind={kind}")).text
            shown = {one for one in DETAILS if re.search(rf'name="{one.key}(_from)?"', page)}
            assert shown == set(details_of(kind)), kind


async def test_a_wrong_field_is_named_with_its_remedy_beside_it(coop: Coop) -> None:
    wrong = {"kind": "opening", "fields_of": "opening", "title": "Baker"}
    async with signed_in(coop, "rosa") as rosa:
        for given, field, remedy in (
            ({"weekly_hours": "200"}, "weekly_hours", "at most 168"),
            ({"pay_to": "12", "pay_currency": "GBP"}, "pay_from", "lower end"),
            ({"pay_from": "12", "pay_currency": "gold"}, "pay_currency", "currency code"),
            ({"deadline": "2020-01-01"}, "deadline", "choose a later one"),
        ):
            page = await rosa.post("/listings/new", FORM | wrong | given)
            error = re.search(rf'id="{field}-err">.*?<span>([^<]+)', page.text, re.DOTALL)
            assert page.status == 422, given
            assert error, given
            assert remedy in error[1]


@pytest.mark.parametrize(
    "language", ["en", *(pytest.param(one, marks=pytest.mark.soak) for one in ("ar", "es", "fr"))]
)
async def test_an_example_of_each_kind_fills_a_form_that_can_be_sent(
    coop: Coop, language: str
) -> None:
    speaks = {"Accept-Language": language}
    async with signed_in(coop, "rosa") as rosa:
        for name, example in EXAMPLES.items():
            new = (await rosa.get(f"/listings/new?kind={example.kind}")).text
            assert f'href="?kind={example.kind}&amp;template={name}"' in new
            page = await rosa.get(f"/listings/new?kind={example.kind}&template={name}", **speaks)
            made = await rosa.post("/listings/new", as_sent(page.text) | {"then": "publish"})
            assert made.status == 303, name
            view = await coop.read(listings.listing, made.page.rpartition("/")[2])
            assert set(example.fields) == set(view.details), name
            assert (view.kind, view.body) == (example.kind, ""), name
        assert {one.kind for one in EXAMPLES.values()} == set(listings.Kind)


async def test_another_listing_of_the_coop_is_a_template(coop: Coop) -> None:
    view = await offer(coop, "Loaf", kind="goods", details={"condition": "new"})
    async with signed_in(coop, "femi") as femi:
        link = f"/listings/new?like={view.id}"
        assert f'href="{link}"' in (await femi.get(f"/listings/{view.id}")).text
        page = (await femi.get(link)).text
        assert ('value="Loaf"' in page, '<option selected value="new">' in page) == (True, True)
        assert (await femi.get("/listings/new?like=nothing")).status == 404


async def test_the_api_takes_details_gives_them_back_and_searches_by_them(coop: Coop) -> None:
    async with stranger(coop) as visitor:
        admin = Program(visitor).with_token(await token_for(coop, "admin"))
        given = {"condition": "new", "allergens": ["milk"], "variants": ["Small", "Large"]}
        new = {"title": "Cheese", "kind": "goods", "details": given, "publish": True}
        made = await admin.call("POST", f"{API}/listings", new)
        assert (made.status, made.body["details"]) == (201, given)
        path = f"/listings/{made.body['id']}"
        assert (await admin.get(path)).body["details"] == given
        found = (await admin.get("/listings?picks=condition-new")).body
        assert [item["title"] for item in found["items"]] == ["Cheese"]
        assert found["facets"]["condition"] == [{"value": "new", "count": 1}]
        assert (await admin.get("/listings?picks=condition-shiny")).status == 422
        changed = await admin.call("PATCH", API + path, {"title": "Goat cheese"})
        assert changed.body["details"] == given
        for wrong, field in (
            ({"urgency": "soon"}, "details"),
            ({"condition": "shiny"}, "condition"),
            ({"variants": [{"a": "b"}]}, "variants"),
        ):
            refused = await admin.call("PATCH", API + path, {"details": wrong})
            assert (refused.status, list(refused.body["errors"])) == (422, [field])
        emptied = await admin.call("PATCH", API + path, {"details": None})
        assert emptied.body["details"] == {}


async def test_programs_read_a_job_as_a_job_and_a_state_by_its_name(coop: Coop) -> None:
    pay = {"from": "14", "to": "16", "currency": "GBP", "per": "hour"}
    job = await offer(
        coop,
        "Baker",
        kind="opening",
        details={"pay": pay, "deadline": "2027-03-31", "weekly_hours": "24"},
    )
    chair = await offer(coop, "Chair", kind="goods", details={"condition": "for-repair"})
    async with stranger(coop) as passer:
        facts = facts_in((await passer.get(f"/listings/{job.id}")).text)
        assert facts is not None
        assert (facts["@type"], facts["title"]) == ("JobPosting", "Baker")
        assert (facts["validThrough"], facts["workHours"]) == ("2027-03-31", "24")
        assert facts["baseSalary"]["value"] == {
            "@type": "QuantitativeValue",
            "unitText": "HOUR",
            "minValue": "14",
            "maxValue": "16",
        }
        facts = facts_in((await passer.get(f"/listings/{chair.id}")).text)
        assert facts is not None
        assert facts["itemOffered"]["itemCondition"] == "https://schema.org/DamagedCondition"


def as_sent(page: str) -> dict[str, Any]:
    """What a browser would send of the listing form on a page."""
    form = page.partition("<form data-keep")[2].partition("</form>")[0]
    sent: dict[str, Any] = {}
    known = {field.name for field in ListingForm()} | {"fields_of", "version", "was"}
    for tag in re.findall(r"<input[^>]*>", form):
        kind, name, value = (_attribute(tag, one) for one in ("type", "name", "value"))
        is_off = kind in ("checkbox", "radio") and " checked" not in tag
        if name in known and kind != "file" and not is_off:
            sent.setdefault(name, []).append(value)
    for name, inside in re.findall(_TEXT, form, re.DOTALL):
        sent[name] = [unescape(inside).lstrip("\r\n")]
    for name, inside in re.findall(_CHOICE, form, re.DOTALL):
        sent[name] = re.findall(r'<option selected value="([^"]*)"', inside)
    return {name: values if len(values) != 1 else values[0] for name, values in sent.items()}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ("y" if name == "value" else "")
