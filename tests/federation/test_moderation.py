from datetime import timedelta

import pytest

from federation import moderation
from federation.models import DomainRule, RuleLevel
from federation.storage import Database, UnitOfWork
from protocol.errors import MalformedDocument
from tests.support.clock import START


def rule(domain: str, level: RuleLevel = RuleLevel.BLOCK, days: int | None = None) -> DomainRule:
    return DomainRule(
        domain=domain,
        level=level,
        reason="",
        created_at=START,
        expires_at=START + timedelta(days=days) if days is not None else None,
    )


@pytest.mark.parametrize(
    ("ruled", "asked", "holds"),
    [
        ("evil.example", "evil.example", True),
        ("evil.example", "evil.example:8443", True),  # another port is no way round
        ("evil.example", "a.b.evil.example", True),
        ("evil.example", "notevil.example", False),
        ("evil.example", "evil.example.org", False),
        ("localhost:8001", "localhost:8001", True),
        ("localhost:8001", "localhost:8002", False),
        ("0.0.1", "127.0.0.1", False),  # parts of an address are not domains
        ("127.0.0.1", "127.0.0.1:8001", True),
    ],
)
def test_a_block_holds_for_the_domain_and_what_lies_below(
    ruled: str, asked: str, holds: bool
) -> None:
    found = moderation.applying(asked, {ruled: rule(ruled)}, START)
    assert moderation.is_blocked(found) is holds


def test_an_allowance_holds_for_exactly_the_named_authority() -> None:
    rules = {"host.example": rule("host.example", RuleLevel.ALLOW)}
    assert moderation.applying("host.example", rules, START) is not None
    assert moderation.applying("stranger.host.example", rules, START) is None


def test_the_most_exact_rule_decides() -> None:
    rules = {
        "host.example": rule("host.example"),
        "good.host.example": rule("good.host.example", RuleLevel.ALLOW),
    }
    good = moderation.applying("good.host.example", rules, START)
    assert not moderation.is_blocked(good)
    assert moderation.is_blocked(moderation.applying("bad.host.example", rules, START))


def test_a_rule_ends_when_it_says() -> None:
    rules = {"evil.example": rule("evil.example", days=1)}
    assert moderation.applying("evil.example", rules, START)
    assert moderation.applying("evil.example", rules, START + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("level", "peering", "related", "admitted"),
    [
        (None, "open", False, True),
        (None, "allow-list", False, False),
        (None, "allow-list", True, True),
        (RuleLevel.ALLOW, "allow-list", False, True),
        (RuleLevel.LIMIT, "allow-list", False, False),
        (RuleLevel.LIMIT, "open", False, True),
        (RuleLevel.BLOCK, "open", True, False),
    ],
)
def test_who_may_talk_to_us(level, peering, related, admitted) -> None:
    found = rule("peer.example", level) if level else None
    assert moderation.admits(found, peering, related=related) is admitted


async def test_a_rule_is_kept_replaced_and_removed(database: Database) -> None:
    async def decide(uow: UnitOfWork) -> None:
        await moderation.set_rule(uow, "EVIL.example", RuleLevel.LIMIT, "loud")
        await moderation.set_rule(uow, "evil.example", RuleLevel.BLOCK, "forged listings")

    await database.write(decide)
    async with database.reading() as reader:
        (kept,) = await moderation.rules(reader)
        assert (kept.domain, kept.level, kept.reason) == (
            "evil.example",
            "block",
            "forged listings",
        )
        assert moderation.is_blocked(await moderation.rule_for(reader, "www.evil.example"))
        assert await moderation.rule_for(reader, "good.example") is None
    await database.write(lambda uow: moderation.remove_rule(uow, "evil.example"))
    async with database.reading() as reader:
        assert await moderation.rules(reader) == []


async def test_a_name_that_no_domain_can_have_is_refused(database: Database) -> None:
    with pytest.raises(MalformedDocument):
        await database.write(
            lambda uow: moderation.set_rule(uow, "not a domain", RuleLevel.BLOCK, "")
        )
