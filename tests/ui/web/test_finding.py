"""Joining a federation from a page, and drafts that only our coop sees."""

import re
from typing import Any

import pytest
from sqlalchemy import delete

from federation.storage import UnitOfWork
from node import council
from node.council import State, finding
from node.council.rows.models import federation_table
from tests.stories.council import CLASSES, Council
from tests.support.town import Coop, TownFounder
from tests.ui.web.test_council_pages import words
from tests.ui.web.visitor import Visitor, signed_in, stranger


async def said(visitor: Visitor, path: str, **form: str) -> Any:
    return await visitor.post(path, {"csrf": await visitor.form_token()} | form)


async def forget(uow: UnitOfWork) -> None:
    await uow.execute(delete(federation_table))


async def founded_without_the_last(found_town: TownFounder) -> tuple[Council, Coop]:
    """Two coops in a federation, and a third one that is in touch with neither."""
    two = Council(await found_town(3), "lanehead", CLASSES)
    everybody = two.town.coops
    new = everybody[-1]
    two.coops = {name: coop for name, coop in two.coops.items() if coop is not new}
    two.town.coops = everybody[:-1]
    await two.found()
    two.town.coops = everybody
    return two, new


async def test_a_coop_finds_a_federation_reads_its_rules_and_is_let_in(
    found_town: TownFounder,
) -> None:
    two, new = await founded_without_the_last(found_town)
    host, other = two.coops.values()
    async with (
        signed_in(new, "ada", "admin") as ada,
        signed_in(host, "rosa", "admin") as rosa,
        signed_in(other, "ben", "admin") as ben,
    ):
        assert "/council/join" in (await ada.get("/council")).text
        untold = await said(ada, "/council/join", address=other.uri)
        assert untold.status == 422
        assert "Ask it to work with you first" in untold.text
        await two.meet()
        assert "See its federations" in (await ada.get("/council/join")).text

        found = await said(ada, "/council/join", address=other.uri)
        page = words(found.text)
        for told in (
            "Toad Lane",
            "2 coops",
            "More than half (1/2) of the votes",
            "Ask to be let in",
        ):
            assert told in page
        at = f"{host.uri.removesuffix('/coop')}/federations/"
        by_address = await said(ada, "/council/join", address=at + two.digest)
        assert "Toad Lane" in by_address.text
        none = await said(ada, "/council/join", address=f"{at}{two.digest[:-1]}")
        assert "No federation there" in none.text

        for _twice in range(2):  # a node that was set up anew asks again, with other keys
            await new.write(forget)
            asked = await said(ada, "/council/join", address=other.uri, charter=two.digest)
            assert asked.status == 303, words(asked.text)
            await two.settle()
        mine = asked.page
        assert "Toad Lane" in (await ada.get("/council")).text
        await two.settle()
        again = await said(ada, "/council/join", address=other.uri)
        assert "It is known here already" in again.text
        for member, name in (
            (rosa, "lanehead"),
            (ben, next(n for n in two.coops if n != "lanehead")),
        ):
            assert (await member.get("/notices")).text.count("asks to be let into “Toad Lane”") == 1
            here = f"/council/federations/{await two.id_at(name)}"
            assert "Coops that ask to be let in" in (await member.get(here)).text
            looked = words((await said(ada, mine, do="look")).text)
            is_first = member is rosa
            assert ("Nobody has said yes so far" in looked) is is_first
            assert ("These coops have said yes: Lanehead" in looked) is not is_first
            assert (await said(member, here, do="admit", coop=new.uri)).status == 303
            await two.settle()
            assert "asks to be let into" not in (await member.get("/notices")).text
        assert await host.read(council.applicants, await two.id_at("lanehead")) == []
        assert "Our coop belongs to “Toad Lane” now" in (await ada.get("/notices")).text
        assert "Nobody votes for us yet" in (await ada.get(mine)).text
    [view] = await new.read(council.federations)
    assert (view.state, len(view.members)) == ("active", 3)


async def test_what_a_neighbour_tells_wrongly_of_its_federations_is_refused_in_words(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    two, new = await founded_without_the_last(found_town)
    await two.meet()
    host = two.host
    rules = dict(await host.read(council.agreed_rules, await two.id_at("lanehead")))
    whole = {
        "charterDigest": two.digest,
        "host": host.uri,
        "rules": rules,
        "coops": 2,
        "quorum": 2,
    }
    wrong: tuple[dict[str, Any], ...] = (
        {"charterDigest": "../../peers"},
        {"host": "javascript:alert(1)"},
        {"rules": rules | {"classes": {"ordinary": {}}}},
        {"rules": []},
        {"coops": 10**30},
        {"quorum": -1},
        {"saidYes": [1]},
    )
    async with signed_in(new, "ada", "admin") as ada:
        for each in wrong:
            monkeypatch.setattr(finding, "_told", lambda *_, each=each: whole | each)
            answer = await said(ada, "/council/join", address=host.uri)
            assert answer.status == 422, each
        monkeypatch.setattr(finding, "_told", lambda *_: whole | {"saidYes": ["<b>x</b>"] * 50})
        [told] = await council.findable(new.node.federation, host.uri)
        assert told.said_yes == ("<b>x</b>",) * 2
        assert (await said(ada, "/council/join", address=host.uri)).status == 200


async def test_a_draft_is_our_coops_alone_until_it_is_put_before_the_others(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead", CLASSES).found()
    mover, other = pair.town.coops
    number = await pair.id_at("lanehead")
    at = f"/council/federations/{number}"
    async with signed_in(mover, "rosa", "admin") as rosa, stranger(mover) as anybody:
        blank = (await rosa.get(f"{at}/propose")).text
        times = dict(re.findall(r'name="(opens|closes)"[^>]*value="([^"]+)"', blank))
        form = times | {
            "title": "A fee",
            "text": "Five.",
            "decision_class": "ordinary",
            "is_public": "y",
        }
        kept = await said(rosa, f"{at}/propose", **form, do="keep")
        assert kept.status == 303, words(kept.text)
        here = kept.page
        await pair.settle()
        assert await other.read(council.proposals) == []
        assert "Only our coop sees it" in (await rosa.get("/council")).text
        assert "A fee" not in (await anybody.get(f"/council/{pair.digest}.atom")).text
        assert "A fee" not in (await anybody.get(f"/council/{pair.digest}.ics")).text
        assert "A fee" not in (await anybody.get(f"/federations/{pair.digest}")).text

        too_short = form | {"closes": form["opens"], "text": "Six."}
        assert (await said(rosa, f"{here}/text", **too_short, do="keep")).status == 303
        refused = await said(rosa, here, do="submit")
        assert refused.status == 422
        assert "Voting must open before it closes" in refused.text
        assert (await said(rosa, f"{here}/text", **form | {"text": "Seven."})).status == 303
        await pair.settle()
        [seen] = await other.read(council.proposals)
        assert (seen.title, seen.state) == ("A fee", State.DISCUSSION)
        assert (await other.read(council.proposal, seen.id)).text["text"] == "Seven."
        assert (await said(rosa, here, do="drop")).status == 409

        second = await said(rosa, f"{at}/propose", **form, do="keep")
        dropped = await said(rosa, second.page, do="drop")
        assert dropped.status == 303
        assert (await rosa.get(second.location)).status == 404
        assert len(await mover.read(council.proposals)) == 1
