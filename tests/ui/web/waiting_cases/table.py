"""The table of stories, and people for them."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta

from node import accounts, members
from node.accounts import AccountView, Role
from node.members import Event, MemberView
from tests.support.town import Coop, TownFounder


@dataclass(frozen=True)
class Scene:
    """Something waits at a coop for one account, and not for the other."""

    coop: Coop
    acts: AccountView
    other: AccountView


Story = Callable[[TownFounder], AsyncGenerator[Scene]]
CASES: dict[str, Story] = {}


def case(name: str) -> Callable[[Story], Story]:
    """The story of a kind: it yields once, when something waits, and goes on until it is done."""

    def register(story: Story) -> Story:
        assert name not in CASES
        CASES[name] = story
        return story

    return register


async def person(coop: Coop, name: str, *roles: Role) -> AccountView:
    made: AccountView = await coop.write(
        accounts.create_account, handle=name, name=name.title(), roles=roles or (Role.MEMBER,)
    )
    return made


async def member(coop: Coop, name: str, **said: object) -> MemberView:
    """Somebody in the register, a worker unless told."""
    fields = {"membership_class": "worker", "admit": Event.ADMIT, **said}
    made: MemberView = await coop.write(members.add_member, name=name, **fields)
    return made


async def alone(found_town: TownFounder) -> Coop:
    """A coop without others."""
    return (await found_town(1)).coops[0]


async def days_pass(coop: Coop, span: timedelta) -> None:
    """So much later; what time alone brings about has come about."""
    coop.node.clock.advance(span)  # type: ignore[attr-defined]
    await coop.node.run_due()
