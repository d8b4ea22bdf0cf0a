"""How many members a class may have, by our own rules: kept where somebody is admitted, changes
class or is brought in with a table. Who is in already stays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from federation.storage import Reader, UnitOfWork
from node import audit, members, policies
from node.accounts import IssuedLink
from node.errors import Conflict, InvalidInput
from node.events import events
from node.i18n import Text, _, ngettext
from node.members import CLASS_WORDS, ClassEntered, MembershipClass, Report
from node.policies import PolicyKey

_CAPS = (
    policies.MEMBERS_CLASS_MOST,
    policies.MEMBERS_CLASS_PERCENT,
    policies.MEMBERS_CLASS_VOTE_PERCENT,
)
Counts = Mapping[MembershipClass, int]


class Cap(Struct, frozen=True):
    """That some classes together have no more than so many members, or that part of all members or
    of all votes. voting: the classes that vote."""

    key: PolicyKey[Any]
    classes: frozenset[str]
    limit: int
    voting: frozenset[str]

    def is_broken(self, counts: Counts) -> bool:
        ours = sum(count for one, count in counts.items() if one in self.classes)
        if self.key is policies.MEMBERS_CLASS_MOST:
            return ours > self.limit
        if self.key is policies.MEMBERS_CLASS_PERCENT:
            return ours * 100 > self.limit * sum(counts.values())
        votes = {one: count for one, count in counts.items() if one in self.voting}
        ours = sum(count for one, count in votes.items() if one in self.classes)
        return ours * 100 > self.limit * sum(votes.values())

    @property
    def said(self) -> Text:
        """What it allows, with the way out."""
        who = " + ".join(str(CLASS_WORDS[one]) for one in MembershipClass if one in self.classes)
        values = {"classes": who, "limit": self.limit, "rule": self.key.name}
        if self.key is policies.MEMBERS_CLASS_MOST:
            return ngettext(
                "The coop takes at most %(num)d member of this class (%(classes)s): see the "
                "rule %(rule)s. Put them on the waiting list, or choose another class.",
                "The coop takes at most %(num)d members of this class (%(classes)s): see the "
                "rule %(rule)s. Put them on the waiting list, or choose another class.",
                self.limit,
                **values,
            )
        if self.key is policies.MEMBERS_CLASS_PERCENT:
            return _(
                "With this one, more than %(limit)s %% of the members would be of this class "
                "(%(classes)s): see the rule %(rule)s. Put them on the waiting list, or choose "
                "another class.",
                **values,
            )
        return _(
            "With this one, more than %(limit)s %% of the votes would be of this class "
            "(%(classes)s): see the rule %(rule)s. Put them on the waiting list, or choose another "
            "class.",
            **values,
        )


def first_broken(
    caps: Sequence[Cap], counts: Counts, entered: Collection[str], left: str | None = None
) -> Cap | None:
    """The first cap that those break who are counted in the classes they entered. left: the class
    they come from; within a cap nobody is one more."""
    grown = (one for one in caps if not one.classes.isdisjoint(entered) and left not in one.classes)
    return next((one for one in grown if one.is_broken(counts)), None)


async def caps(reader: Reader) -> list[Cap]:
    """Those in force."""
    book = await policies.rulebook(reader, [*_CAPS, policies.MEMBERS_VOTING_CLASSES])
    voting = frozenset(book.in_force(policies.MEMBERS_VOTING_CLASSES).value)
    return [
        Cap(key, classes, limit, voting)
        for key in _CAPS
        for classes, limit in _read(book.in_force(key).value)
    ]


async def import_members(
    store: members.Store, data: bytes, *, dry_run: bool = False, by: str = audit.OPERATOR
) -> Report:
    """`members.import_members`, that tells of each row for which its class has no room."""
    async with store.reading() as reader:
        known, counts = await caps(reader), dict(await members.count_by_class(reader))

    def no_room(entered: MembershipClass) -> Text | None:
        after = counts | {entered: counts.get(entered, 0) + 1}
        broken = first_broken(known, after, {entered})
        if broken is not None:
            return broken.said
        counts.update(after)
        return None

    return await members.import_members(store, data, dry_run=dry_run, by=by, no_room=no_room)


async def full(reader: Reader) -> dict[MembershipClass, Cap]:
    """The classes that nobody can enter now, each with what it breaks."""
    return await _full(reader, await caps(reader))


async def with_room(reader: Reader) -> set[MembershipClass]:
    """The classes that have a limit, and can be entered now."""
    known = await caps(reader)
    limited = {one for one in MembershipClass if any(one in cap.classes for cap in known)}
    return limited - (await _full(reader, known)).keys()


async def _full(reader: Reader, known: Sequence[Cap]) -> dict[MembershipClass, Cap]:
    counts = await members.count_by_class(reader) if known else {}
    found = {
        one: first_broken(known, {**counts, one: counts.get(one, 0) + 1}, {one})
        for one in MembershipClass
    }
    return {one: broken for one, broken in found.items() if broken is not None}


async def invite_new(
    uow: UnitOfWork, membership_class: MembershipClass | str, **said: Any
) -> IssuedLink:
    """`members.invite_new`, that makes no link into a class that is full. Raises InvalidInput."""
    for one, broken in (await full(uow)).items():
        if one == membership_class:
            raise InvalidInput({"membership_class": [broken.said]})
    return await members.invite_new(uow, membership_class, **said)


@events.on(ClassEntered)
async def keep(uow: UnitOfWork, event: ClassEntered) -> None:
    """Raises Conflict, so that nobody entered."""
    known = await caps(uow)
    counts = await members.count_by_class(uow) if known else {}
    broken = first_broken(known, counts, event.classes, event.left)
    if broken is not None:
        raise Conflict(broken.said, "class-full")


def _read(words: Sequence[str]) -> Iterator[tuple[frozenset[str], int]]:
    for word in words:
        classes, _equals, limit = word.partition("=")
        yield frozenset(classes.split("+")), int(limit)
