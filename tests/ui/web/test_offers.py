"""A listing on pages and by the API: at several prices, in languages, looked at first."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest

from node import listings, policies
from node.i18n import is_language_tag
from node.listings.prices import UNITS
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import FROM_OURS, Visitor, signed_in
from ui.web import starting
from ui.web.words import UNITS as IN_WORDS

FORM = {"kind": "service", "title": "Home clean", "visibility": "public", "languages": "en"}


async def test_several_prices_are_written_seen_looked_for_and_chosen(
    coop: Coop, rosa: Visitor, passer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = {
        "price_amount": "14",
        "price_max": "22",
        "price_suggested": "18",
        "currency": "GBP",
        "unit": "hour",
        "price2_amount": "60",
        "price2_label": "Half a day",
    }
    wrong = await rosa.post("/listings/new", FORM | prices | {"price_suggested": "30"})
    assert (wrong.status, "lies between the two ends" in wrong.text) == (422, True)
    preview = await rosa.post("/listings/new", FORM | prices | {"then": "preview"})
    assert "Half a day: £60" in preview.text
    made = await rosa.post("/listings/new", FORM | prices | {"then": "publish"})
    path = made.page
    edit = await rosa.get(f"{path}/edit")
    assert 'name="price2_currency" size="6" type="text" value="GBP"' in edit.text
    for page in (path, "/search"):
        shown = (await passer.get(page)).text
        assert "£14 to £22 an hour, £18 suggested" in shown, page
        assert "Half a day: £60" in shown, page
    await offer(coop, "Given", price_amount=Decimal(0), currency="GBP", unit="piece")
    await offer(coop, "CV help", price_amount=Decimal(1), currency="HOUR")

    async def titles(query: str) -> list[str]:
        page = (await passer.get(f"/search?{query}")).text
        return re.findall(r'<h3[^>]*><a href="/listings/\w+">([^<]+)', page)

    assert await titles("pays=time") == ["CV help"]
    assert await titles("pays=gift") == ["Given"]
    assert await titles("price_from=50&price_to=70") == ["Home clean"]
    with monkeypatch.context() as few:
        few.setattr("node.listings.finding.CAP", 1)
        told = "Prices were compared among the newest"
        assert told in (await passer.get("/search?order=price")).text
        assert told not in (await passer.get("/search")).text
    assert told not in (await passer.get("/search?order=price")).text
    assert await titles("price_to=21,50&price_from=x") == ["Given", "Home clean"]
    assert await titles("order=price") == ["Given", "Home clean", "CV help"]
    assert await titles("pays=shells&currency=gold&price_to=-1") == [
        *("CV help", "Given", "Home clean")
    ]
    narrowed = (await passer.get("/search?price_from=70&price_to=50&q=home")).text
    assert "From 50 to 70 GBP" in narrowed
    kept = {"price_from": "50", "price_to": "70", "currency": "GBP", "pays": "GBP"}
    assert (await rosa.post("/searches", kept)).status == 303
    assert "British Pound · 50–70 GBP" in (await rosa.get("/searches")).text

    asked = (await passer.get(f"{path}/ask")).text
    assert asked.count('type="radio" name="option"') == 2
    guest = {"name": "Ada", "contact": "ada@example.org", "do": "look"}
    half_day = (await passer.post(f"{path}/ask", guest | {"option": "1"})).text
    assert "Home clean (Half a day)" in half_day
    assert 'name="option" value="1"' in half_day
    usual = (await passer.post(f"{path}/ask", guest | {"option": "0"})).text
    assert "£18.00" in usual
    assert (await passer.post(f"{path}/ask", guest | {"option": "2"})).status == 422


async def test_a_price_can_be_for_so_many_and_cheaper_from_a_number_on(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    tiers = {
        "kind": "goods",
        "price_amount": "10",
        "price_least": "2",
        "price_step": "2",
        "currency": "GBP",
        "unit": "piece",
        "price2_amount": "9",
        "price2_unit": "piece",
        "price2_least": "10",
    }
    more = (await rosa.post("/listings/new", FORM | tiers | {"then": "prices"})).text
    assert [f'name="price{number}_amount"' in more for number in (2, 3, 4)] == [True, True, False]
    wrong = await rosa.post("/listings/new", FORM | tiers | {"price_most": "1"})
    assert (wrong.status, 'id="price_most-err"' in wrong.text) == (422, True)
    path = (await rosa.post("/listings/new", FORM | tiers | {"then": "publish"})).page
    page = (await passer.get(path)).text
    assert "£10 each, from 2 on, in steps of 2" in page
    assert "£9 each, from 10 on" in page
    edit = (await rosa.get(f"{path}/edit")).text
    assert re.search(r'name="price_step"[^>]*value="2"', edit)
    guest = {"name": "Ada", "contact": "ada@example.org", "do": "look"}
    few = await passer.post(f"{path}/ask", guest | {"option": "1", "quantity": "4"})
    assert (few.status, "at least 10" in few.text) == (422, True)
    enough = await passer.post(f"{path}/ask", guest | {"option": "1", "quantity": "12"})
    assert "£108.00" in enough.text
    for_us = {"price3_amount": "8", "price3_unit": "piece", "price3_whom": "members"}
    saved = await rosa.post(f"{path}/edit", FORM | tiers | for_us | {"then": "save"})
    assert saved.status == 303, saved.text
    assert "£8 each, only for members of our coop" in (await passer.get(path)).text
    odd = {"price3_whom": "shells", "then": "preview"}
    wrong = await rosa.post(f"{path}/edit", FORM | tiers | for_us | odd)
    assert (wrong.status, 'id="price3_whom-err"' in wrong.text) == (422, True)
    taken = await passer.post(f"{path}/ask", guest | {"option": "2", "quantity": "4"})
    assert (taken.status, "members of this coop alone" in taken.text) == (422, True)
    edit = (await rosa.get(f"{path}/edit")).text
    assert re.search(r'name="price3_whom".*?<option selected value="members">', edit, re.DOTALL)
    assert "Members of coops in the same federation" not in edit
    program = Program(passer).with_token(await token_for(coop, "admin"))
    read = (await program.get(f"/listings/{path.rpartition('/')[2]}")).body["prices"]
    assert [(one["least"], one["step"], one["most"]) for one in read] == [
        ("2", "2", None),
        ("10", None, None),
        (None, None, None),
    ]
    assert [one["whom"] for one in read] == [None, None, "members"]
    given = {"amount": "3", "currency": "GBP", "least": "1.5", "most": "9"}
    body = {"title": "Cloth", "kind": "goods", "prices": [given]}
    made = (await program.call("POST", f"{API}/listings", body)).body
    assert (made["price"]["least"], made["price"]["most"]) == ("1.5", "9")


async def test_the_language_of_a_text_is_said_apart_from_those_that_are_spoken(
    coop: Coop, rosa: Visitor
) -> None:
    new = (await rosa.get("/listings/new", **{"Accept-Language": "es"})).text
    assert '<option selected value="en">Inglés</option>' in new
    assert '<option value="pl">Polaco</option>' in new
    said = FORM | {"language": "en", "languages": "pl, en", "then": "publish"}
    made = (await rosa.post("/listings/new", said)).page
    listing = await coop.read(listings.listing, made.rpartition("/")[2])
    assert (listing.language, listing.languages) == ("en", ("pl", "en"))
    await rosa.post(f"{made}/edit", said | {"language": "pt-BR", "then": "save"})
    page = (await rosa.get(f"{made}/edit")).text
    assert '<option selected value="pt-BR">' in page
    wrong = await rosa.post(f"{made}/edit", said | {"language": "english please", "then": "save"})
    assert (wrong.status, 'id="language-err"' in wrong.text) == (422, True)


@pytest.mark.parametrize(
    ("reader", "written", "read"),
    [
        ("en", "Polish, english, pt-BR", "Polish, English, Brazilian Portuguese"),
        ("es", "polaco, Inglés", "polaco, inglés"),
        ("ar", "العربية، Polish", "العربية, البولندية"),
        ("fr", "العربية, en", "arabe, anglais"),
    ],
)
async def test_the_languages_that_are_spoken_are_written_by_their_names(
    coop: Coop, rosa: Visitor, reader: str, written: str, read: str
) -> None:
    speaks = FROM_OURS | {"Accept-Language": reader}
    said = FORM | {"languages": written, "then": "publish"}
    made = (await rosa.post("/listings/new", said, headers=speaks)).page
    listing = await coop.read(listings.listing, made.rpartition("/")[2])
    assert all(map(is_language_tag, listing.languages)), listing.languages
    page = (await rosa.get(f"{made}/edit", **{"Accept-Language": reader})).text
    assert re.findall(r'<input[^>]*id="languages"[^>]*value="([^"]*)"', page) == [read]
    again = said | {"languages": read, "then": "save"}
    await rosa.post(f"{made}/edit", again, headers=speaks)
    assert (await coop.read(listings.listing, listing.id)).languages == listing.languages


async def test_where_nothing_is_found_everybody_can_say_what_they_need(
    rosa: Visitor, passer: Visitor
) -> None:
    for who, way in ((rosa, "/listings/new?kind=request"), (passer, "/write")):
        nothing = (await who.get("/search?q=zeppelin")).text.partition("Nobody offers this yet")[2]
        assert f'href="{way}"' in nothing.partition("</section>")[0]


async def test_from_a_result_it_is_one_step_to_ask_to_write_and_to_pass_somebody_on(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    made = (await rosa.post("/listings/new", FORM | {"then": "publish"})).page
    need = FORM | {"kind": "request", "title": "Home help", "then": "publish"}
    needed = (await rosa.post("/listings/new", need)).page
    write = f"/write?listing={made.rpartition('/')[2]}"
    listing = await coop.read(listings.listing, made.rpartition("/")[2])
    on = f"/referrals/new?listing={quote(listing.uri)}"
    async with signed_in(coop, "maya") as maya:
        for who, there, missing in (
            (maya, {f"{made}/ask", f"{needed}/ask", write, on}, set()),
            (passer, {f"{made}/ask", write}, {on, f"{needed}/ask"}),
            (rosa, {on}, {f"{made}/ask", write}),
        ):
            page = (await who.get("/search?q=home")).text
            steps = set(re.findall(r'<a href="([^"]+)">', page.partition('class="results"')[2]))
            assert there <= steps
            assert not missing & steps
            for step in there:
                assert (await who.get(step)).status == 200
    assert "/write?" not in (await passer.get("/")).text


async def test_a_program_writes_prices_and_languages_and_looks_for_them(
    coop: Coop, passer: Visitor
) -> None:
    program = Program(passer, await token_for(coop, "admin"))
    said = {
        "title": "Home clean",
        "kind": "service",
        "languages": ["en"],
        "publish": True,
        "prices": [
            {"amount": "18.50", "currency": "GBP", "unit": "hour"},
            {"amount": "1", "currency": "HOUR", "label": "With time"},
        ],
        "details": {"extras": ["Oven, £20"]},
        "translations": [
            {"language": "pl", "title": "Sprzątanie", "details": {"extras": ["Piekarnik"]}}
        ],
    }
    made = await program.call("POST", f"{API}/listings", said)
    assert made.status == 201, made.body
    assert [one["currency"] for one in made.body["prices"]] == ["GBP", "HOUR"]
    path = f"{API}/listings/{made.body['id']}"
    changed = await program.call("PATCH", path, {"price": {"amount": "20", "currency": "GBP"}})
    assert [one["amount"] for one in changed.body["prices"]] == ["20.00", "1.00"]
    [polish] = changed.body["translations"]
    assert (polish["title"], polish["details"]) == ("Sprzątanie", {"extras": ["Piekarnik"]})
    found = "/listings?pays=time&q=sprzatanie&currency=GBP&price_to=20&order=price"
    assert [one["prices"][1]["label"] for one in (await program.get(found)).body["items"]] == [
        "With time"
    ]
    refused = await program.get("/listings?pays=shells")
    assert refused.status == 422
    exact = await program.get("/listings?price_to=1.005&currency=GBP")
    assert (exact.status, list(exact.body["errors"])) == (422, ["price_to"])
    wordy = [*said["prices"][:1], {"amount": "1", "currency": "HOUR", "text": "or a cake"}]
    unsaid = await program.call("PATCH", path, {"prices": wordy})
    assert (unsaid.status, list(unsaid.body["errors"])) == (422, ["prices"])


async def test_a_language_is_added_without_script_and_read_first_by_who_reads_it(
    rosa: Visitor, passer: Visitor
) -> None:
    made = await rosa.post("/listings/new", FORM | {"body": "As two.", "then": "publish"})
    path = made.page
    assert (await rosa.post(f"{path}/languages", {"language": "es"})).status == 422
    wrong = {"language": "en", "title": "Again"}
    assert (await rosa.post(f"{path}/languages", wrong)).status == 422
    said = {"language": "es", "title": "Limpieza", "body": "*Dos* personas."}
    form = await rosa.get(f"{path}/languages")
    assert '<option value="es">Spanish</option>' in form.text
    assert '<option selected value="">not said</option>' in form.text
    opened = form.holds("version")
    assert (await rosa.post(f"{path}/languages", said)).status == 303
    assert 'value="Limpieza"' in (await rosa.get(f"{path}/languages?in=es")).text
    spanish = {"Accept-Language": "es"}
    shown = (await passer.get(path, **spanish)).text
    assert '<h1 dir="auto" lang="es">Limpieza</h1>' in shown
    assert "<em>Dos</em>" in shown
    assert 'href="?in=en"' in shown
    own = (await passer.get(f"{path}?in=en", **spanish)).text
    assert '<h1 dir="auto" lang="en">Home clean</h1>' in own
    assert "Limpieza" in (await passer.get("/search?q=dos", **spanish)).text
    await rosa.post(f"{path}/edit", FORM | {"title": "House clean", "then": "save"})
    assert "Limpieza" in (await passer.get(path, **spanish)).text
    turned = await rosa.post(f"{path}/edit", FORM | {"language": "es", "then": "save"})
    assert (turned.status, "take that translation away" in turned.text) == (422, True)
    late = said | {"title": "Aseo", "version": opened}
    assert (await rosa.post(f"{path}/languages", late)).status == 409
    assert "Limpieza" in (await passer.get(path, **spanish)).text
    await rosa.post(f"{path}/languages", {"language": "es", "do": "remove"})
    assert "House clean" in (await passer.get(path, **spanish)).text


async def test_what_is_looked_at_first_comes_to_the_desk_and_back(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    name = policies.LISTINGS_REVIEW.name
    await coop.write(policies.choose, name, "looked-at-first", by="board")
    assert "Send it in" in (await rosa.get("/listings/new")).text
    made = await rosa.post("/listings/new", FORM | {"then": "publish"})
    path = made.page
    assert made.location.endswith("told=sent-in")
    assert "waits to be looked at" in (await rosa.get(path)).text
    assert (await passer.get(path)).status == 404
    async with signed_in(coop, "sam", "admin") as sam:

        async def seen() -> dict[str, str]:
            version = (await sam.get(path)).holds("version")
            return {"version": version}

        assert path in (await sam.get("/moderation")).text
        async with signed_in(coop, "mo", "moderator") as mo:
            assert 'value="approve"' in (await mo.get(path)).text
        assert (await rosa.post(f"{path}/review", {"do": "approve"})).status == 403
        nothing = await sam.post(f"{path}/review", {"do": "send-back"} | await seen())
        assert (nothing.status, 'class="err"' in nothing.text) == (422, True)
        question = {"do": "send-back", "words": "Which town?"}
        back = await sam.post(f"{path}/review", question | await seen())
        assert back.status == 303
        assert "Which town?" in (await rosa.get(path)).text
        await rosa.post(f"{path}/state", {"event": "publish"})
        before = await seen()
        await rosa.post(f"{path}/edit", FORM | {"summary": "Now at night", "then": "save"})
        late = await sam.post(f"{path}/review", {"do": "approve"} | before)
        assert (late.status, "changed this listing meanwhile" in late.text) == (409, True)
        assert (await passer.get(path)).status == 404
        assert (await sam.post(f"{path}/review", {"do": "approve"} | await seen())).status == 303
    assert (await passer.get(path)).status == 200


async def test_what_is_out_stays_as_it_was_until_its_new_words_were_looked_at(
    coop: Coop, rosa: Visitor, femi: Visitor, passer: Visitor
) -> None:
    name = policies.LISTINGS_REVIEW.name
    path = (await rosa.post("/listings/new", FORM | {"then": "publish"})).page
    await coop.write(policies.choose, name, "looked-at-first", by="board")
    assert "are looked at first" in (await rosa.get(f"{path}/edit")).text
    dearer = FORM | {"price_amount": "20", "currency": "GBP", "unit": "hour", "then": "save"}
    assert (await rosa.post(f"{path}/edit", dearer)).location.endswith("told=saved")
    assert "£20 an hour" in (await passer.get(path)).text
    for step, other in (
        ("", {"title": "Spam spam"}),
        ("", {"body": "Bought pills"}),
        ("pause", {"summary": "Nice pills"}),
    ):
        [words] = other.values()
        if step:
            assert (await rosa.post(f"{path}/state", {"event": step})).status == 303
        saved = await rosa.post(f"{path}/edit", dearer | other)
        assert saved.location.endswith("told=sent-in"), other
        was = (await passer.get(path)).text
        assert words not in was
        assert "waits to be looked at" not in was
        assert "waits to be looked at" in (await rosa.get(path)).text
        assert words in (await rosa.get(path)).text
        assert words not in (await rosa.get(f"{path}?as=others")).text
        assert words in (await rosa.get(f"{path}/edit")).text
        dearer |= other
        assert path in (await femi.get("/moderation")).text
        version = (await femi.get(path)).holds("version")
        act = {"do": "approve", "version": version}
        assert (await femi.post(f"{path}/review", act)).status == 303
        is_now = (await passer.get(path)).text
        assert words in is_now
        assert ("Paused" in is_now) is bool(step)
    said = {"language": "es", "title": "Limpieza", "do": "keep"}
    said_too = await rosa.post(f"{path}/languages", said)
    assert said_too.location.endswith("told=sent-in")
    version = (await femi.get(path)).holds("version")
    asked = {"do": "send-back", "version": version, "words": "In which dialect?"}
    assert (await femi.post(f"{path}/review", asked)).status == 303
    assert "dialect" in (await rosa.get(path)).text
    assert "dialect" not in (await passer.get(path)).text
    read = (await passer.get("/api/v1" + path)).text
    assert '"change":null' in read.replace(" ", "")
    assert "dialect" not in read
    assert "Home clean" not in (await passer.get("/search?q=limpieza")).text
    assert (await rosa.post(f"{path}/state", {"event": "take-back"})).status == 303
    assert "Limpieza" not in (await rosa.get(f"{path}/languages")).text
    mine = await offer(coop, "By the coop")
    own = await femi.post(f"/listings/{mine.id}/edit", FORM | {"title": "Other", "then": "save"})
    assert own.location.endswith("told=saved")


def test_a_unit_that_pages_have_words_for_needs_nobody_to_look_at_it() -> None:
    assert IN_WORDS.keys() == UNITS


async def test_one_tap_offers_on_what_runs_out(coop: Coop, rosa: Visitor) -> None:
    said = FORM | {"expires_on": "2027-01-20", "then": "publish"}
    path = (await rosa.post("/listings/new", said)).page
    assert 'value="renew"' not in (await rosa.get(path)).text
    coop.node.clock.advance(timedelta(days=9))  # type: ignore[attr-defined]
    await coop.write(listings.remind_due)
    for page in ("/", "/notices", path):
        assert 'name="event" value="renew"' in (await rosa.get(page)).text, page
    assert (await rosa.post(f"{path}/state", {"event": "renew"})).status == 303
    assert 'value="renew"' not in (await rosa.get("/notices")).text


async def test_who_offers_something_chooses_to_hear_of_needs_that_may_fit(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    path = (await rosa.post("/listings/new", FORM | {"then": "publish"})).page
    assert 'value="watch"' in (await rosa.get(path)).text
    assert "of what may fit" not in (await passer.get(path)).text
    assert (await rosa.post(f"{path}/watch", {"do": "watch"})).status == 303
    assert 'value="stop"' in (await rosa.get(path)).text
    await offer(coop, "A weekly home clean, please", kind="request")
    coop.node.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    found = await coop.read(listings.look_for_fitting)
    await coop.write(listings.tell_fitting, found)
    told = (await rosa.get("/notices")).text
    assert "may fit “Home clean”" in told
    assert f"{path}#fit" in told
    await rosa.post(f"{path}/watch", {"do": "stop"})
    assert 'value="watch"' in (await rosa.get(path)).text


async def test_questions_come_into_the_text_and_those_without_an_answer_go(rosa: Visitor) -> None:
    typed = FORM | {"kind": "goods", "body": "Fresh.", "then": "questions"}
    asked = (await rosa.post("/listings/new", typed)).text
    first, second, *_rest = starting.QUESTIONS["goods"]
    assert f"Fresh.\n\n\n**{first}**" in asked
    assert 'value="Home clean"' in asked
    body = f"Fresh.\n\n**{first}**\nRye.\n\n**{second}**\n\n"
    assert starting.answered(body) == f"Fresh.\n\n**{first}**\nRye."
    assert starting.answered("Fresh.") == "Fresh."
    assert starting.answered(f"**{second}**") == ""


async def test_what_was_taken_down_says_so_and_is_offered_again_as_a_new_one(
    rosa: Visitor, passer: Visitor
) -> None:
    said = FORM | {"summary": "Floors, too", "expires_on": "2027-05-25"}
    path = (await rosa.post("/listings/new", said | {"then": "publish"})).page
    version = (await rosa.get(f"{path}/edit")).holds("version")
    down = await rosa.post(f"{path}/state", {"event": "retire"})
    page = (await rosa.get(down.page)).text
    for words in ("This was taken down", "Only you and those who look after the coop see it."):
        assert words in page
    for words in (
        *("Everyone", "Seen by", "Change it", "other languages", "can it be had"),
        *("Ask our neighbours", "25 May"),
    ):
        assert words not in page, words
    assert (await passer.get(path)).status == 410
    for closed in ("edit", "languages", "availability"):
        assert (await rosa.get(f"{path}/{closed}")).page == path
    late = FORM | {"title": "Home clean, better", "version": version, "then": "save"}
    for sent in (late | {"radius_km": "far"}, late):
        kept = await rosa.post(f"{path}/edit", sent)
        assert (kept.status, "This was taken down meanwhile" in kept.text) == (409, True)
    assert 'value="Home clean, better"' in kept.text
    assert 'action="/listings/new"' in kept.text

    mine = (await rosa.get("/mine")).text
    again = re.search(r'href="(/listings/new\?like=\w+)"', mine.partition("Taken down")[2])
    assert again is not None
    form = (await rosa.get(again[1])).text
    assert "Floors, too" in form
    assert 'action="/listings/new"' in form


async def test_who_sees_it_now_is_said_as_it_is(rosa: Visitor) -> None:
    path = (await rosa.post("/listings/new", FORM | {"then": "draft"})).page
    page = (await rosa.get(path)).text
    assert "Only you and those who look after the coop see it." in page
    assert "Once it is published: <strong>Everyone." in page
    await rosa.post(f"{path}/state", {"event": "publish"})
    page = (await rosa.get(path)).text
    assert "Only you" not in page
    assert "<p><strong>Everyone." in page


@pytest.mark.parametrize("then", ["preview", "publish"])
async def test_all_that_is_wrong_is_told_at_once_by_the_preview_too(
    rosa: Visitor, then: str
) -> None:
    wrong = {
        "title": "x" * 500,
        "summary": "y" * 600,
        "category": "z" * 400,
        "languages": "Klingonese",
        "radius_km": "99999999",
        "price_amount": "5",
        "currency": "XXX",
        "taxes": "VAT",
        "expires_on": "2020-01-01",
        "place": "Nowhereville",
        "cancel_hours": "-1",
    }
    for path, told in (("/listings/new", ""), (await own(rosa), "edit")):
        page = await rosa.post(f"{path}/{told}".rstrip("/"), FORM | wrong | {"then": then})
        assert page.status == 422
        missing = {
            name for name in wrong.keys() - {"price_amount"} if f'id="{name}-err"' not in page.text
        }
        assert missing == set()
        assert "We do not know where “Nowhereville” is." in page.text


async def own(rosa: Visitor) -> str:
    return (await rosa.post("/listings/new", FORM | {"then": "publish"})).page


async def test_what_follows_from_a_price_that_is_no_number_is_not_told(rosa: Visitor) -> None:
    wrong = {"price_amount": "many", "deposit": "5", "price2_amount": "3", "title": "x" * 300}
    page = await rosa.post("/listings/new", FORM | wrong | {"then": "publish"})
    assert page.status == 422
    told = set(re.findall(r'id="(\w+)-err"', page.text))
    assert told == {"price_amount", "title"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"cancel_early_percent": "20", "cancel_late_percent": "80"}, "cancel_hours"),
        (
            {"cancel_hours": "24", "cancel_early_percent": "80", "cancel_late_percent": "20"},
            "cancel_early_percent",
        ),
    ],
)
async def test_what_cancelling_costs_is_neither_lost_nor_taken_backwards(
    rosa: Visitor, said: dict[str, str], field: str
) -> None:
    page = await rosa.post("/listings/new", FORM | said | {"then": "publish"})
    assert (page.status, re.findall(r'id="(\w+)-err"', page.text)) == (422, [field])


async def test_who_looks_at_a_change_sees_what_differs_and_nothing_to_order(
    coop: Coop, rosa: Visitor, femi: Visitor
) -> None:
    said = FORM | {"body": "One two three four five. The set costs £5 with the box and the lid on"}
    path = (await rosa.post("/listings/new", said | {"then": "publish"})).page
    await coop.write(policies.choose, policies.LISTINGS_REVIEW.name, "looked-at-first", by="board")
    dearer = said | {"body": said["body"].replace("£5", "£6"), "then": "save"}
    await rosa.post(f"{path}/edit", dearer)
    await rosa.post(f"{path}/languages", {"language": "es", "title": "Nudos", "do": "keep"})
    page = (await femi.get(path)).text
    assert "… five. The set costs £5 with the box and …</del>" in page
    assert "… five. The set costs £6 with the box and …</ins>" in page
    assert 'nothing</del> → <ins dir="auto" lang="">Nudos</ins>' in page
    assert page.count("<del") == 2
    assert f"{path}/ask" not in page
    assert f"{path}/ask" in (await femi.get(f"{path}?as=others")).text


async def test_one_wrong_currency_is_told_once_and_hides_nothing_else(rosa: Visitor) -> None:
    wrong = {"price_amount": "9", "price_max": "5", "currency": "POUND", "deposit": "5"}
    more = {"price2_amount": "3", "price2_label": "B", "extra1_label": "Eggs", "extra1_amount": "2"}
    page = await rosa.post("/listings/new", FORM | wrong | more | {"then": "publish"})
    told = re.findall(r'id="(\w+)-err"', page.text)
    assert (page.status, sorted(told)) == (422, ["currency", "price_max"])


async def test_two_prices_of_one_name_are_refused(rosa: Visitor) -> None:
    bands = {"price_amount": "5", "currency": "GBP", "price_label": "A"}
    second = {"price2_amount": "9", "price2_label": "a"}
    page = await rosa.post("/listings/new", FORM | bands | second | {"then": "publish"})
    assert (page.status, re.findall(r'id="(\w+)-err"', page.text)) == (422, ["price2_label"])
