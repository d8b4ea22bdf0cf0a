"""What a secretary fills in to put something before the other coops."""

import re

from node import council
from tests.stories.council import CLASSES, Council
from tests.support.town import TownFounder
from tests.ui.web.test_council_pages import a_delegate, words
from tests.ui.web.visitor import stranger

FEE, MUST_SAY = "referrals.fee_ceiling_percent", "listings.required_fields"


async def test_a_rule_is_chosen_from_a_list_and_filled_in_in_a_field_of_its_own(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead", CLASSES).found()
    coop = pair.coops["portici"]
    async with stranger(coop) as session:
        ines = await a_delegate(pair, "portici", session)
        at = f"/council/federations/{await pair.id_at('portici')}/propose"
        page = (await ines.get(at)).text
        offered = re.findall(r'<option value="([a-z_]+\.[a-z_]+)"', page)
        assert {FEE, MUST_SAY} <= set(offered)
        assert not {"agreements.seller", "ranking.text"} & set(offered), "not for a federation"
        form = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page)) | {
            "csrf": await ines.form_token(),
            "title": "Fees",
            "text": "Less.",
            "decision_class": "ordinary",
            "do": "propose",
        }
        added = await ines.post(at, form | {"add-rule": "y", "rule": FEE})
        assert (added.status, "A coop may allow less, never more." in added.text) == (200, True)
        assert re.search(f'name="policy:{FEE}" value="5"', added.text)
        assert FEE not in re.findall(r'<option value="([a-z_]+\.[a-z_]+)"', added.text)

        form |= {"has": FEE, f"policy:{FEE}": "500"}
        wrong = await ines.post(at, form)
        field = wrong.text.partition(f'name="policy:{FEE}"')[2].partition("</div>")[0]
        assert (wrong.status, "Use a number from 0 to 100." in words(field)) == (422, True)
        assert 'value="500"' in field
        gone = await ines.post(at, form | {"drop-rule": FEE})
        assert (gone.status, "policy:" in gone.text) == (200, False)
        twice = await ines.post(at, form | {"policies": f"{FEE} = 3"})
        assert (twice.status, "is there twice" in twice.text) == (422, True)

        form |= {f"policy:{FEE}": "3", "policies": f"{MUST_SAY} = place, price"}
        proposed = await ines.post(at, form)
        assert proposed.status == 303, words(proposed.text)
        change = (await ines.get(f"{proposed.page}/text")).text
    [view] = await coop.read(council.proposals)
    detail = await coop.read(council.proposal, view.id)
    assert detail.text["policies"] == {FEE: "3", MUST_SAY: ["place", "price"]}
    assert re.search(f'name="policy:{FEE}" value="3"', change)
    ticked = re.findall(f'name="policy:{MUST_SAY}" value="(\\w+)" checked', change)
    assert ticked == ["place", "price"]
