"""Back to one's application when the link is lost; and the way to the form."""

import re

from node import joining
from node.joining import Form, Particulars
from node.members import MembershipClass
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in, stranger

FORM = Form(True, "", (MembershipClass.USER,), (), ())


async def test_a_lost_link_is_made_anew_by_an_officer_and_printed(coop: Coop) -> None:
    await coop.write(joining.set_form, FORM)
    ada = Particulars("Ada", phone="0113 496 0123")
    applied = await coop.write(joining.apply, ada, membership_class="user")
    async with signed_in(coop, "gina", "secretary") as gina, stranger(coop) as who:
        page = f"/applications/{applied.id}"
        made = (await gina.post(page, {"do": "link"})).text
        [link] = re.findall(rf">{coop.address}(/applied/[\w-]+)<", made)
        assert (await who.get(applied.path)).status == 404
        assert "Your application to" in (await who.get(link)).text
        assert link not in (await gina.get(page)).text


async def test_a_stranger_cannot_find_out_who_has_applied(coop: Coop) -> None:
    await coop.write(joining.set_form, FORM)
    async with stranger(coop) as ada, stranger(coop) as spy:
        sent = {"membership_class": "user", "kind": "person", "name": "Ada", "version": "1"}
        first = await ada.post("/join", sent | {"phone": "0113 496 0123"})
        again = await spy.post("/join", sent | {"phone": "+44 113 496 0123"})
        other = await spy.post("/join", sent | {"phone": "0113 496 9999"})
        assert {first.status, again.status, other.status} == {303}
        pages = [await seen(spy, one.location) for one in (again, other)]
        assert pages[0] == pages[1]
        assert len(await coop.read(joining.applications)) == 2
        for one in (again, other):
            await spy.post(one.page, {"do": "withdraw"})
        pages = [await seen(spy, one.location) for one in (again, other)]
        assert pages[0] == pages[1]


async def seen(who: Visitor, path: str) -> str:
    """The page without what is each one's own."""
    page = (await who.get(path.partition("?")[0])).text
    return re.sub(r"/applied/[\w-]+|0113 496 9999|\+44 113 496 0123|value=\"\w+\"", "…", page)


async def test_the_page_to_sign_in_shows_the_way_to_the_form_when_the_coop_takes_people_in(
    coop: Coop, passer: Visitor
) -> None:
    assert 'href="/join"' not in (await passer.get("/sign-in")).text.partition("</main>")[0]
    await coop.write(joining.set_form, FORM)
    assert '<a href="/join">Apply here</a>' in (await passer.get("/sign-in")).text
