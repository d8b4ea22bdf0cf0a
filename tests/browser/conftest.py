"""One demo for tests that only look at it; a test that changes things starts its own."""

from collections.abc import Iterator

import pytest

from tests.browser.demo import Demo, running


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with running(3) as started:
        yield started


@pytest.fixture(scope="module")
def two_coops() -> Iterator[Demo]:
    with running(2) as started:
        yield started
