"""Coops talk about a proposal, one hides what was said, a rival text becomes the rule; and what
anybody else can read of it."""

from datetime import timedelta
from typing import Any

import pytest

from federation.documents import ANYONE, Answer, Protected, Requester
from federation.handlers import Applied, Ignored, RefusedBy
from federation.relations import Standing
from node import accounts, council, deliberation, limits, notices, policies
from node.accounts import AccountView, Role
from node.council import Amended, State
from node.deliberation import Act, CommentView, Scope
from node.errors import Closed, NotAllowed
from protocol import strict_json
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from tests.node.council.hall import Assembly, HallOpener
from tests.node.group.square import Square

pytestmark = pytest.mark.long

MINE = "Five per cent is **too much** <script>alert(1)</script>"
RIVAL = Amended(
    "At most three", "Nobody takes more than three.", {"referrals.fee_ceiling_percent": "3"}
)


@pytest.fixture
async def three(assemble: HallOpener) -> Assembly:
    """Three coops; Portici has proposed something, Lanehead keeps the log."""
    founded = await assemble(3)
    await founded.found()
    return founded


class Talk:
    """What people of these coops do in the discussion of the one proposal."""

    def __init__(self, three: Assembly) -> None:
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

    async def say(self, name: str, text: str, answers: str | None = None) -> str:
        row, by = await self.three.row(name), await self.person(name, Role.MEMBER)
        made = await self.do(name, deliberation.comment, row.id, text, by=by, answers=answers)
        return str(made)

    async def heard(self, name: str, *roles: Role) -> list[CommentView]:
        row, reader = (
            await self.three.row(name),
            await self.person(name, *(roles or (Role.MEMBER,))),
        )
        found = await self.three.coops[name].read(deliberation.discussion, row.id, reader)
        return list(found.comments)

    async def told(self, name: str, *roles: Role) -> set[str]:
        who = await self.person(name, *roles)
        found = await self.three.coops[name].read(notices.notices, who)
        return {each.kind.value for each in found}


async def served(three: Assembly, name: str, path: str, requester: Requester = ANYONE) -> Answer:
    """What a coop answers to another server for a path."""
    at = path.removeprefix(f"https://{name}.example")
    return await three.coops[name].read(deliberation.documents.answer, requester, at)


async def only_members_read(three: Assembly, comment: str) -> None:
    """What is said about a proposal that is not public."""
    peer = Requester(three.coops["pioneer"].uri, Standing.PEER)
    stranger = Requester("https://loaf.example/coop", Standing.PEER)
    for asking in (ANYONE, stranger):
        assert isinstance(await served(three, "portici", f"/comments/{comment}", asking), Protected)
    shown = await served(three, "portici", f"/comments/{comment}", peer)
    assert PUBLIC not in shown["to"]


async def test_a_comment_is_hidden_for_a_reason_looked_at_again_and_erased_everywhere(three):
    await three.submitted("portici")
    talk = Talk(three)
    first = await talk.say("portici", MINE)
    await only_members_read(three, first)
    [seen] = await talk.heard("pioneer")
    assert (seen.coop, seen.byline, seen.text) == (three.coops["portici"].uri, "Ada", MINE)
    assert "<strong>too much</strong>" in seen.html
    assert "<script" not in seen.html
    await talk.say("pioneer", "It pays for the phone.", answers=seen.id)
    lines = [(each.text, each.depth) for each in await talk.heard("lanehead")]
    assert lines == [(MINE, 0), ("It pays for the phone.", 1)]
    assert "comment-answered" in await talk.told("portici", Role.MEMBER)

    admin, member = (
        await talk.person("pioneer", Role.ADMIN),
        await talk.person("pioneer", Role.MEMBER),
    )
    for by, scope in ((member, Scope.OWN), (admin, Scope.FEDERATION)):
        with pytest.raises(NotAllowed):
            await talk.do("pioneer", deliberation.hide, seen.id, "Rude", by=by, scope=scope)
    await talk.do("pioneer", deliberation.hide, seen.id, "Off the point", by=admin)
    assert [bool(each.hidden) for each in await talk.heard("pioneer")] == [True, False]
    assert not any(each.hidden for each in await talk.heard("lanehead"))
    [mine, _answer] = await talk.heard("portici")
    [hiding] = mine.hidings
    assert (mine.hidden, hiding.reason, hiding.can_appeal) == (None, "Off the point", True)
    assert (hiding.appeal_by - hiding.hidden_at).days == policies.MODERATION_APPEAL_DAYS.default
    assert "comment-hidden" in await talk.told("portici", Role.MEMBER)

    author = await talk.person("portici", Role.MEMBER)
    await talk.do("portici", deliberation.appeal, hiding.id, "It is the point.", by=author)
    assert "comment-appealed" in await talk.told("pioneer", Role.ADMIN)
    [asked] = (await talk.heard("pioneer"))[0].hidings
    assert (asked.state, asked.appeal) == (deliberation.State.APPEALED, "It is the point.")
    await talk.do("pioneer", deliberation.answer, asked.id, Act.UPHOLD, "It is not.", by=admin)
    [upheld] = (await talk.heard("portici"))[0].hidings
    assert (upheld.state, upheld.answer) == (deliberation.State.UPHELD, "It is not.")
    await talk.do("pioneer", deliberation.answer, asked.id, Act.SHOW, "", by=admin)
    assert not any(each.hidden for each in await talk.heard("pioneer"))

    host = await talk.person("lanehead", Role.ADMIN)
    at_host = (await talk.heard("lanehead"))[0].id
    everywhere = Scope.FEDERATION
    await talk.do("lanehead", deliberation.hide, at_host, "Names", by=host, scope=everywhere)
    assert all([(await talk.heard(name))[0].hidden for name in three.coops])
    hidden = (await talk.heard("portici"))[0].hidden
    assert hidden is not None
    three.town.clock.advance(hidden.appeal_by - hidden.hidden_at + timedelta(seconds=1))
    with pytest.raises(Closed):
        await talk.do("portici", deliberation.appeal, hidden.id, "Late", by=author)

    await talk.do("portici", deliberation.edit, first, "Five is too much.", by=author)
    assert (await talk.heard("pioneer"))[0].text == "Five is too much."
    size = (await three.coops["pioneer"].read(council.federations))[0].size
    await talk.do("portici", deliberation.erase, first, by=author)
    for name, coop in three.coops.items():
        assert [each.text for each in await talk.heard(name)] == [None, "It pays for the phone."]
        assert (await coop.read(council.federations))[0].size == size


async def test_what_strangers_send_and_what_is_too_much_is_refused(
    assemble: HallOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await assemble(2)
    await pair.found()
    await pair.submitted("portici")
    talk = Talk(pair)
    monkeypatch.setattr(limits, "COMMENTS_OF_ACCOUNT", 1)
    await talk.say("lanehead", "Once")
    with pytest.raises(NotAllowed):
        await talk.say("lanehead", "Twice")
    lanehead, sender = pair.coops["lanehead"], pair.coops["portici"].uri
    [view] = await lanehead.read(council.federations)
    note = {
        "id": "https://portici.example/comments/1",
        "type": "Note",
        "kind": "comment",
        "attributedTo": sender,
        "context": f"urn:rochdale:{view.digest}:{(await pair.row('lanehead')).name}",
        "content": "<p>Hello</p>",
        "published": "2027-01-05T10:00:00Z",
    }

    async def hear(actor: str = sender, kind: str = "Create", **changes: Any) -> Any:
        base = actor.removesuffix("/coop")
        fields = note | {"attributedTo": actor} | changes
        said = activities.activity(kind, f"{base}/a/{len(changes)}", actor, fields, (lanehead.uri,))
        return await lanehead.hear(actor, strict_json.dumps(said))

    stranger = await hear("https://loaf.example/coop", id="https://loaf.example/comments/1")
    assert isinstance(stranger, RefusedBy)
    assert stranger.code == "not-a-member"
    for changes, code in (
        ({"content": "x" * (limits.COMMENT_LONGEST + 1)}, "comment-too-long"),
        ({"content": "<p> </p>"}, "comment-empty"),
        ({"context": "https://portici.example/threads/1"}, "bad-property"),
        ({"context": "urn:rochdale:zQmOther:p1"}, "federation-unknown"),
    ):
        assert (await hear(**changes)).code == code
    early = await hear(context=f"urn:rochdale:{view.digest}:not-here-yet")
    assert isinstance(early, Applied)
    assert isinstance(await hear(), Ignored)
    loaf = "https://loaf.example/coop"
    assert (await hear(loaf, "Update", updated="2027-01-06T10:00:00Z")).code == "not-owner"
    newer = await hear(kind="Update", updated="2027-01-05T09:00:00Z")
    assert newer == Ignored("older")


async def test_who_the_charter_names_hides_for_all_and_not_the_host(assemble: HallOpener) -> None:
    pair = await assemble(2)
    portici, lanehead = pair.coops["portici"], pair.coops["lanehead"]
    pair.facilitators = (portici.uri, "https://gone.example/coop")
    await pair.found()
    await pair.submitted("portici")
    talk = Talk(pair)
    await talk.say("lanehead", "Names and numbers.")
    for name, may in (("lanehead", False), ("portici", True)):
        by, [line] = await talk.person(name, Role.ADMIN), await talk.heard(name)
        hiding = (deliberation.hide, line.id, "Names")
        if may:
            await talk.do(name, *hiding, by=by, scope=Scope.FEDERATION)
            continue
        with pytest.raises(NotAllowed):
            await talk.do(name, *hiding, by=by, scope=Scope.FEDERATION)
    assert all([(await talk.heard(name))[0].hidden for name in pair.coops])
    [view] = await portici.read(council.federations)
    assert view.moderators == (portici.uri,), "a coop that is no member counts for nothing"

    facts = {
        "federation": view.digest,
        "comment": (await talk.heard("portici"))[0].uri,
        "scope": "federation",
        "reason": "Ours to say",
        "act": "hide",
        "appealBy": "2027-02-01T10:00:00Z",
    }
    word = {
        "id": "https://lanehead.example/council/1",
        "type": "Document",
        "kind": "councilModeration",
        "attributedTo": lanehead.uri,
        "facts": facts,
    }
    said = activities.create("https://lanehead.example/a/1", lanehead.uri, word, (portici.uri,))
    refused = await portici.hear(lanehead.uri, strict_json.dumps(said))
    assert isinstance(refused, RefusedBy)
    assert refused.code == "not-a-facilitator"


async def test_a_rival_text_that_most_put_first_is_the_rule_and_anybody_may_read_of_it(three):
    await three.submitted("portici", is_public=True)
    talk = Talk(three)
    row = await three.row("pioneer")
    await talk.do("pioneer", council.amend, row.id, RIVAL, by="ben")
    comment = await talk.say("portici", "Five pays for it.")
    await three.put_to_vote()
    for name in three.coops:
        behind = await three.coops[name].read(council.background, (await three.row(name)).id)
        assert behind.options == ("original", "amendment-1", "no-change")
    await three.vote("lanehead", ["amendment-1", "original", "no-change"])
    await three.vote("pioneer", ["amendment-1", "no-change"])
    await three.vote("portici", ["original", "amendment-1"])
    await three.settle()

    square = Square(three)
    await square.attend()
    note = await served(three, "portici", f"/comments/{comment}")
    question = await square.read(note["inReplyTo"])
    assert (note["to"], question["to"]) == ([PUBLIC], [PUBLIC])
    assert [option["name"] for option in question["oneOf"]] == [
        "Referral fees of at most five per cent",
        "At most three",
        "no-change",
    ]
    assert not any(name in strict_json.dumps(question).decode() for name in ("pioneer", "portici"))

    await three.ended()
    assert await three.states() == {State.IN_FORCE}
    shown = await square.read(note["inReplyTo"])
    assert (shown["outcome"], shown["closed"]) == ("passed", question["endTime"])
    assert "more than three" in shown["content"]
    await three.wait(days=8)
    for name, coop in three.coops.items():
        archive = await coop.read(council.archive_of, (await three.row(name)).id)
        verdict = council.verify_archive(archive, three.digest)
        assert verdict.result["tally"]["winners"] == ["amendment-1"]
        in_force = await coop.read(policies.in_force, policies.REFERRALS_FEE_CEILING_PERCENT)
        assert (in_force.value, name) == (3, name)
