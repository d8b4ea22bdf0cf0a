"""Pages and API of what coops owe each other."""

import asyncio
import re
from collections.abc import AsyncGenerator

import pytest

from node import clearing
from node.clearing import ContestReason, RunState, State
from tests.stories.ring import by_hand, claims, of_uri, two_ways
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_rights import named_in
from tests.ui.web.visitor import Visitor, signed_in, stranger


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
async def owing(town: Town) -> tuple[Coop, Coop]:
    return await two_ways(town)


@pytest.fixture
async def treasurer(owing: tuple[Coop, Coop]) -> AsyncGenerator[Visitor]:
    async with signed_in(owing[0], "nasreen", "treasurer") as visitor:
        yield visitor


async def waiting_for(visitor: Visitor) -> list[str]:
    """Where what waits for somebody leads them."""
    return named_in((await visitor.get("/")).text)


async def send(visitor: Visitor, path: str, **form: str):
    return await visitor.post(path, form | {"csrf": await visitor.form_token()})


async def test_the_treasurer_sees_claims_signs_and_pays(town, owing, treasurer):
    lanehead, portici = owing
    async with signed_in(lanehead, "rosa") as member:
        for path in ("/owed", "/owed/with", "/owed/nothing", "/clearing/nothing"):
            assert (await member.get(path)).status == 403

    [link] = re.findall(r'href="(/owed/with\?[^"]+)"', (await treasurer.get("/owed")).text)
    partner = await treasurer.get(link.replace("&amp;", "&"))
    assert "100.00" in partner.text
    both = set(re.findall(r'href="(/owed/[0-9a-z]{26})"', partner.text))
    assert [(await treasurer.get(one)).status for one in both] == [200, 200]

    claimed = await claims(portici, lanehead, 2_000)
    await town.settle()
    ours = await of_uri(lanehead, claimed.uri)
    assert f'href="/owed/{ours.id}"' in (await treasurer.get("/notices")).text
    assert f"/owed/{ours.id}" in await waiting_for(treasurer)
    for page in ("/owed", f"/owed/{ours.id}"):
        assert 'value="sign"' in (await treasurer.get(page)).text
    assert (await send(treasurer, f"/owed/{ours.id}", do="sign")).status == 303
    await town.settle()
    assert (await of_uri(portici, claimed.uri)).state is State.ACKNOWLEDGED

    pair = {"uri": portici.uri, "currency": "EUR"}
    paid = {"method": "bank", "paid_on": "2027-01-06"}
    assert (await send(treasurer, "/owed/pay", obligation=ours.id, **paid, **pair)).status == 303
    await town.settle()
    [payment] = await portici.read(clearing.payments)
    assert payment.money.amount == 2_000
    assert (await send(treasurer, "/owed/pay", **paid, **pair)).status == 422
    async with signed_in(portici, "giulia", "treasurer") as theirs:
        assert 'value="came"' in (await theirs.get("/owed")).text
        assert await waiting_for(theirs) == ["/owed"]
        assert (await send(theirs, f"/owed/payments/{payment.id}", do="maybe")).status == 404
        assert (await send(theirs, f"/owed/payments/{payment.id}", do="came")).status == 303
    await town.settle()
    assert (await of_uri(lanehead, claimed.uri)).state is State.SETTLED


async def test_what_is_beyond_the_line_is_refused_beside_its_field(owing, treasurer):
    lanehead, portici = owing
    form = {"coop": portici.uri, "currency": "EUR", "due_on": "2027-02-01", "reason": "levy"}
    refused = await send(treasurer, "/owed", amount="1000", **form)
    assert refused.status == 409
    assert "beyond the trust line" in refused.text
    assert (await send(treasurer, "/owed", amount="", **form)).status == 422

    pair = {"uri": portici.uri, "currency": "EUR"}
    decided = {"decided_by": "Minutes"} | pair
    assert (await send(treasurer, "/owed/line", limit="much", **decided)).status == 422
    assert (await send(treasurer, "/owed/line", limit="1500", **decided)).status == 303
    views = await lanehead.read(clearing.partners)
    assert [one.owed.limit.text for one in views] == ["1500.00"]
    assert (await send(treasurer, "/owed", amount="1000", **form)).status == 303
    assert (await send(treasurer, "/owed/statement", **pair)).status == 303
    stranger_of_ours = {"uri": "https://nowhere.example/coop", "currency": "EUR"}
    assert (await send(treasurer, "/owed/statement", **stranger_of_ours)).status == 422


async def test_a_claim_that_is_sent_twice_at_once_is_made_once(owing, treasurer):
    lanehead, portici = owing
    key = (await treasurer.get("/owed")).holds("key")
    said = {"coop": portici.uri, "amount": "7.50", "due_on": "2027-02-01", "reason": "levy"}
    form = {"currency": "EUR", "key": key, "csrf": await treasurer.form_token(), **said}
    sent = await asyncio.gather(*(treasurer.post("/owed", form) for _again in range(2)))
    assert [one.status for one in sent] == [303, 303]
    assert sent[0].location == sent[1].location
    assert await sums(lanehead) == [750]
    another = await treasurer.post("/owed", form | {"amount": "8.00"})
    assert another.status == 422
    assert "claimed before, with another sum" in another.text
    assert (await treasurer.post("/owed", form | {"currency": "GBP"})).status == 409
    assert (await treasurer.post("/owed", form | {"key": "mine"})).status == 409
    assert await sums(lanehead) == [750]
    assert (await send(treasurer, "/owed", currency="EUR", **said)).status == 303
    assert await sums(lanehead) == [750, 750], "another form is another claim"


async def sums(coop: Coop) -> list[int]:
    """What was claimed on the form, beside the hundred each way of before."""
    found, _more = await coop.read(clearing.obligations)
    return sorted(one.money.amount for one in found if one.money.amount < 10_000)


async def test_a_run_is_called_seen_as_a_picture_and_answered(town, owing, treasurer):
    lanehead, portici = owing
    await by_hand(lanehead)
    await portici.write(clearing.call, "EUR", by="operator")
    await town.settle()
    [run] = await lanehead.read(clearing.clearing_runs)
    assert await waiting_for(treasurer) == [f"/clearing/{run.id}"]
    async with signed_in(lanehead, "femi", "admin") as admin, signed_in(lanehead, "bo") as member:
        assert await waiting_for(admin) == [f"/clearing/{run.id}"]
        assert await waiting_for(member) == []
    page = await treasurer.get(f"/clearing/{run.id}")
    assert page.text.count('<g class="off">') == 2
    assert "200.00 of 200.00 EUR can be set off" in page.text
    assert f'href="/clearing/{run.id}"' in (await treasurer.get("/notices")).text
    assert (await send(treasurer, f"/clearing/{run.id}", do="yes")).status == 303
    await town.settle()
    assert (await lanehead.read(clearing.run, run.id)).state is RunState.EXECUTED
    assert (await send(treasurer, f"/clearing/{run.id}", do="no")).status == 409
    assert (await send(treasurer, "/clearing", currency="EUR")).status == 409


async def test_programs_claim_sign_pay_and_clear(town, owing):
    lanehead, portici = owing
    await by_hand(lanehead)
    async with stranger(lanehead) as here, stranger(portici) as there:
        ours = Program(here).with_token(await token_for(lanehead, "treasurer"))
        theirs = Program(there).with_token(await token_for(portici, "treasurer"))

        async def post(program: Program, path: str, body: object, status: int = 201):
            answer = await program.call("POST", API + path, body)
            assert answer.status == status, answer.body
            await town.settle()
            return answer.body

        found = (await ours.get(f"/obligations?coop={portici.uri}")).body["items"]
        assert [one["amount"] for one in found] == [{"amount": "100.00", "currency": "EUR"}] * 2

        levy = {"coop": lanehead.uri, "currency": "EUR", "due_on": "2027-02-01", "reason": "levy"}
        for pence in ("20.00", "5.00"):
            await post(theirs, "/obligations", levy | {"amount": pence})
        claimed = (await ours.get("/obligations?state=accrued")).body["items"]
        right, wrong = (
            one["id"] for one in sorted(claimed, key=lambda one: one["amount"]["amount"])
        )
        no = {"sign": False, "because": "alreadyPaid"}
        contested = await post(ours, f"/obligations/{wrong}/answer", no, 200)
        assert contested["contested_because"] == "alreadyPaid"
        await post(ours, f"/obligations/{right}/answer", {"sign": True}, 200)
        one_sided = (await theirs.get("/reconciliation")).body["one_sided"]
        assert [one["amount"]["amount"] for one in one_sided] == ["5.00"]

        payment = {"obligations": [right], "method": "bank", "paid_on": "2027-01-20"}
        await post(ours, "/settlements", payment)
        [marked] = (await theirs.get("/settlements")).body["items"]
        await post(theirs, f"/settlements/{marked['id']}/answer", {"came": True}, 200)
        assert (await ours.get(f"/obligations/{right}")).body["state"] == "settled"

        await post(theirs, "/clearing", {"currency": "EUR"})
        [asked] = (await ours.get("/clearing")).body["items"]
        await post(ours, f"/clearing/{asked['id']}/answer", {"consent": True}, 200)
        detail = (await ours.get(f"/clearing/{asked['id']}")).body
        assert detail["run"]["state"] == "executed"
        assert detail["set_off"] == {"amount": "200.00", "currency": "EUR"}
        assert {pair["set_off"]["amount"] for pair in detail["pairs"]} == {"100.00"}
        lines = (await ours.get("/trust-lines")).body["items"]
        assert {line["owed"]["amount"] for line in lines} == {"0.00"}


async def test_a_program_that_claims_twice_with_one_key_claims_once(owing):
    lanehead, portici = owing
    await by_hand(lanehead)
    async with stranger(portici) as there:
        program = Program(there).with_token(await token_for(portici, "treasurer"))

        async def claimed(**changes: str) -> tuple[int, str]:
            answer = await program.call("POST", f"{API}/obligations", levy | changes)
            return answer.status, answer.body.get("id") or answer.body["code"]

        levy = {"coop": lanehead.uri, "amount": "20.00", "currency": "EUR", "reason": "levy"}
        levy |= {"due_on": "2027-02-01", "key": "01jh8c7d9wq3n5xk2v4m6p8r0t"}
        first = await claimed()
        assert first == (201, levy["key"])
        assert await claimed() == first
        assert await claimed(amount="25.00") == (422, "invalid-input")
        assert await claimed(basis="Levy of 2027") == (409, "key-used")
        assert await claimed(key="mine") == (422, "invalid-input")
        assert (await claimed(key="01jh8c7d9wq3n5xk2v4m6p8r0v"))[0] == 201
        assert len((await program.get("/obligations?state=accrued")).body["items"]) == 2


async def test_a_claim_that_the_debtor_denies_is_told_and_waits_for_nobody_here(
    town: Town, owing: tuple[Coop, Coop], treasurer: Visitor
) -> None:
    lanehead, portici = owing
    claimed = await claims(lanehead, portici, 9_000)
    await town.settle()
    theirs = await of_uri(portici, claimed.uri)
    before = await waiting_for(treasurer)
    await portici.write(clearing.contest, theirs.id, ContestReason.NOT_OURS, by="operator")
    await town.settle()
    home = await treasurer.get("/")
    assert named_in(home.text) == before
    assert "does not owe us 90" in home.text
    await treasurer.post("/notices/read")
    assert "does not owe us 90" not in (await treasurer.get("/")).text
