"""Deciding about whole domains, and what a coop that is kept at a distance may do by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from federation import moderation
from federation.handlers import Applied
from federation.models import RuleLevel
from node import peers
from node.audit.models import AuditEntry
from node.errors import InvalidInput, NotFound
from node.notices.models import Notice
from node.peers import PeerState, commands, inbox
from node.peers.rules import peer_state
from tests.federation.factories import GROCER
from tests.node.peers.test_inbox import FOLLOW, OURS, actor, hear, message, relate, relation, said
from tests.support.asking import read
from tests.support.meanwhile import Meanwhile

NEW = "https://elsewhere.example/coop"


async def decide(database, level=RuleLevel.LIMIT, domain="grocer.example", **named):
    return await database.write(lambda uow: peers.decide(uow, domain, level, "loud", **named))


async def domains(database):
    return await read(database, peers.domains)


async def unread(database) -> dict[str, bool]:
    async with database.reading() as reader:
        return {row.kind: row.read_at is None for row in await reader.scalars(select(Notice))}


async def test_a_decision_says_what_why_and_until_when(database, clock):
    await decide(database, domain=" Grocer.Example ", days=7)
    [rule] = await domains(database)
    assert (rule.domain, rule.level, rule.reason) == ("grocer.example", "limit", "loud")
    assert (rule.expires_at, rule.is_over) == (clock.now() + timedelta(days=7), False)
    clock.advance(timedelta(days=7))
    assert [rule.is_over for rule in await domains(database)] == [True]
    async with database.reading() as reader:
        [entry] = await reader.scalars(select(AuditEntry))
    assert (entry.what, entry.subject) == ("domains.limit", "grocer.example")


@pytest.mark.parametrize(
    ("domain", "reason", "days", "fields"),
    [
        ("", "", 0, ["domain", "reason", "days"]),
        ("https://evil.example/x", "spam", None, ["domain"]),
        ("not a domain", "spam", None, ["domain"]),
        ("evil.example", "x" * 501, None, ["reason"]),
        ("evil.example", "spam", 3651, ["days"]),
        ("x" * 254, "spam", None, ["domain"]),
    ],
)
async def test_what_cannot_be_decided_is_told_field_by_field(
    database, domain, reason, days, fields
):
    with pytest.raises(InvalidInput) as refusal:
        await database.write(
            lambda uow: peers.decide(uow, domain, RuleLevel.BLOCK, reason, days=days)
        )
    assert list(refusal.value.fields) == fields
    assert await domains(database) == []


@pytest.mark.parametrize("domain", ["nobody.example", "not a domain", ""])
async def test_lifting_what_was_never_decided_is_told(database, domain):
    with pytest.raises(NotFound, match="Nothing was decided"):
        await database.write(lambda uow: peers.lift(uow, domain))


async def test_the_ask_of_a_limited_coop_waits_for_a_person_whatever_was_said_before(database):
    await relate(database, consented=True)
    await database.write(lambda uow: peers.accept(uow, "grocer.example"))
    await decide(database)
    assert await hear(database, inbox.follows_arrived, message("Follow", OURS)) == Applied()
    assert (await relation(database)).follower_state == "asked"
    assert await said(database) == []


async def test_so_does_that_of_one_said_yes_to_before_it_was_seen(database):
    await database.write(lambda uow: peers.accept(uow, "grocer.example"))
    await decide(database, domain="example")
    async with database.reading() as reader:
        assert await commands.welcomed_at(reader, "grocer.example") == []


async def test_a_yes_said_after_the_limit_counts(database):
    await relate(database)
    await decide(database)
    await database.write(lambda uow: peers.accept(uow, GROCER))
    await hear(database, inbox.follows_arrived, message("Follow", OURS))
    assert (await relation(database)).follower_state == "accepted"


async def test_being_in_touch_is_not_ended_by_a_limit(database):
    both = {"follower_state": "accepted", "following_state": "accepted"}
    await relate(database, **both, consented=True, their_follow_id=FOLLOW)
    await decide(database)
    again = message("Follow", OURS)
    await hear(database, inbox.follows_arrived, again)
    assert (await relation(database)).follower_state == "accepted"


def test_one_that_we_hear_and_that_asks_to_hear_us_waits_for_an_answer():
    state = peer_state("asked", "accepted", suspended=False, away_since=None)
    assert state is PeerState.ASKED_BY_THEM


async def test_notices_from_a_limited_coop_call_nobody(database):
    await relate(database)
    await decide(database)
    await hear(database, inbox.follows_arrived, message("Follow", OURS))
    assert await unread(database) == {"peer-asks": False}


async def test_notices_from_others_call(database):
    await relate(database)
    await decide(database, domain="elsewhere.example")
    await hear(database, inbox.follows_arrived, message("Follow", OURS))
    assert await unread(database) == {"peer-asks": True}


async def test_a_limited_coop_takes_its_limit_along_when_it_moves(database, clock):
    await relate(database, follower_state="accepted", following_state="accepted", consented=True)
    await decide(database, days=7)
    moved = message("Move", GROCER, target=NEW)
    document = actor(NEW, alsoKnownAs=[GROCER])
    assert await hear(database, inbox.actors_moved, moved, {NEW: document}) == Applied()
    rule = await read(database, moderation.rule_for, "elsewhere.example")
    assert (rule.level, rule.expires_at) == ("limit", clock.now() + timedelta(days=7))


async def test_what_is_decided_while_a_list_is_taken_over_stands(database):
    """Two who decide at once: what was decided here was overwritten by what the list says."""
    other = Meanwhile(database, lambda: decide(database, RuleLevel.ALLOW, "grocer.example"))
    table = b"#domain,#severity\nevil.example,suspend\ngrocer.example,suspend\n"
    report = await peers.import_blocks(other, table)
    assert (report.blocked, report.kept) == (1, ["grocer.example"])
    levels = {rule.domain: rule.level for rule in await domains(database)}
    assert levels == {"evil.example": "block", "grocer.example": "allow"}
