"""What follows a vote, on pages, by API and in feeds."""

import re
from datetime import timedelta
from typing import Any

import pytest

from node import council, policies
from node.council import State
from tests.stories.council import CLASSES, Council
from tests.support.town import TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_council_pages import a_delegate, feed_of, words
from tests.ui.web.visitor import signed_in, stranger

ORDINARY = CLASSES["ordinary"] | {"secondRound": True, "answerHours": 24 * 9, "proxies": 2}
WITH_ALL: dict[str, Any] = {
    "ordinary": ORDINARY,
    "urgent": ORDINARY | {"urgent": True},
    "consent": ORDINARY | {"rule": {"method": "consent", "quorum": "1/3"}},
}
CEILING, DUES = policies.REFERRALS_FEE_CEILING_PERCENT, policies.DUES_PER_MEMBER


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    made = Council(await found_town(2), "lanehead", WITH_ALL)
    made.competences = ("referrals.", "dues.")
    return await made.found()


async def let_lanehead_vote(pair: Council) -> None:
    """Portici's admin asks on a page that Lanehead's ballot speaks for them too."""
    host, number = pair.coops["lanehead"], await pair.id_at("portici")
    at = f"/council/federations/{number}/proxies"
    async with signed_in(pair.coops["portici"], "rosa", "admin") as rosa:
        assert "Let another coop vote for us" in (await rosa.get(at[: -len("/proxies")])).text
        page = await rosa.get(at)
        until = page.holds("until")
        form = {"csrf": await rosa.form_token(), "do": "grant", "until": until}
        form |= {"holder": host.uri, "decision_class": "consent"}
        assert (await rosa.post(at, form | {"until": "2001-01-01"})).status == 422
        for decision_class in ("consent", "ordinary"):
            said = form | {"decision_class": decision_class}
            assert (await rosa.post(at, said)).status == 303
            await pair.settle()
        program = Program(rosa).with_token(await token_for(pair.coops["portici"], "admin", "admin"))
        back = {"holder": None, "decision_class": "consent", "until": "2099-01-01T00:00:00Z"}
        path = f"{API}/federations/{number}/proxies"
        assert (await program.call("POST", path, back)).status == 201
        await pair.settle()
        page = await rosa.get(at)
        assert page.text.count("Take it back") == 1


async def test_a_coop_answers_and_excepts_itself_on_the_page_of_the_decision(pair: Council) -> None:
    await let_lanehead_vote(pair)
    keys = {DUES.name: 500, CEILING.name: "3"}
    end = pair.town.clock.now() + timedelta(days=20)
    await pair.opened(policies=keys, until=end)
    await pair.votes({"lanehead": "yes"})
    await pair.ended()
    row = await pair.row("portici")
    assert row.state is State.RATIFYING
    at, coop = f"/council/proposals/{row.id}", pair.coops["portici"]
    async with stranger(coop) as session, stranger(coop) as anybody:
        ines = await a_delegate(pair, "portici", session)
        page = words((await ines.get("/council")).text)
        assert "Waiting for our answer" in page
        assert "binds us only with our own yes" in (await ines.get("/notices")).text
        page = words((await ines.get(at)).text)
        assert "Whoever says nothing in time is not bound." in page
        assert "Another coop voted for: Portici" in page
        assert "2 of 2 votes have come" in page
        form = {"csrf": await ines.form_token()}
        empty = await ines.post(f"{at}/said", form | {"do": "accept"})
        assert empty.status == 422
        assert "Name our own decision" in empty.text
        feed = await anybody.get(await feed_of(coop, pair.digest, "ics"))
        assert "SUMMARY:Our own answer is due" in feed.text
        assert "SUMMARY:Ends unless it is decided anew" in feed.text.replace("\r\n ", "")
        assert (
            "Our own answer is due"
            in (await anybody.get(await feed_of(coop, pair.digest, "atom"))).text
        )

        said = await ines.post(f"{at}/said", form | {"do": "accept", "decision": "3 May"})
        assert said.status == 303
        why = {"do": "reserve", "key": CEILING.name, "reason": "Our law sets <another>."}
        assert (await ines.post(f"{at}/said", form | why)).status == 303
        await pair.settle()
        page = words((await ines.get(at)).text)
        assert "Our law sets &lt;another&gt;." in page
        assert "Waiting for our answer" not in (await ines.get("/council")).text
        again = await ines.post(f"{at}/said", form | {"do": "reject", "decision": "4 May"})
        assert (again.status, "said this already" in again.text) == (409, True)
        register = words((await ines.get("/policies")).text)
        assert "Our coop said yes to it." in register
        assert f"Not for us: {CEILING.name}" in register

        proposing = await ines.get(
            f"/council/federations/{row.federation_id}/propose?after={row.id}"
        )
        assert f'name="policy:{CEILING.name}" value="3"' in proposing.text

    host = pair.coops["lanehead"]
    there = await pair.row("lanehead")
    async with stranger(host) as visitor:
        token = await token_for(host, "admin", "council:write")
        program = Program(visitor).with_token(token)
        reader = Program(visitor).with_token(await token_for(host, "admin", "council:read"))
        path = f"{API}/proposals/{there.id}"
        no = await program.call("POST", f"{path}/answers", {"accepts": False, "decision": "May"})
        assert no.status == 201
        late = {"key": DUES.name, "reason": "None."}
        assert (await program.call("POST", f"{path}/reservations", late)).status == 403
        await pair.settle()
        found = (await reader.call("GET", f"{path}/answers")).body
        assert [each["verdict"] for each in found["items"]] == ["reject", "accept"]
        assert (await pair.row("lanehead")).state is State.IN_FORCE
        assert (await program.call("POST", f"{path}/rounds")).status == 409


async def test_an_objection_and_a_second_round_on_pages(pair: Council) -> None:
    await pair.opened(decision_class="consent", policies={})
    row, host = await pair.row("portici"), await pair.row("lanehead")
    at = f"/council/proposals/{row.id}"
    async with (
        stranger(pair.coops["portici"]) as session,
        stranger(pair.coops["lanehead"]) as other,
    ):
        ines = await a_delegate(pair, "portici", session)
        rosa = await a_delegate(pair, "lanehead", other)
        form = {"csrf": await rosa.form_token(), "choice": "objection"}
        there = f"/council/proposals/{host.id}"
        bare = await rosa.post(f"{there}/ballot", form)
        assert (bare.status, "which aim it would harm" in bare.text) == (422, True)
        form |= {"reason": "It costs a day a week.", "aim": "Good work"}
        looked = await rosa.post(f"{there}/ballot", form)
        fields = dict(re.findall(r'name="(choice|reason|aim)" value="([^"]*)"', looked.text))
        assert fields == {name: form[name] for name in ("choice", "reason", "aim")}
        assert (await rosa.post(f"{there}/ballot", form | {"do": "cast"})).status == 303
        await pair.settle()
        [objection] = await pair.coops["portici"].read(council.objections, row.id)
        assert "Harmed aim: Good work" in words((await ines.get(at)).text)
        mine = {"csrf": await ines.form_token(), "do": "mark", "reason": "It does not."}
        marked = await ines.post(f"{at}/said", mine | {"ballot": objection.ballot})
        assert marked.status == 303
        await pair.settle()
        page = words((await rosa.get(there)).text)
        assert "Not reasoned, says Portici" in page
        await pair.ended()
        assert await pair.states() == {State.REJECTED}
        page = words((await ines.get(at)).text)
        assert "Stopped by an objection" in page
        assert "At most 0 objections may stand; there are 1." in page
        again = await ines.post(f"{at}/said", mine | {"do": "again"})
        assert again.status == 303
        await pair.settle()
        assert (await pair.row("lanehead")).name == f"{row.name}-second"
        assert again.page != at
