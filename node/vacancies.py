"""Places that are free in classes with a limit, while somebody waits for one: nothing is kept of
it, it is what the register, the rules and the waiting list say together."""

from datetime import datetime

from msgspec import Struct

from federation.storage import Reader, UnitOfWork
from node import class_caps, joining, notices
from node.accounts import Duty
from node.members import CLASS_WORDS, MembershipClass
from node.notices import NoticeKind


class Vacancy(Struct, frozen=True):
    """A class that has room. waiting: how many are on its waiting list, the first one since."""

    membership_class: MembershipClass
    waiting: int
    since: datetime

    @property
    def id(self) -> str:
        """What it is told about."""
        return self.membership_class.value


async def vacancies(reader: Reader) -> list[Vacancy]:
    """Where somebody can be taken in from the waiting list. In a class without a limit nobody
    waits for a place, but for whatever else the coop told them."""
    lists = await joining.waiting_lists(reader)
    if not lists:
        return []
    free = await class_caps.with_room(reader)
    return [Vacancy(one, *lists[one]) for one in MembershipClass if one in lists and one in free]


async def tell(uow: UnitOfWork) -> None:
    """Whoever looks at applications hears once of a place while it is free."""
    free = {one.id: one for one in await vacancies(uow)}
    gone = [one.value for one in MembershipClass if one.value not in free]
    await notices.withdraw(uow, NoticeKind.PLACE_FREE, *gone)
    told = await notices.told_about(uow, NoticeKind.PLACE_FREE)
    for subject in free.keys() - told:
        words = CLASS_WORDS[free[subject].membership_class]
        await notices.give_each(
            uow, NoticeKind.PLACE_FREE, subject, Duty.MEMBERS, field=words.message
        )
