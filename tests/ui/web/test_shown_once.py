"""What is shown once stays in no cache, and goes to no other site with a tap on a link."""

import re

from node import joining, members
from node.members import Event
from tests.stories.market import offer
from tests.support.town import TownFounder
from tests.ui.web.test_availability import FORM as SAID
from tests.ui.web.test_joining import ADA, FORM
from tests.ui.web.visitor import signed_in, stranger

LINK = r"/(?:in|calendars|news|applied)/[\w-]{22,}"
ENTERED = {"name": "Sam", "membership_class": "worker", "admit": Event.ADMIT}
HOOK = {"url": "{neighbour}/hooks", "kinds": "listing.published"}
WHAT = (
    ("/members/invite", {"role": "member"}, LINK),
    ("/members/{member}/invite", {}, LINK),
    ("/applications/{application}", {"do": "invite"}, LINK),
    ("/applications/{application}", {"do": "link"}, LINK),
    ("/notices/feeds", {}, LINK),
    ("/my-calendar", {"whose": "mine"}, LINK),
    ("/listings/{listing}/feeds", {}, LINK),
    ("/account/codes", {}, r"\d-\w{4}-\w{4}-\w{4}"),
    ("/account/tokens", {"label": "Till", "scopes": "read"}, r"<bdi dir=.ltr.>[\w-]{32,}<"),
    ("/settings/webhooks", HOOK, r"whsec_[\w+/=-]{20,}"),
)


async def test_no_cache_and_no_other_site_hears_of_a_secret_that_a_page_shows(
    found_town: TownFounder,
) -> None:
    coop, neighbour = (await found_town(2)).coops
    await coop.write(joining.set_form, FORM)
    listing = (await offer(coop, "Home clean")).id
    member = (await coop.write(members.add_member, **ENTERED)).id
    async with stranger(coop) as ada, signed_in(coop, "rosa", "admin") as rosa:
        await ada.post("/join", ADA)
        [application] = set(
            re.findall(r"/applications/(\w{26})", (await rosa.get("/applications")).text)
        )
        await rosa.post(f"/applications/{application}", {"do": "admit"})
        await rosa.post(f"/listings/{listing}/availability", SAID)
        things = {
            "neighbour": neighbour.address,
            "listing": listing,
            "member": member,
            "application": application,
        }
        for path, form, secret in WHAT:
            sent = {name: text.format_map(things) for name, text in form.items()}
            page = await rosa.post(path.format_map(things), sent)
            assert re.search(secret, page.text), path
            assert page.headers["Cache-Control"] == "private, no-store", path
            assert page.headers["Referrer-Policy"] == "no-referrer", path
            assert 'action="/theme"' not in page.text, path  # it would lead away from the secret
