"""One coop, and who opens its pages; a test that needs others makes its own."""

from collections.abc import AsyncGenerator

import pytest

from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in, stranger


@pytest.fixture
async def passer(coop: Coop) -> AsyncGenerator[Visitor]:
    """Somebody from the street."""
    async with stranger(coop) as visitor:
        yield visitor


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    """A member."""
    async with signed_in(coop, "rosa") as visitor:
        yield visitor


@pytest.fixture
async def femi(coop: Coop) -> AsyncGenerator[Visitor]:
    """An admin."""
    async with signed_in(coop, "femi", "admin") as visitor:
        yield visitor
