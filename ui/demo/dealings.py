"""What goes on between the demo's coops when it starts: bookings and referrals on their way.

All of it is done by the commands that people use, in their names. What one person does of a booking
at a time, all bookings at once: so there are few rounds of messages.
"""

import tomllib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from federation.storage import UnitOfWork
from node import accounts, agreements, listings, referrals
from node.accounts import AccountView
from node.agreements import Contact, Revision, Wanted, WantedLine
from node.money import Money
from node.runtime import Node

Coops = Mapping[str, Node]
Settle = Callable[[], Awaitable[None]]


class Person(Struct, frozen=True):
    """Somebody of a coop that runs."""

    node: Node
    account: AccountView


async def enact(coops: Coops, settle: Settle) -> None:
    """Ask, answer, deliver and pass on as deals.toml says. coops: by host; settle: let all that was
    said arrive."""
    deals = tomllib.loads((Path(__file__).parent / "deals.toml").read_text("utf-8"))
    bookings = [one for one in deals["booking"] if {one["by"].split("/")[0], one["of"]} <= {*coops}]
    asked = [await _ask(coops, booking) for booking in bookings]
    for referral in deals["referral"]:
        if {referral["by"].split("/")[0], referral["to"]} <= {*coops}:
            await _refer(coops, referral)
    await settle()
    turns = [
        [list(turn) for _by, turn in groupby(one.get("steps", ()), _whose)] for one in bookings
    ]
    for number in range(max(map(len, turns), default=0)):
        for booking, listing, theirs in zip(bookings, asked, turns, strict=True):
            for step in theirs[number] if number < len(theirs) else ():
                await _step(coops, booking, listing, step)
        await settle()


def _whose(step: dict[str, Any]) -> Any:
    return step["by"]


async def _ask(coops: Coops, booking: dict[str, Any]) -> str:
    """Ask for a listing; returns its address."""
    person = await _person(coops, booking["by"])
    async with coops[booking["of"]].reading() as reader:
        open_ = await listings.mine(reader, None)
    listing = next(one.uri for one in open_ if one.title == booking["listing"])
    quantity = Decimal(booking["quantity"]) if "quantity" in booking else None
    start, end = _span(person.node, booking)
    wanted = Wanted((WantedLine(listing, quantity),), start, end, booking.get("zone"))
    message = booking.get("message", "")
    contact = Contact(person.account.name, message=message) if message else None
    await person.node.write(
        lambda uow: agreements.ask(uow, wanted, account=person.account, contact=contact)
    )
    return listing


async def _step(coops: Coops, booking: dict[str, Any], listing: str, step: dict[str, Any]) -> None:
    person = await _person(coops, step["by"])
    by = agreements.of_account(person.account)
    revision = _revision(person.node, booking, step) if step["do"] == "counter" else None

    async def take(uow: UnitOfWork) -> None:
        known = await agreements.agreements(uow, by)
        [about] = [one for one in known if one.listing_uri == listing]
        await agreements.do(uow, about.id, step["do"], by, revision=revision)

    await person.node.write(take)


def _revision(node: Node, booking: dict[str, Any], step: dict[str, Any]) -> Revision:
    start, end = _span(node, step | {"zone": booking["zone"]})
    price = Money.of(Decimal(step["price"]), node.config.currency)
    hours = Decimal(step["hours"])
    return Revision(start, end, quantities=((0, hours),), prices=((0, (price,)),))


def _span(node: Node, said: dict[str, Any]) -> tuple[datetime, datetime] | tuple[None, None]:
    """From when to when, so many days from now."""
    if "in_days" not in said:
        return None, None
    place = ZoneInfo(said["zone"])
    day = node.clock.now().astimezone(place).date() + timedelta(days=said["in_days"])
    start = datetime.combine(day, time.fromisoformat(said["at"]), place)
    return start, start + timedelta(days=said.get("nights", 0), hours=said.get("hours", 0))


async def _refer(coops: Coops, said: dict[str, Any]) -> None:
    """Write a need down and ask the person; where somebody saw them sign, pass it on."""
    person, other = await _person(coops, said["by"]), coops[said["to"]]
    by, told = person.account.id, said["person"]
    draft = referrals.Draft(
        said["summary"], said["category"], said["place"], urgency=said["urgency"]
    )

    async def work(uow: UnitOfWork) -> None:
        view = await referrals.start(uow, draft, person=told, by=by)
        recipients = [other.federation.identities.coop.uri]
        view = await referrals.ask_consent(
            uow, view.id, recipients=recipients, fields=list(told), by=by
        )
        if "witness" in said:
            await referrals.note(uow, view, "paper", witness=said["witness"], language="en", by=by)
            await referrals.send(uow, view.id, by=by)

    await person.node.write(work)


async def _person(coops: Coops, name: str) -> Person:
    host, _stroke, handle = name.partition("/")
    async with coops[host].reading() as reader:
        account = await accounts.by_handle(reader, handle)
    if account is None:
        raise LookupError(f"deals.toml names {name}, whom coops.toml does not")
    return Person(coops[host], account)
