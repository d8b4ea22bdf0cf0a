"""Worlds for tests: coops whose vote has just opened, and coops that trade."""

import pytest

from tests.faults.parliament import begin_vote
from tests.faults.trade import market_prepared, open_market

__all__ = ["begin_vote", "market_prepared", "open_market"]


@pytest.fixture(scope="session")
def vote_begun() -> dict[object, object]:
    """By who votes: the prepared vote, made once for all seeds."""
    return {}
