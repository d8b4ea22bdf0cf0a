"""Coops talk about a proposal, one hides what was said, and a rival text becomes the rule."""

from typing import Any

import pytest

from node import accounts, council, deliberation, notices, policies
from node.accounts import AccountView, Role
from node.council import Amended, State
from node.deliberation import Act, CommentView, Scope
from node.errors import Closed, Conflict, NotAllowed
from tests.stories.council import Council

MINE = "Five per cent is **too much** <script>alert(1)</script>"


@pytest.fixture
async def three(found_town) -> Council:
    return await Council(await found_town(3), "lanehead").found()


class Talk:
    """What people of these coops do in the discussion of the one proposal."""

    def __init__(self, three: Council) -> None:
        self.three = three

    async def person(self, name: str, *roles: Role) -> AccountView:
        coop = self.three.coops[name]
        handle = "-".join(("p", *roles))
        found = await coop.read(accounts.by_handle, handle)
        made = {"handle": handle, "name": "Ada", "roles": set(roles)}
        account: AccountView = found or await coop.write(accounts.create_account, **made)
        return account

    async def do(self, name: str, command: Any, *given: Any, **named: Any) -> Any:
        done = await self.three.coops[name].write(command, *given, **named)
        await self.three.settle()
        return done

    async def say(self, name: str, text: str, by: AccountView, answers: str | None = None) -> str:
        row = await self.three.row(name)
        found: str = await self.do(name, deliberation.comment, row.id, text, by=by, answers=answers)
        return found

    async def heard(self, name: str, reader: AccountView | None = None) -> list[CommentView]:
        coop, row = self.three.coops[name], await self.three.row(name)
        reader = reader or await self.person(name, Role.MEMBER)
        return list((await coop.read(deliberation.discussion, row.id, reader)).comments)

    async def told(self, name: str, who: AccountView) -> list[str]:
        found = await self.three.coops[name].read(notices.notices, who)
        return [each.kind.value for each in found]


async def proposed(three: Council) -> None:
    await three.opened(until="discussion")


async def test_a_comment_travels_is_hidden_for_a_reason_and_shown_again_when_asked(three):
    await proposed(three)
    talk = Talk(three)
    member = await talk.person("portici", Role.MEMBER)
    first = await talk.say("portici", MINE, member)
    [seen] = await talk.heard("pioneer")
    assert (seen.coop, seen.byline, seen.text) == (three.coops["portici"].uri, "Ada", MINE)
    assert "<strong>too much</strong>" in seen.html
    assert "<script" not in seen.html

    other = await talk.person("pioneer", Role.MEMBER)
    await talk.say("pioneer", "It pays for the phone.", other, answers=seen.id)
    lines = [(each.text, each.depth) for each in await talk.heard("lanehead")]
    assert lines == [(MINE, 0), ("It pays for the phone.", 1)]
    assert "comment-answered" in await talk.told("portici", member)

    admin = await talk.person("pioneer", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await talk.do("pioneer", deliberation.hide, seen.id, "Rude", by=other)
    with pytest.raises(NotAllowed, match="keeps the log"):
        await talk.do(
            "pioneer", deliberation.hide, seen.id, "Rude", by=admin, scope=Scope.FEDERATION
        )
    await talk.do("pioneer", deliberation.hide, seen.id, "Off the point", by=admin)
    assert [bool(each.hidden) for each in await talk.heard("pioneer")] == [True, False]
    assert not any(each.hidden for each in await talk.heard("lanehead"))
    [mine, _answer] = await talk.heard("portici", member)
    [hiding] = mine.hidings
    assert (mine.hidden, hiding.reason, hiding.can_appeal) == (None, "Off the point", True)
    assert (hiding.appeal_by - hiding.hidden_at).days == policies.MODERATION_APPEAL_DAYS.default
    assert "comment-hidden" in await talk.told("portici", member)

    await talk.do("portici", deliberation.appeal, hiding.id, "It is the point.", by=member)
    assert "comment-appealed" in await talk.told("pioneer", admin)
    [asked] = (await talk.heard("pioneer", admin))[0].hidings
    assert (asked.state, asked.appeal) == (deliberation.State.APPEALED, "It is the point.")
    await talk.do("pioneer", deliberation.answer, asked.id, Act.SHOW, "", by=admin)
    assert not any(each.hidden for each in await talk.heard("pioneer"))
    assert "comment-reviewed" in await talk.told("portici", member)

    host = await talk.person("lanehead", Role.ADMIN)
    at_host = (await talk.heard("lanehead"))[0].id
    federation = Scope.FEDERATION
    await talk.do("lanehead", deliberation.hide, at_host, "Names", by=host, scope=federation)
    assert all([(await talk.heard(name))[0].hidden for name in three.coops])
    [mine, _answer] = await talk.heard("portici", member)
    assert mine.hidden is not None
    three.town.clock.advance(mine.hidden.appeal_by - three.town.clock.now())
    three.town.clock.advance(mine.hidden.appeal_by - mine.hidden.hidden_at)
    with pytest.raises((Closed, Conflict)):
        await talk.do("portici", deliberation.appeal, mine.hidden.id, "Late", by=member)

    await talk.do("portici", deliberation.erase, first, by=member)
    for name in three.coops:
        assert [each.text for each in await talk.heard(name)] == [None, "It pays for the phone."]


async def test_a_rival_text_that_most_put_first_and_a_majority_wants_is_the_rule(three):
    await proposed(three)
    rival = Amended(
        "At most three", "Nobody takes more than three.", {"referrals.fee_ceiling_percent": "3"}
    )
    pioneer = three.coops["pioneer"]
    row = await three.row("pioneer")
    delegate = await pioneer.read(accounts.account, three.delegates["pioneer"])
    await pioneer.write(council.amend, row.id, rival, by=delegate.id)
    await three.settle()
    portici = three.coops["portici"]
    mover = await portici.read(accounts.account, three.delegates["portici"])
    assert "council-amended" in [
        each.kind.value for each in await portici.read(notices.notices, mover)
    ]
    await three.announced()
    assert await three.states() == {State.OPEN}
    for name in three.coops:
        behind = await three.coops[name].read(council.background, (await three.row(name)).id)
        assert behind.options == ("original", "amendment-1", "no-change")
    await three.vote("lanehead", ["amendment-1", "original", "no-change"])
    await three.vote("pioneer", ["amendment-1", "no-change"])
    await three.vote("portici", ["original", "amendment-1"])
    await three.settle()
    await three.ended()
    assert await three.states() == {State.IN_FORCE}
    await three.wait(days=8)
    for name, coop in three.coops.items():
        archive = await coop.read(council.archive_of, (await three.row(name)).id)
        verdict = council.verify_archive(archive, three.digest)
        assert verdict.result["tally"]["winners"] == ["amendment-1"]
        in_force = await coop.read(policies.in_force, policies.REFERRALS_FEE_CEILING_PERCENT)
        assert (in_force.value, name) == (3, name)
