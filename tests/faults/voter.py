"""`python voter.py FOLDER NAME PORT OTHER_PORT`: a coop that votes, in the tree that it is run in.

It does what each line says and answers with a line; its clock stands until it is told to go on.
What it uses of the program is there since the first release.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from federation import relations
from federation.key_files import KeyState, store
from federation.models import RelationState
from node import accounts, council, policies
from node.accounts import Role
from node.council import Draft, Named
from node.migrations import migrate
from tests.support import town
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.town import Coop

NAMES = ("before", "today")
CEILING = policies.REFERRALS_FEE_CEILING_PERCENT
_NOTICE = {"commentHours": 24, "noticeHours": 72}
CLASSES = {"ordinary": council.DEFAULT_CLASSES["ordinary"] | _NOTICE}
OPENS_AFTER, OPEN_FOR = timedelta(hours=100), timedelta(hours=72)


class Voter:
    """One coop, and what it can be told to do."""

    def __init__(self, coop: Coop, clock: FixedClock, other: str) -> None:
        self._coop = coop
        self._clock = clock
        self._other = other
        self._delegate = ""

    async def meets(self) -> None:
        await self._coop.node.federation.actors.actor(self._other)
        state = RelationState.ACCEPTED
        both = {"follower_state": state, "following_state": state, "consented": True}
        await self._coop.write(relations.change, self._other, **both)

    async def founds(self) -> None:
        rules = council.rules(
            "Toad Lane",
            classes=CLASSES,
            competences=council.DEFAULT_COMPETENCES,
            facilitators=(),
        )
        await self._coop.write(council.found, rules, [self._other], by="operator")

    async def joins(self) -> None:
        await self._coop.write(council.join, await self._federation(), by="operator")

    async def names_a_delegate(self) -> None:
        roles = {Role.MEMBER, Role.DELEGATE}
        made = await self._coop.write(
            accounts.create_account, handle="delegate", name="Ines", roles=roles
        )
        self._delegate = made.id
        number = await self._federation()
        await self._coop.write(council.name_delegates, number, [Named(made.id)], by="operator")

    async def proposes(self) -> None:
        opens = self._clock.now() + OPENS_AFTER
        draft = Draft(
            title="Referral fees of at most four per cent",
            text="Nobody takes more than four per cent for passing somebody on.",
            decision_class="ordinary",
            opens_at=opens,
            closes_at=opens + OPEN_FOR,
            finalize_by=opens + OPEN_FOR + timedelta(hours=96),
            policies={CEILING.name: "4"},
        )
        made = await self._coop.write(council.draft, await self._federation(), draft, by="rosa")
        await self._coop.write(council.submit, made, by="rosa")

    async def freezes(self) -> None:
        await self._coop.write(council.freeze, await self._proposal(), by="rosa")

    async def votes(self) -> None:
        number = await self._proposal()
        await self._coop.write(council.cast, number, "yes", by=self._delegate)

    async def waits(self, minutes: int) -> None:
        self._clock.advance(timedelta(minutes=minutes))
        await self._coop.node.run_due()

    async def works(self) -> bool:
        """Does what is due; whether there was anything."""
        node = self._coop.node
        done = await node.federation.settle()
        return bool(done) or bool(await node.tell_councils())

    async def tells(self) -> dict[str, Any]:
        """How the vote ended here, how long the log is, and what holds since."""
        detail = await self._coop.read(council.proposal, await self._proposal())
        [view] = await self._coop.read(council.federations)
        return {
            "state": detail.proposal.state,
            "result": detail.result,
            "log": [view.size, view.cosigned],
            "ceiling": str(
                await self._coop.read(policies.value, policies.REFERRALS_FEE_CEILING_PERCENT)
            ),
        }

    async def _federation(self) -> str:
        [view] = await self._coop.read(council.federations)
        return str(view.id)

    async def _proposal(self) -> str:
        [view] = await self._coop.read(council.proposals)
        return str(view.id)


async def live(folder: Path, name: str, port: int, other_port: int) -> None:
    clock, [other] = FixedClock(), [each for each in NAMES if each != name]
    places = [f"{name}.localhost:{port}", f"{other}.localhost:{other_port}"]
    config = town._config(folder, name, places[0], places, "")
    await migrate(config.database_url)
    store(config.keys, town._keys({}, name), KeyState(address=config.address))
    listener = town.town_listener("127.0.0.1", port)
    entropy = SeededEntropy(NAMES.index(name))
    async with town._open(config, clock, entropy, listener) as coop:
        voter = Voter(coop, clock, f"http://{places[1]}/coop")
        answer(council.__file__)
        while line := await asyncio.to_thread(sys.stdin.readline):
            what, *given = json.loads(line)
            do: Callable[..., Awaitable[Any]] = getattr(voter, what)
            answer(await do(*given))


def answer(said: Any) -> None:
    sys.stdout.write(f"> {json.dumps(said, default=str)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    where, called, ours, theirs = sys.argv[1:]
    asyncio.run(live(Path(where), called, int(ours), int(theirs)))
