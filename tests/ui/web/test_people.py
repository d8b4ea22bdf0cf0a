"""Members show themselves: who sees what on pages, beside listings and by the API, and who not."""

import base64
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import FormData

from node import accounts, members, profiles
from node.members import Event
from node.profiles import Audience, Field, Line
from tests.stories.market import offer
from tests.support.photos import photo
from tests.support.statements import sql_meanwhile
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_pictures import picture
from tests.ui.web.visitor import Answer, Visitor, signed_in

TELEPHONE = "01706 555 0101"
OWN = "/account/profile"
SAID = {
    "name_to": "coop",
    "skills": "Bicycle repairs",
    "skills_to": "public",
    "telephone": TELEPHONE,
    "telephone_to": "coop",
    "email": "rosa@example.org",
    "email_to": "private",
}


@pytest.fixture
async def maya(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "maya") as visitor:
        yield visitor


async def profile_of(coop: Coop, handle: str) -> profiles.Profile:
    account = await coop.read(accounts.by_handle, handle)
    own: profiles.Profile = await coop.read(profiles.profile_of, account.id)
    return own


async def page_of(coop: Coop, handle: str) -> str:
    return f"/people/{(await profile_of(coop, handle)).id}"


async def enter(coop: Coop, handle: str, **more: Any) -> str:
    """Put somebody into the register; their id there."""
    account = await coop.read(accounts.by_handle, handle)
    row = {"name": account.name, "membership_class": "worker", "account_id": account.id, **more}
    member_id: str = (await coop.write(members.add_member, **row, admit=Event.ADMIT)).id
    return member_id


async def test_each_sees_what_is_for_them_and_a_stranger_no_telephone(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor
) -> None:
    assert (await rosa.post(OWN, SAID)).status == 303
    page = await page_of(coop, "rosa")
    of_stranger, of_member, own = [await one.get(page) for one in (passer, maya, rosa)]
    assert "Bicycle repairs" in of_stranger.text
    assert "One of our members" in of_stranger.text
    assert TELEPHONE not in of_stranger.text
    assert "Rosa" not in of_stranger.text
    assert f'href="tel:{TELEPHONE.replace(" ", "")}"' in of_member.text
    assert "rosa@example.org" not in of_member.text
    assert "rosa@example.org" in own.text
    assert "X-Robots-Tag" not in of_stranger.headers

    await rosa.post(OWN, SAID | {"skills_to": "coop"})
    closed, nothing = await passer.get(page), await passer.get(f"/people/{'0' * 26}")
    assert (closed.status, nothing.status) == (404, 404)
    assert without_token(closed) == without_token(nothing).replace(f"{'0' * 26}", page[8:])
    assert (await maya.get(page)).headers["X-Robots-Tag"] == "noindex, nofollow"

    await rosa.post(OWN, {"name_to": "private", "skills": "Secrets", "skills_to": "nobody-knows"})
    assert (await maya.get(page)).status == 404
    assert "Secrets" in (await rosa.get(page)).text


def without_token(answer: Answer) -> str:
    return re.sub(r'name="csrf" value="\w+"', "", answer.text)


async def test_what_is_seen_first_is_not_kept_and_what_is_wrong_says_where(
    coop: Coop, rosa: Visitor
) -> None:
    seen = await rosa.post(OWN, SAID | {"then": "preview"})
    assert (seen.status, seen.text.count("Bicycle repairs")) == (200, 3)  # twice seen, once typed
    assert (await profile_of(coop, "rosa")).told == {}
    wrong = SAID | {"email": "rosa at home", "pronouns": "x" * 41, "then": "save"}
    refused = await rosa.post(OWN, wrong)
    assert refused.status == 422
    for name, remedy in (("email", "like rosa@example.org"), ("pronouns", "at most 40")):
        assert re.search(rf'id="{name}-err">.*?{remedy}', refused.text)
    assert TELEPHONE in refused.text
    assert (await profile_of(coop, "rosa")).told == {}


async def test_the_register_is_offered_to_its_owner_and_shown_to_nobody(
    coop: Coop, rosa: Visitor, maya: Visitor
) -> None:
    await enter(coop, "rosa", phone="01706 999", email="register@example.org")
    own = (await rosa.get(OWN)).text
    assert '<option value="01706 999">' in own
    await rosa.post(OWN, {"name_to": "public"})
    seen = (await maya.get(await page_of(coop, "rosa"))).text + (await maya.get("/people")).text
    assert "01706 999" not in seen
    assert "register@example.org" not in seen


async def test_members_find_each_other_page_by_page_and_in_as_many_queries(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rosa.post(OWN, SAID)
    assert "Rosa" in (await maya.get("/people?q=bicyc")).text
    letters = re.findall(r'<h2 class="soft"><bdi>(.)</bdi>', (await maya.get("/people")).text)
    assert ("R" in letters, letters) == (True, sorted(set(letters)))
    assert "Nobody fits" in (await maya.get(f"/people?q={TELEPHONE[:5]}")).text
    longer_than_it_looks = quote("\u3316" * 200)
    assert "Nobody fits" in (await maya.get(f"/people?q={longer_than_it_looks}")).text
    assert (await passer.get("/people")).location.startswith("/sign-in")
    few = await counted(maya)
    for number in range(5):
        name = f"Zed {number}"
        await coop.write(accounts.create_account, handle=f"zed{number}", name=name, roles=())
    assert await counted(maya) == few

    monkeypatch.setattr("ui.web.pages.people.ON_A_PAGE", 4)
    first = (await maya.get("/people")).text
    onward = re.findall(r'href="(/people\?after=\w+)" rel="next"', first)
    second = (await maya.get(onward[0])).text
    assert re.findall(r'\w"><bdi>(Maya|Rosa|Zed \d)<', first) == ["Maya", "Rosa", "Zed 0", "Zed 1"]
    assert re.findall(r'\w"><bdi>(Maya|Rosa|Zed \d)<', second) == ["Zed 2", "Zed 3", "Zed 4"]


async def test_a_member_writes_to_another_from_their_page_unless_they_hide_their_name(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor
) -> None:
    await rosa.post(OWN, SAID)
    page = await page_of(coop, "rosa")
    way = page.replace("/people/", "/write?person=")
    assert f'href="{way}"' in (await maya.get(page)).text
    assert way not in (await passer.get(page)).text
    assert way not in (await rosa.get(page)).text
    assert (await passer.get(way)).location.startswith("/sign-in")
    assert (await maya.post(way, {"text": "Can you mend a bell?"})).status == 303
    assert "Somebody wrote to you." in (await rosa.get("/")).text
    assert "Maya" in (await rosa.get("/threads")).text

    await rosa.post(OWN, {**SAID, "name_to": "private"})
    assert way not in (await maya.get(page)).text
    assert (await maya.get(way)).status == 404


async def counted(visitor: Visitor) -> int:
    """How many questions the page of all people asks the database."""
    with sql_meanwhile() as asked:
        assert (await visitor.get("/people")).status == 200
    return len(asked)


async def test_who_is_suspended_neither_sees_the_others_nor_is_seen(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor
) -> None:
    member_id = await enter(coop, "rosa")
    await rosa.post(OWN, SAID)
    await coop.write(members.change_status, member_id, Event.SUSPEND)
    page = await page_of(coop, "rosa")
    assert [(await one.get(page)).status for one in (passer, maya, rosa)] == [404, 404, 200]
    assert "Rosa" not in (await maya.get("/people")).text
    assert (await rosa.get("/people")).status == 403
    assert (await rosa.get(await page_of(coop, "maya"))).status == 404
    assert "does not count you among the members" in (await rosa.get(OWN)).text


async def test_a_listing_leads_to_whoever_wrote_it_where_they_show_themselves(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor
) -> None:
    account = await coop.read(accounts.by_handle, "rosa")
    listing = f"/listings/{(await offer(coop, 'Mended bicycles', by=account.id)).id}"
    line = f'href="{await page_of(coop, "rosa")}"'
    assert line in (await maya.get(listing)).text
    assert line not in (await passer.get(listing)).text
    await rosa.post(OWN, SAID)
    of_stranger = (await passer.get(listing)).text
    assert line in of_stranger
    assert "Rosa" not in of_stranger
    person = (await passer.get(await page_of(coop, "rosa"))).text
    assert f'href="{listing}"' in person


async def test_a_picture_is_seen_by_whom_it_is_for_and_by_nobody_once_it_is_left_out(
    coop: Coop, rosa: Visitor, maya: Visitor, passer: Visitor
) -> None:
    data = FormData()
    for name, value in (SAID | {"picture_to": "coop"}).items():
        data.add_field(name, value)
    data.add_field("file", photo(), filename="me.jpg", content_type="image/jpeg")
    assert (await rosa.post(OWN, data)).status == 303
    own = await profile_of(coop, "rosa")
    file = f"/media/people/{own.id}/{own.text(Field.PICTURE)}-320.webp"
    assert [(await picture(one, file))[0] for one in (passer, maya, rosa)] == [404, 200, 200]
    assert (await picture(maya, file))[1]["Cache-Control"].startswith("private")
    assert f'src="{file}" alt="Rosa"' in (await maya.get("/people")).text

    stolen = await maya.post(OWN, {"picture": own.text(Field.PICTURE), "picture_to": "public"})
    assert (stolen.status, "Send it again" in stolen.text) == (422, True)
    copied = {"title": "Not mine", "kind": "goods", "visibility": "public", "then": "publish"}
    digest = own.text(Field.PICTURE)
    offered = await maya.post(
        "/listings/new", copied | {"picture": digest, f"alt-{digest}": "Somebody else"}
    )
    assert (offered.status, "Send it again" in offered.text) == (422, True)
    none = FormData({"name_to": "coop"})
    none.add_field("file", b"GIF89a no picture", filename="me.gif", content_type="image/gif")
    refused = await maya.post(OWN, none)
    assert (refused.status, "no picture that we can read" in refused.text) == (422, True)
    kept = SAID | {"picture": own.text(Field.PICTURE), "drop_picture": "y"}
    assert (await rosa.post(OWN, kept)).status == 303
    assert [(await picture(one, file))[0] for one in (maya, rosa)] == [404, 404]


async def test_what_hurts_others_is_taken_away_and_its_owner_reads_why(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    await rosa.post(OWN, SAID)
    page = await page_of(coop, "rosa")
    async with signed_in(coop, "femi", "admin") as femi:
        assert (await femi.post(page, {"field": "skills", "reason": ""})).status == 422
        assert (await femi.post(page, {"field": "email", "reason": "No."})).status == 409
        done = {"field": "skills", "reason": "It is <not> true."}
        assert (await femi.post(page, done)).status == 303
        audit = (await femi.get("/audit")).text
    assert (await passer.get(page)).status == 404
    assert "Something that somebody tells of themselves was taken away" in audit
    assert "It is &lt;not&gt; true." in audit
    told = (await rosa.get("/notices")).text
    assert 'href="/account/profile"><strong>Something that you tell of yourself' in told
    assert "Skills and work. Read why." in told
    assert "It is &lt;not&gt; true." in (await rosa.get(OWN)).text
    await rosa.post(OWN, SAID | {"skills": "Bicycles"})
    assert "It is &lt;not&gt; true." not in (await rosa.get(OWN)).text


async def test_programs_tell_and_read_the_same_as_pages(coop: Coop, passer: Visitor) -> None:
    rosa = Program(passer, await token_for(coop, "member"))
    path = f"{API}/account/profile"
    given = {
        "skills": {"text": "Bicycle repairs", "audience": "public"},
        "telephone": {"text": TELEPHONE, "audience": "coop"},
        "picture": base64.b64encode(photo()).decode(),
    }
    made = await rosa.call("PUT", path, given)
    assert (made.status, made.body["name"]) == (200, {"text": "", "audience": "coop"})
    assert made.body["picture"]["audience"] == "private"
    shown = await rosa.call("PUT", path, given | {"picture_audience": "coop"})
    assert shown.body["for_members"]["picture"].startswith(f"{coop.address}/media/people/")
    assert shown.body["for_everybody"]["telephone"] is None
    refused = await rosa.call("PUT", path, {"email": {"text": "me", "audience": "coop"}})
    assert (refused.status, list(refused.body["errors"])) == (422, ["email"])
    assert (await rosa.get("/account/profile")).body == shown.body

    one = f"/people/{made.body['id']}"
    nobody = rosa.with_token(None)
    unable = rosa.with_token(await token_for(coop, "member", "messages"))
    for program, telephone in ((rosa, TELEPHONE), (nobody, None), (unable, None)):
        assert (await program.get(one)).body["telephone"] == telephone
    found = (await rosa.get("/people?q=bicycle&limit=1")).body
    assert ([each["name"] for each in found["items"]], found["next"]) == (["Member"], None)
    assert (await nobody.get("/people")).status == 401

    moderator = rosa.with_token(await token_for(coop, "moderator"))
    why = {"field": "skills", "reason": "It is not true."}
    assert (await moderator.call("POST", f"{API}{one}/clear", why)).status == 204
    assert (await nobody.get(one)).status == 404


async def test_a_peer_is_told_nothing_of_people(coop: Coop, passer: Visitor, rosa: Visitor) -> None:
    await rosa.post(OWN, SAID)
    as2 = {"Accept": "application/activity+json"}
    answer = await passer.get(await page_of(coop, "rosa"), **as2)
    assert not answer.headers["Content-Type"].startswith("application/activity+json")
    actor = await passer.get("/coop", **as2)
    assert "Bicycle" not in actor.text


async def test_nobody_is_told_more_for_having_asked_by_another_name(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    """Neither the id of an account nor that of the register leads to anybody."""
    member_id = await enter(coop, "rosa")
    own = await profile_of(coop, "rosa")
    told = {Field.SKILLS: Line("Bicycles", Audience.PUBLIC)}
    await coop.write(profiles.tell, own.account_id, told)
    for other in (own.account_id, member_id):
        assert (await passer.get(f"/people/{other}")).status == 404
