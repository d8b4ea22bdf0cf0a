"""The council on pages: found a federation, name delegates, propose, vote, keep the receipt."""

import json
import re
from typing import Any

import pytest

from node import accounts, council
from node.council import State
from node.council.count import counting
from node.council.rows import store
from node.council.state.record import Proposal, Record
from tests.node.council.liars import name_two_sets_of_delegates
from tests.stories.council import CLASSES, Council
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import Visitor, signed_in, stranger
from ui.web.marking import Run, marked

CHANGEABLE = {**CLASSES, "charter": council.DEFAULT_CLASSES["charter"]}


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    """Two coops in touch that have founded nothing yet."""
    return Council(await found_town(2), "lanehead", CHANGEABLE)


async def a_delegate(pair: Council, name: str, visitor: Visitor) -> Visitor:
    """The coop's delegate, come in by a link."""
    account = await pair.coops[name].read(accounts.account, pair.delegates[name])
    assert account is not None
    assert (await visitor.enter(account)).status == 303
    return visitor


def words(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


async def test_a_federation_is_founded_on_pages_and_names_its_delegates(pair: Council) -> None:
    await pair.meet()
    first, second = pair.town.coops
    async with signed_in(first, "rosa", "admin") as rosa, signed_in(second, "ben", "admin") as ben:
        assert "Found a federation" in (await rosa.get("/council")).text
        form = {
            "csrf": await rosa.form_token(),
            "name": "Toad <Lane>",
            "coops": second.uri,
            "scheme": "proportional",
            f"size:{second.uri}": "90",
            "competences": "referrals.",
            "threshold": "1/2",
            "quorum": "1/3",
            "comment_days": "3",
            "notice_days": "7",
            "special_threshold": "2/3",
            "special_quorum": "1/2",
            "special_comment_days": "7",
            "special_notice_days": "21",
            "answer_days": "10",
            "delegate_term_days": "365",
            "seats": "3",
            "elections": "y",
            "approval": "y",
        }
        wrong = await rosa.post("/council/found", form | {"name": "", "comment_days": "1000"})
        assert wrong.status == 422
        assert "Between 0 and 365 days." in wrong.text
        look = await rosa.post("/council/found", form | {"do": "look"})
        assert look.status == 200
        preview = words(look.text)
        assert "no decision could ever hang on" in preview
        for told in ("Days for a coop’s own yes, where it needs one: 10.", "Seats to fill: 3."):
            assert told in preview
        assert "Each coop ticks what it can live with" in preview
        steps = {"scheme": "tiers", "tiers": "0 = 1\n50 = 3", "cap": "60"}
        capped = words((await rosa.post("/council/found", form | steps)).text)
        for told in ("From 50 members on: 3 votes.", "No coop has more than 60 % of all votes."):
            assert told in capped
        for wrong_steps, why in (
            ({"tiers": "many = 1"}, "Write each step once, like: 100 = 2"),
            ({"cap": "40"}, "the cap cannot be kept: make it larger"),
            ({"cap": "60 %"}, "Between 1 and 100."),
            ({"base": "one"}, "Between 0 and "),
        ):
            refused = await rosa.post("/council/found", form | steps | wrong_steps)
            assert (refused.status, why in refused.text) == (422, True)
        assert await first.read(council.federations) == []

        agreed = {"do": "sign", "scheme": "equal", "facilitators": second.uri}
        signed = await rosa.post("/council/found", form | agreed)
        assert signed.status == 303, words(signed.text)
        assert "Toad &lt;Lane&gt;" in (await rosa.get(signed.location)).text
        await pair.settle()
        [invited] = await second.read(council.federations)
        at = f"/council/federations/{invited.id}"
        rules = await second.read(council.agreed_rules, invited.id)
        assert rules["facilitators"] == [second.uri]
        assert "We are asked to found a federation" in (await ben.get("/notices")).text
        assert f'class="btn" href="{at}"' in (await ben.get("/")).text
        assert "You are asked to join" in (await ben.get(at)).text
        await ben.post(at, {"csrf": await ben.form_token(), "do": "join"})
        await pair.settle()
        assert "We are asked" not in (await ben.get("/notices")).text
        assert at not in (await ben.get("/")).text
        assert "Nobody votes for us yet" in (await ben.get(at)).text

        ben_account = await second.read(accounts.by_handle, "ben")
        assert ben_account is not None
        named = {"csrf": await ben.form_token(), "delegates": ben_account.id}
        twice = await ben.post(f"{at}/delegates", named | {"alternates": ben_account.id})
        assert (twice.status, "Nobody stands in for themselves" in twice.text) == (422, True)
        assert (await ben.post(f"{at}/delegates", named)).status == 303
        await pair.settle()
        page = words((await ben.get(at)).text)
        assert "whoever looks after the node could vote with it" in page
        assert "Delegates: 1. Standing in: 0. Keys are on: its node. Until" in page
        assert "5 January 2027 until" in page
        council_page = words((await ben.get("/council")).text)
        assert "Who speaks for us Ben votes for us" in council_page
        assert "Named by Ben" in council_page
        roles = {accounts.Role.MEMBER}
        await second.write(accounts.create_account, handle="ben2", name="Ben", roles=roles)
        offered = words((await ben.get(f"{at}/delegates")).text)
        assert ("votes for us until" in offered, "Ben · ben2" in offered) == (True, True)
        assert "Propose something" in page

        proposing = await ben.get(f"{at}/propose")
        times = dict(re.findall(r'name="(opens|closes)"[^>]*value="([^"]+)"', proposing.text))
        proposal = named | times | {"title": "A fee", "text": "Five.", "decision_class": "ordinary"}
        outside = await ben.post(
            f"{at}/propose", proposal | {"policies": "listings.max_age_days = 90"}
        )
        assert outside.status == 422
        assert "its charter says on what" in outside.text
        sent = await ben.post(f"{at}/propose", proposal)
        assert sent.status == 303, words(sent.text)
        await pair.settle()
        assert "under discussion" in (await rosa.get("/council")).text

        page = await ben.get(f"{sent.page}/text")
        assert "Five." in page.text
        changed = proposal | {"text": "Five, at most."}
        again = await ben.post(f"{sent.page}/text", changed)
        assert again.status == 303, words(again.text)
        await pair.settle()
        [seen] = await first.read(council.proposals)
        there = (await rosa.get(f"/council/proposals/{seen.id}")).text
        assert "<del>Five.</del><ins>Five, at most.</ins>" in there
        assert f"/council/proposals/{seen.id}/text" not in there


async def test_a_delegate_is_reminded_votes_changes_the_vote_and_keeps_the_receipt(
    pair: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pair.found()
    host, mover = "lanehead", "portici"
    await pair.opened()
    row = await pair.row(mover)
    at = f"/council/proposals/{row.id}"
    async with stranger(pair.coops[mover]) as anybody, stranger(pair.coops[mover]) as session:
        ines = await a_delegate(pair, mover, session)
        assert (await anybody.get(at)).status == 303
        assert f"/council/proposals/{row.id}" in (await ines.get("/")).text
        assert "waits for our coop’s vote until" in (await ines.get("/notices")).text
        page = words((await ines.get(at)).text)
        assert "More than half (1/2) of the votes for and against must be in favour." in page
        assert "0 of 2 votes have come; the quorum is 1: not reached yet" in page

        form = {"csrf": await ines.form_token(), "choice": "no"}
        looked = await ines.post(f"{at}/ballot", form)
        assert "This is your ballot" in looked.text
        assert (await pair.detail(mover)).ours == ()
        for choice in ("no", "yes"):
            cast = await ines.post(f"{at}/ballot", form | {"choice": choice, "do": "cast"})
            assert cast.status == 303
            page = words((await ines.get(at)).text)
            assert "on its way The coop that keeps the log has not answered yet." in page
            await pair.settle()
        assert "waits for our coop’s vote" not in (await ines.get("/notices")).text
        page = (await ines.get(at)).text
        assert "A quorum of coops has stored it." in page
        [link] = re.findall(r'href="(/council/proposals/\w+/receipts/\w+)"', page)
        receipt = council.verify_file((await ines.get(link)).text.encode(), pair.digest)
        assert isinstance(receipt, council.Stored)
        assert (receipt.ballot["choice"], len(receipt.stored_by)) == ("yes", 2)
        assert (await ines.post(f"{at}/ballot", form | {"choice": "maybe"})).status == 422
        early = await ines.get(f"{at}/archive")
        assert (early.status, f"{at}/ballot" in early.text) == (409, True)

        await pair.vote(host, "yes")
        await pair.settle()
        await pair.ended()
        assert await pair.states() == {State.IN_FORCE}
        page = words((await ines.get(at)).text)
        for told in (
            "2 needed, 2 cast for.",
            "from coops that voted yes",
            "2 agree; 2 are needed.",
        ):
            assert told in page
        archive = await ines.get(f"{at}/archive")
        assert council.verify_archive(archive.text.encode(), pair.digest).is_decided

        forged = counting.recount

        def another(record: Record, proposal: Proposal) -> dict[str, Any]:
            found = forged(record, proposal)
            found["counted"].pop()
            return found

        with monkeypatch.context() as patch:
            patch.setattr(counting, "recount", another)
            page = words((await ines.get(at)).text)
        assert "The first place where they part: which ballots count" in page
        assert "Ballots that only one of the two counts:" in page

        calendar = await anybody.get(await feed_of(pair.coops[mover], pair.digest, "ics"))
        assert "SUMMARY:Voting ends: Referral fees" in calendar.text
        feed = await anybody.get(await feed_of(pair.coops[mover], pair.digest, "atom"))
        assert "at most five per cent: in force" in feed.text
        bare = (await anybody.get(f"/council/{pair.digest}.atom?key=x")).text
        assert "five per cent" not in bare, "the digest alone is no secret"
        assert (await anybody.get("/council/zQmUnknown.ics")).status == 404


async def test_evidence_is_saved_from_the_page_and_by_program_and_is_checked_with_nothing_else(
    pair: Council,
) -> None:
    await pair.found()
    host, number = pair.coops["lanehead"], await pair.id_at("lanehead")
    other = await pair.id_at("portici")
    await pair.coops["portici"].write(name_two_sets_of_delegates, other)
    await pair.settle()
    [known] = await host.read(council.found_evidence, number)
    path = f"/council/federations/{number}/evidence/{known.id}"
    async with signed_in(host, "ben") as ben, stranger(host) as anybody:
        page = (await ben.get(f"/council/federations/{number}")).text
        assert f'href="{path}"' in page
        assert f"rochdale verify evidence-{known.id}.json --charter {pair.digest}" in page
        saved = await ben.get(path)
        assert saved.headers["Content-Disposition"].endswith(f'"evidence-{known.id}.json"')
        assert (await ben.get(path.replace(number, other))).status == 404
        assert (await anybody.get(path)).status == 303
        account = await host.read(accounts.by_handle, "ben")
        scopes = frozenset({"council:read"})
        issued = await host.write(accounts.create_token, account.id, label="b", scopes=scopes)
        at = f"/api/v1/federations/{number}/evidence"
        bearer = {"Authorization": f"Bearer {issued.secret}"}
        listed = json.loads((await anybody.get(at, **bearer)).text)["items"]
        assert [(each["id"], each["code"]) for each in listed] == [(known.id, "E5")]
        fetched = await anybody.get(f"{at}/{known.id}", **bearer)
    assert fetched.text == saved.text
    proven = council.verify_file(saved.text.encode(), pair.digest)
    assert isinstance(proven, council.Proven)
    assert proven.finding.culprit == pair.coops["portici"].uri


async def feed_of(coop: Coop, charter: str, kind: str) -> str:
    """Where a coop's people read all news of a federation."""
    async with coop.node.reading() as reader:
        key = council.feed_key(reader, charter)
    return f"/council/{charter}.{kind}?key={key}"


async def test_a_change_of_the_charter_is_looked_at_proposed_and_told_by_the_vote(
    pair: Council,
) -> None:
    await pair.found()
    coop = pair.coops["portici"]
    at = f"/council/federations/{await pair.id_at('portici')}"
    async with signed_in(coop, "ben", "admin") as ben:
        page = (await ben.get(f"{at}/charter/change")).text
        form = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page)) | {
            "csrf": await ben.form_token(),
            "title": "Three quarters",
            "text": "So that few cannot outvote many.",
            "scheme": "equal",
            "competences": "referrals.",
            "threshold": "3/4",
            "quorum": "1/3",
            "witness_quorum": "3n/4+1",
            "delegate_term_days": "700",
        }
        form.pop("powerless", None)
        wrong = await ben.post(f"{at}/charter/change", form | {"name": ""})
        assert wrong.status == 422
        look = words((await ben.post(f"{at}/charter/change", form)).text)
        for told in ("More than half (1/2)", "More than three quarters (3/4)", "700 days"):
            assert told in look
        assert await coop.read(council.proposals) == []
        sent = await ben.post(f"{at}/charter/change", form | {"do": "propose"})
        assert sent.status == 303, words(sent.text)
        proposal = words((await ben.get(sent.location)).text)
        assert "What it changes in the charter" in proposal
        assert "Rule Before After" in proposal
        charter = words((await ben.get(f"{at}/charter")).text)
        for told in ("Founded", "Discussions are looked after by"):
            assert told in charter

        asked = (await ben.get(f"{at}/propose?excludes={pair.coops['lanehead'].uri}")).text
        assert "can answer, and votes on it" in words(asked)
        form = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', asked)) | {
            "csrf": await ben.form_token(),
            "title": "Lanehead is to go",
            "text": "It has not answered for a year.",
            "decision_class": "charter",
            "do": "propose",
        }
        refused = await ben.post(f"{at}/propose", form)
        assert (refused.status, "Two coops are the least" in words(refused.text)) == (422, True)


async def test_a_delegate_says_that_the_key_is_lost_and_an_admin_replaces_the_coops(
    pair: Council,
) -> None:
    await pair.found()
    coop, number = pair.coops["portici"], await pair.id_at("portici")
    at = f"/council/federations/{number}"
    [before] = await coop.read(council.our_delegates, number)
    async with stranger(coop) as session, signed_in(coop, "ben", "admin") as ben:
        ines = await a_delegate(pair, "portici", session)
        assert "My key is lost" in (await ines.get(at)).text
        lost = {"csrf": await ines.form_token(), "do": "lost", "key": before.key}
        assert (await ines.post(f"{at}/keys", lost)).status == 303
        await pair.settle()
        [after] = await coop.read(council.our_delegates, number)
        assert (after.account_id, after.key == before.key) == (before.account_id, False)
        assert (await ines.post(f"{at}/keys", lost)).status == 403
        assert (await ines.get(f"{at}/keys")).status == 403

        whole = await coop.read(council.federation, number)
        old = {each.coop: each.key for each in whole.members}[coop.uri]
        replace = {"csrf": await ben.form_token(), "do": "replace"}
        assert (await ben.post(f"{at}/keys", replace)).status == 422
        said = await ben.post(f"{at}/keys", replace | {"reason": "A laptop is gone."})
        assert said.status == 303
        await pair.settle()
        members = {m.coop: m.key for m in (await coop.read(council.federation, number)).members}
        assert members[coop.uri] != old
        assert "locked with a file" in (await ben.get(f"{at}/keys")).text

        told = {
            "E6": (True, False),
            "log-lacks-protests": (False, True),
            "roll-early": (False, True),
        }
        for why, expected in told.items():
            await coop.write(store.change, number, stopped_because=why)
            page = (await ben.get(at)).text
            assert ("broke the rules" in page, "Our node waits" in page) == expected, why


def test_what_is_new_in_a_text_and_what_is_gone_is_marked_by_word() -> None:
    assert marked("A fee of ten per cent.", "A fee of five per cent, once.") == (
        Run("", "A fee of "),
        Run("del", "ten"),
        Run("ins", "five"),
        Run("", " per "),
        Run("del", "cent."),
        Run("ins", "cent, once."),
    )
