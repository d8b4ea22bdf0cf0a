"""Worlds for tests: five coops that have founded a federation, with a vote that has just opened."""

import pytest

from tests.faults.parliament import begin_vote
from tests.support.at_once import sqlite_at_once

__all__ = ["begin_vote", "sqlite_at_once"]


@pytest.fixture(scope="session")
def vote_begun() -> dict[str, object]:
    """The prepared vote, made once for all seeds."""
    return {}
