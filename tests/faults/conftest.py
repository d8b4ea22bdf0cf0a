"""Worlds for tests: five coops whose vote has just opened, and three coops that trade."""

import pytest

from tests.faults.parliament import begin_vote
from tests.faults.trade import market_prepared, open_market

__all__ = ["begin_vote", "market_prepared", "open_market"]


@pytest.fixture(scope="session")
def vote_begun() -> dict[str, object]:
    """The prepared vote, made once for all seeds."""
    return {}
