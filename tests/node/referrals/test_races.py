"""Two things happen to a referral at once: one wins, the other hears why, consent holds throughout.

On both databases: SQLite puts them one after the other, PostgreSQL undoes one and tries again.
"""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from federation.documents import Requester, Withdrawn
from federation.handlers import Applied, Received, RefusedBy, Verified
from federation.inbox.decide import decide
from federation.models import OutboxEntry
from federation.relations import Standing
from federation.storage import Database
from node import peers, referrals, timers
from node.errors import NodeError
from node.referrals import Side
from node.referrals.handoff import hand_out
from protocol import strict_json
from protocol.contexts import CONTEXT
from protocol.jsonld import normalise
from protocol.vocabulary.activities import parse_activity
from tests.node.listings.conftest import GROCER, MILL, PROFILE, add_actor, add_relation
from tests.node.referrals.samples import NEED
from tests.stories.referring import BOILER, PERSON
from tests.support.clock import FixedClock

DESKS = 8
_numbers = itertools.count(1)


@dataclass
class Loaf:
    """A coop in touch with two others; nothing travels, what they say goes straight in."""

    database: Database
    clock: FixedClock

    async def write(self, command: Any, *given: Any, **named: Any) -> Any:
        return await self.database.write(lambda uow: command(uow, *given, **named))

    async def read(self, query: Any, *given: Any, **named: Any) -> Any:
        async with self.database.reading() as reader:
            return await query(reader, *given, **named)

    async def hear(self, coop: str, type_: str, obj: Any, **said: Any) -> Any:
        """One message of another coop; what became of it."""
        activity = {
            "@context": CONTEXT,
            "id": f"{coop}/a/{next(_numbers)}",
            "type": type_,
            "actor": coop,
            "to": [self.database.identities.coop.uri],
            "object": obj,
        } | said

        async def work(uow: Any) -> Any:
            raw = strict_json.dumps(activity)
            verified = Verified(coop, f"{coop}#main-key", "http", raw, uow.now)
            received = Received(parse_activity(normalise(activity)), verified, Standing.PEER)
            return (await decide(uow, referrals.handlers, [received]))[0]

        return await self.write(work)

    async def accepted_by(self, coop: str, view: Any) -> Any:
        result = {"id": f"{coop}/agreements/1", "type": "Agreement", "attributedTo": coop}
        said = {"termsDigest": view.terms_digest, "result": result}
        return await self.hear(coop, "Accept", view.offer_id, **said)

    async def said(self) -> list[str]:
        """The types of all that it said about referrals, in their order."""
        chosen = select(OutboxEntry.activity_type).where(OutboxEntry.listed.is_(False))
        return await self.read(lambda reader: reader.scalars(chosen.order_by(OutboxEntry.seq)))

    async def states(self) -> list[str]:
        views = await self.read(referrals.referrals, side=Side.SENT)
        return [str(view.state) for view in reversed(views)]

    async def may_have(self, coop: str, view: Any) -> bool:
        """Whether a coop is told who it is about."""
        answer = await self.write(hand_out, Requester(coop, Standing.PEER), view.id)
        return answer is not None and not isinstance(answer, Withdrawn)


@pytest.fixture
async def loaf(either_database: Database, clock: FixedClock) -> Loaf:
    async def found(uow) -> None:
        await peers.first_profile(uow, PROFILE)
        for coop in (GROCER, MILL):
            add_actor(uow, coop)
            add_relation(uow, coop)

    await either_database.write(found)
    return Loaf(either_database, clock)


@pytest.fixture
async def sent(loaf: Loaf) -> tuple[Any, str]:
    """A need passed on to Grocer, then to Mill if it cannot; and the code of the person's link."""
    view = await loaf.write(referrals.start, BOILER, person=PERSON, by="desk")
    line, fields = [GROCER, MILL], ["name", "phone"]
    await loaf.write(referrals.ask_consent, view.id, recipients=line, fields=fields, by="desk")
    consent = await loaf.read(referrals.consent_of, view.case_id)
    code = await loaf.read(referrals.code_of, consent)
    await loaf.write(referrals.give, code, language="en")
    return await loaf.write(referrals.send, view.id, by="desk"), code


async def at_once(*doing: Any) -> list[Any]:
    """What came of each; anything but a refusal in words is a fault."""
    ended = await asyncio.gather(*doing, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, NodeError):
            raise one
    return ended


async def test_of_many_desks_that_accept_at_once_one_does(loaf: Loaf) -> None:
    need = NEED | {"@context": CONTEXT}
    assert await loaf.hear(GROCER, "Offer", need, endTime="2027-01-08T10:00:00Z") == Applied()
    [view] = await loaf.read(referrals.referrals, side=Side.RECEIVED)
    desks = (loaf.write(referrals.accept, view.id, by=f"desk-{n}") for n in range(DESKS))
    ended = await at_once(*desks)
    assert sum(not isinstance(one, NodeError) for one in ended) == 1
    assert {one.code for one in ended if isinstance(one, NodeError)} == {"referral-state"}
    assert await loaf.said() == ["Accept"]


@pytest.mark.parametrize("first", ["person", "coop"])
async def test_a_withdrawal_and_a_yes_at_once_leave_nobody_who_knows(
    loaf: Loaf, sent: tuple[Any, str], first: str
) -> None:
    view, code = sent
    doing = [loaf.write(referrals.withdraw_consent, code), loaf.accepted_by(GROCER, view)]
    ended = await at_once(*(doing if first == "person" else reversed(doing)))
    [yes] = [one for one in ended if isinstance(one, Applied | RefusedBy)]
    assert yes == Applied() or yes.status == 409
    assert await loaf.states() == ["withdrawn"]
    assert (await loaf.said())[-1] == "Undo"
    assert not await loaf.may_have(GROCER, view)
    [after] = await loaf.read(referrals.referrals, side=Side.SENT)
    assert (after.box, after.need.summary) == (None, "")


@pytest.mark.parametrize("first", ["clock", "coop"])
async def test_a_late_yes_and_the_next_coop_at_once_ask_one_of_them(
    loaf: Loaf, sent: tuple[Any, str], first: str
) -> None:
    view, _code = sent
    loaf.clock.advance(view.answer_due - loaf.clock.now())
    doing = [loaf.write(timers.run_due), loaf.accepted_by(GROCER, view)]
    ended = await at_once(*(doing if first == "clock" else reversed(doing)))
    [yes] = [one for one in ended if isinstance(one, Applied | RefusedBy)]
    if yes == Applied():
        assert await loaf.states() == ["accepted"]
        assert await loaf.may_have(GROCER, view)
    else:
        assert (yes.status, yes.code) == (422, "offer-expired")
        assert await loaf.states() == ["expired", "sent"]
        assert (await loaf.said())[-2:] == ["Undo", "Offer"]
        assert not await loaf.may_have(GROCER, view)
