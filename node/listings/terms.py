"""The rules in force that listings obey, read from the policies."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from federation.storage.unit_of_work import Reader
from node import members, policies
from node.errors import InvalidInput
from node.i18n import _
from node.listings.ranking import Weights
from node.listings.rules import Terms
from node.policies import InForce, PolicyKey, Rulebook

T = TypeVar("T")

_KEYS: tuple[PolicyKey[Any], ...] = (
    policies.LISTINGS_MAX_AGE_DAYS,
    policies.LISTINGS_REQUIRED_FIELDS,
    policies.LISTINGS_BANNED_CATEGORIES,
)
_RANKING = (policies.RANKING_TEXT, policies.RANKING_NEARNESS, policies.RANKING_FRESHNESS)


async def terms(reader: Reader) -> Terms:
    """How long a listing of ours may run, what it must say, and what it may not be."""
    return _terms((await rulebook(reader)).settled)


async def check_may_offer(reader: Reader, account_id: str | None) -> None:
    """Whether the class of whoever wrote a listing offers anything, and their membership counts
    now; who is no member writes for the coop. Raises InvalidInput for the field `kind`."""
    member = await members.acting_for(reader, account_id) if account_id else None
    if member is None:
        return
    if member.status is members.Status.SUSPENDED:
        raise InvalidInput({"kind": [members.STOPPED]})
    if member.status is members.Status.PAUSED:
        raise InvalidInput({"kind": [members.PAUSED]})
    offering = await policies.value(reader, policies.MEMBERS_OFFERING_CLASSES)
    if member.membership_class not in offering:
        raise InvalidInput(
            {
                "kind": [
                    _(
                        "Members of your class offer and ask for nothing here: see the rule "
                        "members.offering_classes. A draft can wait."
                    )
                ]
            }
        )


async def terms_for_others(reader: Reader) -> "OthersTerms":
    """What other coops' listings are judged by, today and on the days before."""
    return OthersTerms(await rulebook(reader))


class OthersTerms:
    """The rules for other coops' listings, worked out once for all that lie between two changes.

    How old they may be and what they must say only federations decide for others, not we alone.
    """

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._by_era: dict[int, Terms] = {}

    def at(self, published: datetime | None) -> Terms:
        """What a listing of that moment is judged by."""
        era = self._book.era(published)
        if era not in self._by_era:
            self._by_era[era] = self._made(published)
        return self._by_era[era]

    def _made(self, published: datetime | None) -> Terms:
        def in_force(key: PolicyKey[T]) -> InForce[T]:
            return self._book.for_others(key, published)

        made = _terms(in_force)
        is_decided = in_force(policies.LISTINGS_MAX_AGE_DAYS).federation is not None
        return made if is_decided else replace(made, max_age_days=0)


async def rulebook(reader: Reader) -> Rulebook:
    """The rules about listings, of today and of before."""
    return await policies.rulebook(reader, _KEYS)


def _terms(in_force: Callable[[PolicyKey[Any]], InForce[Any]]) -> Terms:
    age, fields, banned = (in_force(key) for key in _KEYS)
    return Terms(
        age.value,
        fields.value,
        banned.value,
        {
            "max_age_days": age.limit,
            "required_fields": fields.limit,
            "banned_categories": banned.limit,
        },
    )


async def weights(reader: Reader) -> Weights:
    """How much words, nearness and freshness count in the order of results."""
    book = await policies.rulebook(reader, _RANKING)
    text, nearness, freshness = (book.in_force(key).value for key in _RANKING)
    return Weights(text=text, nearness=nearness, freshness=freshness)


async def stale_after_days(reader: Reader) -> int:
    """How long a silent peer's listings count as fresh."""
    return await policies.value(reader, policies.MIRRORS_STALE_AFTER_DAYS)
