"""Loaf, a coop in touch with Grocer and Mill; the database has every table, nobody is connected."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from federation.documents import Requester, Withdrawn
from federation.handlers import Received, Verified
from federation.inbox.decide import decide
from federation.models import OutboxEntry
from federation.relations import Standing
from federation.storage import Database
from node import peers, referrals
from node.referrals import Draft, ReferralView, Side
from node.referrals.handoff import hand_out
from protocol import strict_json
from protocol.contexts import CONTEXT
from protocol.jsonld import normalise
from protocol.vocabulary.activities import parse_activity
from tests.federation.factories import related, remote_actor
from tests.node.listings.conftest import GROCER, MILL, PROFILE
from tests.stories.referring import PERSON
from tests.support.asking import Asking
from tests.support.clock import FixedClock

_numbers = itertools.count(1)


@dataclass
class Loaf(Asking):
    """A coop in touch with two others; nothing travels, what they say goes straight in."""

    database: Database
    clock: FixedClock

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

    async def pass_on(self, draft: Draft) -> tuple[ReferralView, str]:
        """To Grocer, then to Mill if it cannot; and the code of the person's link."""
        view = await self.write(referrals.start, draft, person=PERSON, by="desk")
        line, fields = [GROCER, MILL], ["name", "phone"]
        await self.write(referrals.ask_consent, view.id, recipients=line, fields=fields, by="desk")
        consent = await self.read(referrals.consent_of, view.case_id)
        code = await self.read(referrals.code_of, consent)
        await self.write(referrals.give, code, language="en")
        return await self.write(referrals.send, view.id, by="desk"), code


@pytest.fixture
async def loaf(database: Database, clock: FixedClock) -> Loaf:
    return await _founded(database, clock)


@pytest.fixture
async def loaf_on_each(either_database: Database, clock: FixedClock) -> Loaf:
    """The same coop, once on SQLite and once on PostgreSQL."""
    return await _founded(either_database, clock)


async def _founded(database: Database, clock: FixedClock) -> Loaf:
    async def found(uow) -> None:
        await peers.first_profile(uow, PROFILE)
        for coop in (GROCER, MILL):
            remote_actor(uow, coop)
            related(uow, coop)

    await database.write(found)
    return Loaf(database, clock)
