"""Five coops that owe each other in a ring, as in the demo: EUR cents."""

from collections.abc import Sequence
from datetime import date

from federation.models import Relation, RelationState
from federation.ourselves import CoopProfile, coop_actor
from federation.remote.actors import record_actor
from federation.storage import UnitOfWork
from node import clearing, policies
from node.clearing import ObligationView, Reason, State
from node.money import Money
from tests.support.town import Coop, Town

OWED = {
    ("mawimbi", "portici"): 18_000,
    ("portici", "pioneer"): 26_000,
    ("pioneer", "mawimbi"): 21_000,
    ("lanehead", "pioneer"): 9_000,
    ("pioneer", "camara"): 12_000,
    ("camara", "lanehead"): 7_500,
    ("portici", "camara"): 4_000,
}
NET = {
    "portici": -12_000,
    "lanehead": -1_500,
    "pioneer": 2_000,
    "mawimbi": 3_000,
    "camara": 8_500,
}
DUE = date(2027, 1, 31)


def eur(cents: int) -> Money:
    return Money(cents, "EUR", 2)


def by_name(town: Town) -> dict[str, Coop]:
    return {coop.node.config.authority.partition(".")[0]: coop for coop in town.coops}


async def acquainted(town: Town) -> dict[str, Coop]:
    """Everybody in touch with everybody, as if they had asked and agreed long ago."""
    for coop in town.coops:
        await coop.write(_know, [other for other in town.coops if other is not coop])
    return by_name(town)


def _profile(coop: Coop) -> CoopProfile:
    return CoopProfile(coop.node.config.name)


async def _know(uow: UnitOfWork, others: Sequence[Coop]) -> None:
    for other in others:
        await record_actor(uow, coop_actor(other.node.federation.identities, _profile(other)))
        relation = Relation(
            actor_uri=other.uri,
            authority=other.node.config.authority,
            follower_state=RelationState.ACCEPTED,
            following_state=RelationState.ACCEPTED,
            created_at=uow.now,
            updated_at=uow.now,
        )
        uow.session.add(relation)


async def claims(creditor: Coop, debtor: Coop, cents: int, due: date = DUE) -> ObligationView:
    """The creditor says that something is owed; nothing travels yet."""
    view: ObligationView = await creditor.write(
        clearing.claim, debtor.uri, eur(cents), due, Reason.LEVY, by="operator"
    )
    return view


async def sign_all(coop: Coop) -> None:
    """The treasurer signs whatever is claimed."""
    found, _more = await coop.read(clearing.obligations, states=[State.ACCRUED])
    for each in found:
        if each.we_owe:
            await coop.write(clearing.acknowledge, each.id, by="operator")


async def owe(
    town: Town, debtor: Coop, creditor: Coop, cents: int, due: date = DUE
) -> ObligationView:
    """Claimed and signed by both; the creditor's view of it."""
    claimed = await claims(creditor, debtor, cents, due)
    await town.settle()
    await sign_all(debtor)
    await town.settle()
    return await of_uri(creditor, claimed.uri)


async def of_uri(coop: Coop, uri: str) -> ObligationView:
    """A coop's own row of an obligation."""
    found, _more = await coop.read(clearing.obligations)
    return next(each for each in found if each.uri == uri)


async def ring(town: Town) -> dict[str, Coop]:
    """The five coops with what they owe each other, signed by both."""
    coops = await acquainted(town)
    for (debtor, creditor), cents in OWED.items():
        await claims(coops[creditor], coops[debtor], cents)
    await signed_by_all(town)
    return coops


async def two_ways(town: Town) -> tuple[Coop, Coop]:
    """Two coops that owe each other 100 euros, signed by both."""
    await acquainted(town)
    first, second = town.coops
    await claims(first, second, 10_000)
    await claims(second, first, 10_000)
    await signed_by_all(town)
    return first, second


async def triangle(town: Town) -> list[Coop]:
    """Three coops of which each owes the next 100 euros."""
    await acquainted(town)
    first, second, third = town.coops
    for debtor, creditor in ((first, second), (second, third), (third, first)):
        await claims(creditor, debtor, 10_000)
    await signed_by_all(town)
    return town.coops


async def signed_by_all(town: Town) -> None:
    """What is claimed travels, is signed, and the signatures travel."""
    await town.settle()
    for coop in town.coops:
        await sign_all(coop)
    await town.settle()


async def by_hand(coop: Coop) -> None:
    """This coop's treasurer is asked before it consents."""
    await coop.write(
        policies.adopt, policies.CLEARING_CONSENT, "by-hand", version="1", decided_by="minutes"
    )


async def days_work(town: Town) -> None:
    """What time brings about, and everything that travels then."""
    for coop in town.coops:
        await coop.node.run_due()
    await town.settle()


async def net(coop: Coop) -> int:
    """What a coop is owed less what it owes, by its own rows."""
    views = await coop.read(clearing.partners)
    return sum(view.net.amount for view in views)


async def states(coop: Coop) -> set[str]:
    found, _more = await coop.read(clearing.obligations)
    return {each.state.value for each in found}
