"""Votes among options, from the ballots to the page that tells how they were counted."""

import json
import re

from sqlalchemy import select

from federation.models import OutboxEntry
from federation.storage.base import table_of
from node import council
from tests.stories.council import CLASSES, Council
from tests.support.town import TownFounder
from tests.ui.web.test_council_pages import a_delegate, words
from tests.ui.web.visitor import stranger

WAYS = {
    "approval": CLASSES["ordinary"] | {"rule": {"method": "approval"}},
    "election": CLASSES["ordinary"] | {"rule": {"method": "stv", "seats": 1}},
    "variants": CLASSES["ordinary"] | {"rule": {"method": "schulze"}},
}
OPTIONS = {
    "approval": ("mon", "tue", "wed"),
    "election": ("ada", "bea", "cyn"),
    "variants": ("five", "none", "ten"),
}
NAMES = {
    "approval": {"tue": "5 May"},
    "election": {"ada": "José Álvarez", "bea": "ليلى حداد"},
    "variants": {},
}
LANEHEADS = {"approval": ["mon"], "election": ["ada"], "variants": ["ten", "none"]}
PORTICIS = {
    "approval": {"tick:tue": "1"},
    "election": {"rank:bea": "1", "rank:ada": "2"},
    "variants": {"rank:ten": "1", "rank:five": "2"},
}
"""What is filled in on the page."""
TOLD = {
    "approval": (
        r"Even: mon, 5 May\. A lot decided, drawn from numbers of all coops that nobody knew",
        r"How many votes ticked each option\. "
        r"Option Votes (mon|5 May) (✓ )?1 (mon|5 May) (✓ )?1 wed 0",
        r"With 1 more, “(mon|5 May)” would have won\.",
    ),
    "election": (
        r"Votes in each round\. A seat takes 2\. Round 1 2 3",
        r"Each ballot counts for its first choice\.",
        r"“cyn” has fewest, 0, and drops out\.",
        r"Even: José Álvarez, ليلى حداد\. A lot decided",
        r"“(José Álvarez|ليلى حداد)” is elected\.",
        r"“ليلى حداد” would have won, had Lanehead put it first\."
        r"|“José Álvarez” would have won, had Portici put it first\.",
    ),
    "variants": (
        r"“ten” was preferred to each other option, one against one\.",
        r"From the first to the last: ten ›",
        r"would have won, had |No coop alone: putting another option first",
    ),
}


async def announce_each_way(made: Council) -> None:
    """A vote by each method is to open when any that is proposed now is."""
    for way, options in OPTIONS.items():
        written = {"title": way, "decision_class": way, "options": options, "names": NAMES[way]}
        await made.announced("portici", **written, policies={})


async def vote_each_way(made: Council, name: str) -> None:
    """A coop votes in each of them as Lanehead does."""
    for view in await made.coops[name].read(council.proposals):
        if view.title in WAYS:
            choice, by = LANEHEADS[view.title], made.delegates[name]
            await made.coops[name].write(council.cast, view.id, choice, by=by)


async def test_each_way_of_counting_shows_its_steps_and_what_would_have_changed_it(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead", WAYS).found()
    await announce_each_way(pair)
    await pair.wait(hours=76, minutes=1)
    await pair.wait(hours=24)
    await vote_each_way(pair, "lanehead")
    found = await pair.coops["portici"].read(council.proposals)
    async with stranger(pair.coops["portici"]) as session:
        ines = await a_delegate(pair, "portici", session)
        for view in found:
            form = PORTICIS[view.title] | {"csrf": await ines.form_token()}
            at = f"/council/proposals/{view.id}/ballot"
            looked = await ines.post(at, form)
            again = dict(re.findall(r'name="((?:rank|tick):\w+)" value="(\d)"', looked.text))
            assert again == PORTICIS[view.title]
            assert (await ines.post(at, form | {"do": "cast"})).status == 303
        await pair.settle()
        await pair.ended()
        for view in found:
            page = words((await ines.get(f"/council/proposals/{view.id}")).text)
            assert "2 agree; 2 are needed." in page
            for told in ("What would have changed it", *TOLD[view.title]):
                assert re.search(told, page), (told, page)


async def test_candidates_are_typed_as_people_call_them_and_stand_so_on_each_page(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead", WAYS).found()
    async with stranger(pair.coops["portici"]) as session:
        ines = await a_delegate(pair, "portici", session)
        at = f"/council/federations/{await pair.id_at('portici')}/propose"
        form = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', (await ines.get(at)).text)) | {
            "csrf": await ines.form_token(),
            "title": "Who speaks for us",
            "text": "One of these.",
            "decision_class": "election",
            "choices": "José Álvarez\r\nليلى حداد",
            "is_public": "y",
            "do": "propose",
        }
        twice = await ines.post(at, form | {"choices": "Ada\nada"})
        assert (twice.status, "two options called “ada”" in words(twice.text)) == (422, True)
        proposed = await ines.post(at, form)
        assert proposed.status == 303, words(proposed.text)
        assert "Options to rank or tick José Álvarez ليلى حداد" in words(
            (await ines.get(proposed.location)).text
        )
        change = f"{proposed.page}/text"
        assert "José Álvarez\nليلى حداد" in (await ines.get(change)).text
    await pair.settle()
    [view] = await pair.host.read(council.proposals)
    [told] = await pair.host.read(council.told, view.federation_id)
    assert list(told.labels.values()) == ["José Álvarez", "ليلى حداد"]
    async with pair.coops["portici"].node.reading() as reader:
        sent = [json.loads(row.body) for row in await reader.rows(select(table_of(OutboxEntry)))]
    [asked] = [each["object"] for each in sent if each["object"].get("kind") == "proposal"]
    assert [each["name"] for each in asked["oneOf"]] == ["José Álvarez", "ليلى حداد"]
