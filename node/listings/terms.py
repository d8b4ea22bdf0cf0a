"""The rules in force that listings obey, read from the policies."""

from federation.storage.unit_of_work import Reader
from node import policies
from node.listings.ranking import Weights
from node.listings.rules import Terms


async def terms(reader: Reader) -> Terms:
    """How long a listing may run and what it must say."""
    return Terms(
        max_age_days=await policies.value(reader, policies.LISTINGS_MAX_AGE_DAYS),
        required_fields=await policies.value(reader, policies.LISTINGS_REQUIRED_FIELDS),
    )


async def weights(reader: Reader) -> Weights:
    """How much words, nearness and freshness count in the order of results."""
    in_force = await policies.all_values(reader)
    return Weights(
        text=in_force[policies.RANKING_TEXT.name],
        nearness=in_force[policies.RANKING_NEARNESS.name],
        freshness=in_force[policies.RANKING_FRESHNESS.name],
    )


async def stale_after_days(reader: Reader) -> int:
    """How long a silent peer's listings count as fresh."""
    return await policies.value(reader, policies.MIRRORS_STALE_AFTER_DAYS)
