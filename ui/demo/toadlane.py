"""The Toad Lane Federation: how the demo's five coops founded it, and what they decided since.

It takes weeks to decide something, so the coops' clock is set back, and turned on from step to
step. Nothing else is made up: each node makes its own keys, signs, stores the log, cosigns it with
the time of its clock, counts, and puts into force what was carried. `rochdale verify` says so.
"""

import functools
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from federation.ambient import SystemClock
from federation.storage import UnitOfWork
from node import accounts, audit, council, deliberation, timers
from node.accounts import AccountView, Role
from node.council import Draft, Named
from node.runtime import Node
from ui.demo.past import PastClock

T = TypeVar("T")
Deliver = Callable[[], Awaitable[None]]

AT = time(18, tzinfo=UTC)
"""When votes open and close."""
BEFORE_THE_VOTE = timedelta(hours=20)
"""The roll is made a day before a vote opens; by now it is."""
BETWEEN_VOTES = timedelta(hours=5)
AFTER_THE_VOTE = timedelta(minutes=11)
"""The host waits ten minutes for late messages before it closes."""


def story() -> dict[str, Any]:
    """toadlane.toml."""
    return tomllib.loads((Path(__file__).parent / "toadlane.toml").read_text("utf-8"))


def can_be_founded(hosts: Sequence[str]) -> bool:
    """Whether all coops of the federation are there."""
    return {one["host"] for one in story()["coop"]} <= {*hosts}


def founding_day() -> datetime:
    """When it was founded."""
    return _moment(story()["founded"])


@dataclass
class Council:
    """The coops, by host, and their one clock. deliver: let all that was said arrive."""

    coops: Mapping[str, Node]
    clock: PastClock
    deliver: Deliver

    def __post_init__(self) -> None:
        self._delegates = {one["host"]: one["delegate"] for one in story()["coop"]}

    async def enact(self) -> None:
        """Found it and decide as toadlane.toml says, up to the present.

        What can travel together does: that is what takes the time.
        """
        told = story()
        decided, voted_on, talked_over = told["decided"], told["open"], told["talked_over"]
        await self._found(told)
        over = await self._propose(decided)
        await self._travel()
        await self._announce(decided, over)
        await self._travel()
        await self._vote(decided, over)
        under_way = await self._propose(voted_on)
        await self._travel()
        self.clock.turn_to(_moment(decided["closes"]) + AFTER_THE_VOTE)
        await self._keep_deadlines()
        await self._announce(voted_on, under_way)
        await self._say(voted_on["said"], under_way)
        changing = await self._propose(talked_over)
        await self._travel()
        await self._say(voted_on["answered"], under_way)
        await self._say(talked_over["said"], changing)
        await self._vote(voted_on, under_way)
        await self._change(talked_over, changing)
        await self._travel()
        self.clock.catch_up()

    async def _found(self, told: dict[str, Any]) -> None:
        """The host invites, all say yes, the charter comes about, and each names who votes."""
        host = self.coops[told["host"]]
        rules = council.rules(told["name"])
        guests = [node for node in self.coops.values() if node is not host]
        others = [node.federation.identities.coop.uri for node in guests]
        await host.write(lambda uow: council.found(uow, rules, others, by=audit.OPERATOR))
        await self._travel()
        for node in guests:
            await node.write(_join)
        await self._travel()
        for said in told["coop"]:
            await self.coops[said["host"]].write(functools.partial(_name_delegates, said=said))

    async def _propose(self, said: dict[str, Any]) -> str:
        """Returns the name that it has in the log; to its mover it is the number, too."""

        async def propose(uow: UnitOfWork, by: str) -> str:
            number = await council.draft(uow, await _federation(uow), _draft(said), by=by)
            await council.submit(uow, number, by=by)
            return number

        return await self._as_mover(said, propose)

    async def _announce(self, said: dict[str, Any], name: str) -> None:
        await self._as_mover(said, lambda uow, by: council.freeze(uow, name, by=by))

    async def _change(self, said: dict[str, Any], name: str) -> None:
        draft = _draft(said | said["changed"])
        await self._as_mover(said, lambda uow, by: council.revise(uow, name, draft, by=by))

    async def _say(self, remarks: Sequence[Mapping[str, Any]], name: str) -> None:
        """People of the coops say something about it; nothing travels yet."""
        for said in remarks:
            await self.coops[said["host"]].write(
                functools.partial(_remark, proposal=name, said=said)
            )

    async def _vote(self, said: dict[str, Any], name: str) -> None:
        """The roll is made, the vote opens, and delegates vote one after the other."""
        opens = _moment(said["opens"])
        self.clock.turn_to(opens - BEFORE_THE_VOTE)
        await self._keep_deadlines()
        await self._travel()
        self.clock.turn_to(opens)
        for host, choice in said["votes"].items():
            self.clock.turn_to(self.clock.now() + BETWEEN_VOTES)
            await self.coops[host].write(
                functools.partial(_cast, proposal=name, choice=choice, by=self._delegates[host])
            )
        await self._keep_deadlines()

    async def _as_mover(
        self, said: dict[str, Any], work: Callable[[UnitOfWork, str], Awaitable[T]]
    ) -> T:
        """Do something in the name of the delegate whose coop proposes this."""
        host = said["by"]

        async def do(uow: UnitOfWork) -> T:
            return await work(uow, (await _account(uow, self._delegates[host])).id)

        return await self.coops[host].write(do)

    async def _keep_deadlines(self) -> None:
        """Do what time alone brings about."""
        for node in self.coops.values():
            while await node.write(timers.run_due):
                pass

    async def _travel(self) -> None:
        """Let everything travel, the log too, until nothing is new anywhere."""
        await self.deliver()
        while any([await node.tell_councils() for node in self.coops.values()]):
            await self.deliver()


async def _join(uow: UnitOfWork) -> None:
    await council.join(uow, await _federation(uow), by=audit.OPERATOR)


async def _name_delegates(uow: UnitOfWork, *, said: dict[str, Any]) -> None:
    """A delegate and an alternate, with the role and a key each."""
    named = [await _account(uow, said[place]) for place in ("delegate", "alternate")]
    for account in named:
        await accounts.add_role(uow, account.id, Role.DELEGATE, by=audit.OPERATOR)
    delegate, alternate = (Named(account.id) for account in named)
    await council.name_delegates(
        uow, await _federation(uow), [delegate], [alternate], by=audit.OPERATOR
    )


async def _cast(uow: UnitOfWork, *, proposal: str, choice: str, by: str) -> None:
    account = await _account(uow, by)
    await council.cast(uow, await _number(uow, proposal), choice, by=account.id)


async def _remark(uow: UnitOfWork, *, proposal: str, said: Mapping[str, Any]) -> None:
    """Somebody's comment; with `answers`, on the first that was made."""
    number, account = await _number(uow, proposal), await _account(uow, said["by"])
    first = None
    if said.get("answers"):
        first, *_others = (await deliberation.discussion(uow, number, account)).comments
    await deliberation.comment(
        uow, number, said["text"], by=account, answers=first.id if first else None
    )


async def _account(uow: UnitOfWork, handle: str) -> AccountView:
    account = await accounts.by_handle(uow, handle)
    if account is None:
        raise LookupError(f"toadlane.toml names {handle}, whom coops.toml does not")
    return account


async def _federation(uow: UnitOfWork) -> str:
    """The number of the one federation here."""
    [found] = await council.federations(uow)
    return found.id


async def _number(uow: UnitOfWork, name: str) -> str:
    """The number that a proposal of this name has here."""
    [found] = [one.id for one in await council.proposals(uow) if one.name == name]
    return found


def _draft(said: Mapping[str, Any]) -> Draft:
    return Draft(
        title=said["title"],
        text=said["text"].strip(),
        decision_class="ordinary",
        opens_at=_moment(said["opens"]),
        closes_at=_moment(said["closes"]),
        finalize_by=_moment(said["certified_by"]),
        policies=said["policies"],
    )


def _moment(days_ago: int) -> datetime:
    """The hour of votes, so many days ago."""
    today = SystemClock().now().date()
    return datetime.combine(today - timedelta(days=days_ago), AT)
