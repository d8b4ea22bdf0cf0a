"""Talking about a proposal on pages, putting a rival text beside it, ranking by taps."""

import json
import re

from node import council, group
from node.council import State
from tests.stories.council import CLASSES, Council
from tests.support.town import TownFounder
from tests.ui.web.test_council_pages import a_delegate, words
from tests.ui.web.visitor import Visitor, signed_in, stranger

FIVE = "Nobody takes more than five per cent for passing somebody on."


async def test_a_proposal_is_talked_about_amended_ranked_and_shown_to_anybody(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead", CLASSES).found()
    await pair.submitted("portici", is_public=True)
    here, there = (await pair.row("lanehead")).id, (await pair.row("portici")).id
    at, theirs = f"/council/proposals/{here}", f"/council/proposals/{there}"
    lanehead, portici = (pair.coops[name] for name in ("lanehead", "portici"))
    async with (
        stranger(lanehead) as visitor,
        stranger(portici) as other,
        signed_in(lanehead, "rosa", "admin") as admin,
        stranger(lanehead) as anybody,
    ):
        ines = await a_delegate(pair, "lanehead", visitor)
        mover = await a_delegate(pair, "portici", other)

        empty = await ines.post(f"{at}/discussion", await form(ines, text="  "))
        assert (empty.status, "Write something." in empty.text) == (422, True)
        said = await ines.post(
            f"{at}/discussion", await form(ines, text="*Three* <b>would do.</b>")
        )
        assert said.status == 303, words(said.text)
        await pair.settle()
        page = (await mover.get(theirs)).text
        assert "<em>Three</em> &lt;b&gt;would do.&lt;/b&gt;" in page
        [remark] = re.findall(r"/comments/(\w+)", page)
        answer = await form(mover, do="answer", text="Not for us.", nameless="1")
        assert (await mover.post(f"{theirs}/comments/{remark}", answer)).status == 303
        await pair.settle()
        page = words((await ines.get(f"{at}/discussion")).text)
        assert page.index("Three") < page.index("Not for us.")

        mine, reply = re.findall(r"/comments/(\w+)", (await ines.get(at)).text)
        hide = await form(admin, do="hide", reason="Too short")
        assert (await admin.post(f"{at}/comments/{reply}", hide | {"reason": ""})).status == 422
        assert (await admin.post(f"{at}/comments/{reply}", hide)).status == 303
        page = words((await ines.get(at)).text)
        assert "Too short" in page
        assert "Not for us." not in page
        assert "Show it again" in (await admin.get(f"{at}/comments/{reply}")).text
        await pair.settle()
        [own] = re.findall(r'/comments/(\w+)"', (await mover.get(theirs)).text)[1:]
        hidden = (await mover.get(f"{theirs}/comments/{own}")).text
        [hiding] = re.findall(r'name="hiding" value="(\w+)"', hidden)
        appeal = await form(mover, do="appeal", hiding=hiding, reason="It is our view.")
        assert (await mover.post(f"{theirs}/comments/{own}", appeal)).status == 303
        await pair.settle()
        asked = (await admin.get("/")).text.partition("</ol>")[0]
        assert "to look again at a comment" in words(asked)
        assert f'href="{at}"' in asked
        refused = await ines.post(f"{at}/comments/{mine}", await form(ines, do="hide", reason="x"))
        assert refused.status == 409
        change = await form(ines, do="edit", text="Three *would* do.")
        assert (await ines.post(f"{at}/comments/{mine}", change)).status == 303

        rival = await form(
            ines,
            title="At most three",
            text=FIVE.replace("five", "three"),
            policies="referrals.fee_ceiling_percent = 3",
        )
        looked = (await ines.post(f"{at}/amend", rival | {"do": "look"})).text
        assert "<del>five</del><ins>three</ins>" in looked
        same = await ines.post(f"{at}/amend", await form(ines, title="x", text=" ", policies=""))
        assert same.status == 422
        assert (await ines.post(f"{at}/amend", rival)).status == 303
        await pair.settle()
        page = (await mover.get(theirs)).text
        assert "<del>five</del><ins>three</ins>" in page
        assert "Take it over" in page
        await pair.put_to_vote()

        first = await form(ines, next="amendment-1")
        looked = (await ines.post(f"{at}/ballot", first)).text
        assert "Rival text 1, of Lanehead" in words(looked)
        next_ = first | dict(re.findall(r'name="(rank:[\w-]+)" value="(\d)"', looked))
        looked = (await ines.post(f"{at}/ballot", next_ | {"next": "original"})).text
        cast = dict(re.findall(r'name="(rank:[\w-]+)" value="(\d)"', looked))
        assert cast == {"rank:amendment-1": "1", "rank:original": "2"}
        voted = await ines.post(f"{at}/ballot", await form(ines, do="cast", **cast))
        assert voted.status == 303, words(voted.text)
        await pair.vote("portici", ["original", "amendment-1"])
        await pair.settle()
        charter = (await lanehead.read(council.federation, await pair.id_at("lanehead"))).digest
        name = (await pair.row("lanehead")).name
        shown = await anybody.get(f"/federations/{charter}/proposals/{name}")
        assert "2 of 2 coops have voted." in words(shown.text)
        assert 'role="status"' not in shown.text
        await anybody_finds_the_federation(pair, anybody)
        await pair.ended()
        assert await pair.states() == {State.IN_FORCE}
        page = words((await mover.get(theirs)).text)
        for told in ("carried", "Read across", "2 needed, 2 cast for."):
            assert told in page, told
        assert (
            "The discussion of this proposal is over" in (await ines.get(f"{at}/discussion")).text
        )


async def anybody_finds_the_federation(pair: Council, anybody: Visitor) -> None:
    """By its address, as a page and as an actor, and by its name."""
    lanehead = pair.coops["lanehead"]
    at = f"/federations/{pair.digest}"
    assert (await anybody.get(at)).status == 404
    await group.attend(lanehead.node.federation)
    page = await anybody.get(at)
    assert f"@toad_lane@{lanehead.node.config.authority}" in page.text
    assert "Referral fees of at most five per cent" in page.text
    actor = json.loads((await anybody.get(at, Accept="application/activity+json")).text)
    handle = f"acct:toad_lane@{lanehead.node.config.authority}"
    found = json.loads((await anybody.get(f"/.well-known/webfinger?resource={handle}")).text)
    assert (actor["type"], actor["charterDigest"]) == ("Group", pair.digest)
    assert found["links"][0]["href"] == actor["id"]


async def form(visitor: Visitor, **fields: str) -> dict[str, str]:
    return {"csrf": await visitor.form_token()} | fields
