"""What time brings about: statements, whose turn it is to call a run, and runs that took too long.

Timers exist only where something is owed: the first obligation that both signed in a currency sets
them, and they set themselves again as long as anything is left.
"""

from datetime import timedelta

from federation.relations import Standing, relations, standings
from federation.storage import Reader, UnitOfWork
from node import limits, policies, timers
from node.clearing import rules

TURN = "clearing-turn"
STATEMENTS = "clearing-statements"
OFFERS = "clearing-offers"
ANSWERS = "clearing-answers"
WORD = "clearing-word"
MONTHLY = timedelta(days=31 + 31 + limits.CLEARING_TURN_DAYS_MOST)
"""From one to the next at most: from early in a month to the last day of the following."""


async def arm(uow: UnitOfWork, currency: str) -> None:
    """Set the timers of a currency, unless they are set."""
    day = await policies.value(uow, policies.CLEARING_DAY)
    if not day:
        return
    if await timers.due_at(uow, TURN, currency) is None:
        turn = rules.turn_of(uow.identities.coop.uri, await in_touch(uow), uow.now, day)
        await timers.set_timer(uow, TURN, currency, turn)
    if await timers.due_at(uow, STATEMENTS, currency) is None:
        await timers.set_timer(uow, STATEMENTS, currency, rules.statement_day(uow.now, day))


async def in_touch(reader: Reader) -> list[str]:
    """The coops that can take part: peers both ways that are not on hold."""
    both = [
        one.actor_uri
        for one in await relations(reader)
        if one.follower_state == "accepted" and one.following_state == "accepted"
    ]
    standing = await standings(reader, both)
    return sorted(uri for uri in both if standing[uri] is Standing.PEER)
