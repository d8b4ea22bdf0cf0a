"""A peer that speaks plain FEP-0837, or our terms, by hand; its messages go straight in."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from federation.handlers import Outcome, Received, Verified
from federation.inbox.decide import decide
from federation.models import OutboxEntry
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import agreements
from node.listings import ListingView
from protocol import strict_json
from protocol.contexts import CONTEXT
from protocol.jsonld import normalise
from protocol.vocabulary.activities import parse_activity

if TYPE_CHECKING:
    from tests.node.agreements.conftest import Coop

LOAF = "https://loaf.example/coop"
GROCER = "https://grocer.example/coop"
MILL = "https://mill.example/coop"


@dataclass
class Peer:
    """Another coop, which says what a test lets it say."""

    coop: "Coop"
    uri: str
    standing: Standing = Standing.PEER
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def activity(self, type_: str, obj: Any, **fields: Any) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "id": f"{self.uri}/a/{next(self._numbers)}",
            "type": type_,
            "actor": self.uri,
            "to": [LOAF],
            "object": obj,
        } | fields

    def received(self, activity: dict[str, Any]) -> Received:
        raw = strict_json.dumps(activity)
        now: datetime = self.coop.clock.now()
        verified = Verified(self.uri, f"{self.uri}#main-key", "http", raw, now)
        return Received(parse_activity(normalise(activity)), verified, self.standing)

    async def say(self, type_: str, obj: Any, **fields: Any) -> Outcome:
        """One message; what became of it."""
        return await self.send(self.activity(type_, obj, **fields))

    async def send(self, *activities: dict[str, Any]) -> Any:
        messages = [self.received(one) for one in activities]

        async def work(uow: UnitOfWork) -> Sequence[Outcome]:
            return await decide(uow, agreements.handlers, messages)

        outcomes = await self.coop.write(work)
        return outcomes[0] if len(outcomes) == 1 else outcomes

    async def order(self, listing: ListingView, **said: Any) -> Outcome:
        return await self.say("Offer", plain(self.uri, listing, **said))

    async def document(self, context: str, kind: str | None = None, **fields: Any) -> Outcome:
        number = next(self._numbers)
        said = {
            "id": f"{self.uri}/d/{number}",
            "type": "Document",
            "name": "Delivered",
            "attributedTo": self.uri,
            "context": context,
        }
        return await self.say("Create", said | ({"kind": kind} if kind else {}) | fields)

    async def heard(self) -> list[dict[str, Any]]:
        """What our coop said to it about agreements, oldest first."""

        async def read(reader: Any) -> list[bytes]:
            chosen = select(OutboxEntry.body).where(OutboxEntry.listed.is_(False))
            return await reader.scalars(chosen.order_by(OutboxEntry.seq))

        return [strict_json.loads(body) for body in await self.coop.read(read)]


def plain(
    peer: str,
    listing: ListingView,
    quantity: Any = "2",
    total: Any = "37.00",
    unit: str = "hour",
    currency: str = "https://www.wikidata.org/wiki/Q25224",
    misspelt: bool = False,
) -> dict[str, Any]:
    """An Agreement as FEP-0837's examples have it: no id, no terms."""
    stipulates = "stiplulates" if misspelt else "stipulates"
    return {
        "@context": CONTEXT,
        "type": "Agreement",
        "attributedTo": peer,
        stipulates: {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#primary",
            "resourceQuantity": {"hasUnit": unit, "hasNumericalValue": quantity},
        },
        f"{stipulates}Reciprocal": {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#reciprocal",
            "resourceConformsTo": currency,
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": total},
        },
    }
