"""Worlds for tests: five coops that have founded a federation, with a vote that has just opened."""

import pytest

from tests.faults.parliament import begin_vote

__all__ = ["begin_vote"]


@pytest.fixture(scope="session")
def vote_begun() -> dict[str, object]:
    """The prepared vote, made once for all seeds."""
    return {}
