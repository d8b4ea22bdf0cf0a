"""A judge of simulated trade: a model of its own, the raw tables, and nothing of what nodes decide.

It compares the driver's notes of what nodes have said yes to with what every node holds, and the
nodes with each other, and says in words where they differ.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from tests.faults.trade import Market, keys_about, said_to
from tests.support import books
from tests.support.simulation import SimulatedCoop
from tests.support.traces import files_of, found_in, found_in_rows

_NEVER_AGREED = ("requested", "cancelled", "declined", "expired")
_NOTHING_CAME_OF_IT = {"cancelled", "declined", "expired"}


async def faults(market: Market) -> list[str]:
    """Everything that is wrong, in words."""
    found = [fault for coop in market.world.coops for fault in await _of_one(coop)]
    for coop in market.world.coops:
        offered = market.offered.get(coop.name, {})
        found += [f"{coop.name} itself: {one}" for one in _differ(offered, await _own(coop))]
        for other in market.world.coops:
            if other is not coop:
                held = await _mirrored(other, coop)
                found += [f"{coop.name} at {other.name}: {o}" for o in _differ(offered, held)]
    found += await _agreements(market) + await _referrals(market)
    return found + [one for coop in market.world.coops for one in await _remembered(market, coop)]


async def _remembered(market: Market, coop: SimulatedCoop) -> list[str]:
    """Whoever was to be forgotten, by name or by the key that opens what was sealed."""
    if not market.forgotten:
        return []
    needles = market.forgotten
    found = found_in(files_of(coop), needles) + await found_in_rows(coop, needles)
    found += ["a key"] * len(await keys_about(coop, market.forgotten_needs))
    return [f"{coop.name} remembers {one}" for one in found]


async def _agreements(market: Market) -> list[str]:
    sides: dict[str, list[tuple[str, Any, Counter[str]]]] = {}
    refused = market.refused | await said_to(market.world, "last_status IN (404, 409, 422)")
    unheard = await said_to(market.world, "state = 'dead'")
    for coop in market.world.coops:
        async with coop.node.reading() as reader:
            rows = await reader.rows(text("SELECT * FROM agreement WHERE state != 'drafted'"))
            steps = await reader.rows(text("SELECT * FROM agreement_step"))
        for row in rows:
            asker = row.provider_coop if row.asked_by == "provider" else row.customer_coop
            own = f"{coop.config.address}/agreements/{row.id}"
            shared = own if asker == coop.uri else row.their_uri
            events = Counter(step.event for step in steps if step.agreement_id == row.id)
            sides.setdefault(shared, []).append((coop.name, row, events))
            refused |= {shared} if any(_is_turned_away(one, row.id) for one in steps) else set()
    lost = market.taken.keys() - sides.keys() - market.refused
    found = [f"{uri} was asked for and is nowhere" for uri in lost]
    for uri, both in sides.items():
        found += _of_agreement(market, uri, both, refused, unheard)
    return found


async def _referrals(market: Market) -> list[str]:
    """A need that was sent is at both coops, once, and in the same state."""
    if not market.refers:
        return []
    sides: dict[str, list[tuple[str, str]]] = {}
    unheard = await said_to(market.world, "state = 'dead' OR last_status = 409")
    query = "SELECT uri, side, state FROM referral WHERE offer_id IS NOT NULL"
    for coop in market.world.coops:
        async with coop.node.reading() as reader:
            for row in await reader.rows(text(query)):
                sides.setdefault(row.uri, []).append((row.side, row.state))
    return [
        f"{uri}: {both}"
        for uri, both in sides.items()
        if both != [("sent", "expired")]  # it came too late, and was refused
        # Said for a month, and heard too late or never: each side has ended it by itself.
        and not (uri in unheard and {state for _, state in both} <= _NOTHING_CAME_OF_IT)
        and (len({side for side, _ in both}) != 2 or len({state for _, state in both}) != 1)
    ]


def _is_turned_away(step: Any, agreement_id: str) -> bool:
    """Whether an order was declined at once, since its listing is not open any more."""
    return bool(step.agreement_id == agreement_id and '"closed"' in str(step.detail))


def _of_agreement(
    market: Market,
    uri: str,
    both: list[tuple[str, Any, Counter[str]]],
    refused: set[str],
    unheard: set[str],
) -> list[str]:
    names = [name for name, _row, _events in both]
    is_lost = uri in refused or market.burned not in ("", *names)
    if len(both) == 1 and is_lost and both[0][1].state in _NEVER_AGREED:
        return []  # the listing was taken down meanwhile
    if len(both) != 2 or len(set(names)) != 2:
        return [f"{uri} is known at {names}"]
    facts = [(row.state, row.payment, row.sequence) for _name, row, _events in both]
    ends = {row.state for _name, row, _events in both}
    own = {f"{market.coop(n).config.address}/agreements/{row.id}" for n, row, _events in both}
    # What the coop said whose node was restored, and nobody had heard, is lost with it.
    is_unheard = market.burned in names or bool(own & (unheard | refused))
    is_over = ends <= _NOTHING_CAME_OF_IT and is_unheard
    if facts[0] != facts[1] and not is_over:
        return [f"{uri} differs: {list(zip(names, facts, strict=True))}"]
    known = market.taken.get(uri, Counter())
    found = []
    for name, _row, events in both:
        twice = {event: n for event, n in events.items() if n > max(known[event], 1)}
        if twice:
            found.append(f"{uri} at {name} has {twice}, and {dict(known)} was done")
    seen = both[0][1].state
    if known["confirm"] and seen not in ("confirmed", "settled", "disputed", "resolved"):
        found.append(f"{uri} was confirmed, and is {seen}")
    return found


def _differ(wanted: dict[str, str], held: dict[str, str]) -> list[str]:
    missing = [f"{uri} is missing" for uri in wanted.keys() - held.keys()]
    extra = [f"{uri} should be gone" for uri in held.keys() - wanted.keys()]
    other = [
        f"{uri} is “{held[uri]}”, not “{title}”"
        for uri, title in wanted.items()
        if held.get(uri, title) != title
    ]
    return missing + extra + other


async def _own(coop: SimulatedCoop) -> dict[str, str]:
    async with coop.node.reading() as reader:
        rows = await reader.rows(
            text("SELECT publication_id, title FROM listing WHERE state = 'published'")
        )
    return {f"{coop.config.address}/listings/{row.publication_id}": row.title for row in rows}


async def _mirrored(at: SimulatedCoop, of: SimulatedCoop) -> dict[str, str]:
    query = "SELECT uri, title FROM listing_mirror WHERE coop_uri = :coop AND state != 'gone'"
    async with at.node.reading() as reader:
        rows = await reader.rows(text(query), {"coop": of.uri})
    titles = {row.uri: row.title for row in rows}
    assert len(titles) == len(rows)
    return titles


async def _of_one(coop: SimulatedCoop) -> list[str]:
    found = [f"{coop.name}: {fault}" for fault in await books.faults(coop.node.database)]
    if coop.node.quarantine.is_on:
        found.append(f"{coop.name} is silent still")
    query = "SELECT count(*) FROM inbox_entry WHERE state != 'refused'"
    async with coop.node.reading() as reader:
        [(count,)] = await reader.rows(text(query))
    if count:
        found.append(f"{coop.name}: {count} was not taken in")
    return found + [f"{coop.name}: {uri} waits" for uri, _since in await waiting(coop)]


async def waiting(coop: SimulatedCoop) -> list[tuple[str, datetime]]:
    """What was not delivered yet, and since when; what is refused is said three times."""
    query = """SELECT object_uri, created_at FROM delivery
        WHERE state IN ('pending', 'sending', 'held')
        AND coalesce(last_status, 0) NOT IN (409, 422) ORDER BY seq"""
    async with coop.node.reading() as reader:
        rows = await reader.rows(text(query))
    return [
        (row.object_uri, datetime.fromisoformat(row.created_at).replace(tzinfo=UTC)) for row in rows
    ]
