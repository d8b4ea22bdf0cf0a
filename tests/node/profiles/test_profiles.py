"""Profiles in the database: who is found, in which order, and who is among us no longer."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from federation.storage import Database
from node import accounts, members, privacy, profiles, vault
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotFound
from node.members import Event
from node.profiles import MEMBER, Audience, Field, Line, shown
from tests.support.asking import Asking
from tests.support.clock import FixedClock

COOP, PRIVATE, PUBLIC = Audience.COOP, Audience.PRIVATE, Audience.PUBLIC


class House(Asking):
    """A coop with nobody in it yet."""

    async def enter(self, called: str, /, *, member: bool = False, **told: Line) -> Any:
        """Somebody with an account, in the register or not, who tells this."""
        handle = f"h{hashlib.sha256(called.encode()).hexdigest()[:8]}"
        made = await self.write(
            accounts.create_account, handle=handle, name=called, roles=frozenset({Role.MEMBER})
        )
        if member:
            row = {"name": called, "membership_class": "worker", "account_id": made.id}
            await self.write(members.add_member, **row, admit=Event.ADMIT)
        lines = {Field(one): line for one, line in told.items()}
        await self.write(profiles.tell, made.id, lines)
        return made

    async def found(self, q: str = "", **paged: Any) -> list[str]:
        people = await self.read(profiles.people, q=q, **paged)
        return [str(seen.name) for one in people if (seen := shown(one, MEMBER))]


@pytest.fixture
async def house(database: Database) -> House:
    return House(database)


async def test_members_are_found_by_what_they_show_in_the_order_of_the_alphabet(
    either_database: Database,
) -> None:
    house = House(either_database)
    await house.enter("Zoë", skills=Line("Kettles_and pans", COOP), about=Line("100%", COOP))
    await house.enter("Ángel", skills=Line("Kettles", PRIVATE), telephone=Line("01706 55", COOP))
    bo = await house.enter("Bo", name=Line("", PRIVATE), languages=Line("Español", PUBLIC))
    await house.enter("Ghost", name=Line("", PRIVATE))
    assert await house.found() == ["Ángel", "Zoë", "One of our members"]
    assert await house.found("zoe KETT") == ["Zoë"]
    assert await house.found("espanol") == ["One of our members"]
    assert [await house.found(q) for q in ("01706", "kettles angel", "bo", "%")] == [
        [],
        [],
        [],
        [],
    ]
    first = await house.read(profiles.people, limit=1)
    assert await house.found(after=first[0].id, limit=1) == ["Zoë"]
    await house.write(accounts.set_name, bo.id, "Aaron")
    await house.write(profiles.tell, bo.id, {})
    assert (await house.found("aar"), (await house.found())[0]) == (["Aaron"], "Aaron")


async def test_whoever_is_suspended_has_left_or_is_closed_is_not_among_us(house: House) -> None:
    kettles = Line("Kettles", PUBLIC)
    rosa = await house.enter("Rosa", member=True, skills=kettles)
    line = await house.read(members.by_account, rosa.id)
    steps = [
        (Event.PAUSE, ["Rosa"]),
        (Event.SUSPEND, []),
        (Event.REINSTATE, ["Rosa"]),
        (Event.END, []),
    ]
    for event, seen in steps:
        await house.write(members.change_status, line.id, event, why="resigned")
        assert await house.found() == seen
        assert (await house.read(profiles.viewer, rosa.id)).is_member == bool(seen)
    assert (await house.read(profiles.profile_of, rosa.id)).told == {}

    # The register forgets whose account it was; a former member is none for that.
    await house.write(members.forget, line.id)
    assert await house.found() == []
    again = {"name": "Rosa", "membership_class": "user", "account_id": rosa.id}
    await house.write(members.add_member, **again, admit=Event.ADMIT)
    assert await house.found() == ["Rosa"]

    sam = await house.enter("Sam", skills=kettles)
    await house.write(accounts.set_roles, rosa.id, {Role.ADMIN}, by="operator")
    await house.write(accounts.disable, sam.id, by="operator")
    assert await house.found() == ["Rosa"]


async def test_what_is_cleared_is_gone_and_its_owner_reads_why(house: House) -> None:
    rosa = await house.enter(
        "Rosa",
        name=Line("Queen", PUBLIC),
        about=Line("Ada is a thief.", PUBLIC),
        telephone=Line("01706 555 0101", PRIVATE),
    )
    own = await house.read(profiles.profile_of, rosa.id)
    named = {"by": "ada", "reason": "It hurts Ada."}
    after = await house.write(profiles.clear, own.id, Field.ABOUT, **named)
    assert (after.text(Field.ABOUT), after.text(Field.TELEPHONE)) == ("", "01706 555 0101")
    assert [(one.field, one.reason) for one in after.cleared] == [(Field.ABOUT, "It hurts Ada.")]
    for field in (Field.ABOUT, Field.TELEPHONE):
        with pytest.raises(Conflict):
            await house.write(profiles.clear, own.id, field, **named)
    with pytest.raises(InvalidInput):
        await house.write(profiles.clear, own.id, Field.NAME, by="ada", reason=" ")
    with pytest.raises(NotFound):
        await house.write(profiles.clear, "nobody", Field.NAME, **named)

    # A name falls back to the account's; that one can be kept from being shown, too.
    await house.write(profiles.clear, own.id, Field.NAME, **named)
    assert await house.found() == ["Rosa"]
    await house.write(profiles.clear, own.id, Field.NAME, **named)
    assert await house.found() == []
    assert (await house.write(profiles.tell, rosa.id, {})).cleared == ()


async def test_a_restore_shows_nothing_of_who_has_shown_less_since(
    house: House, clock: FixedClock
) -> None:
    """The backup still has what somebody has taken back: nobody sees it before they say so."""
    shy = await house.enter("Shy", telephone=Line("01706 555 0101", PUBLIC))
    bold = await house.enter("Bold", telephone=Line("01706 555 0102", PRIVATE))
    kept = {Field.TELEPHONE: Line("01706 555 0101", PUBLIC)}
    await house.write(profiles.tell, shy.id, {})
    await house.write(profiles.tell, bold.id, {Field.SKILLS: Line("Kettles", PUBLIC)})
    # Whenever the node is opened, the log is read: what was chosen since stands.
    await house.write(privacy.leave_again, await house.read(vault.unlogged))
    assert await house.found() == ["Bold", "Shy"]
    since = clock.now() + timedelta(minutes=1)
    erased = dict.fromkeys(await house.read(vault.unlogged), since)
    assert len(erased) == 1

    await house.write(profiles.tell, shy.id, kept)  # as the backup has it
    await house.write(privacy.leave_again, erased)
    assert await house.found() == ["Bold"]
    own = await house.read(profiles.profile_of, shy.id)
    assert own.line(Field.TELEPHONE) == Line("01706 555 0101", PRIVATE)


async def test_nobody_shows_a_picture_that_somebody_else_has_sent(house: House) -> None:
    rosa = await house.enter("Rosa")
    with pytest.raises(InvalidInput) as found:
        await house.write(profiles.tell, rosa.id, {Field.PICTURE: Line("0" * 64, COOP)})
    assert list(found.value.fields) == ["picture"]
