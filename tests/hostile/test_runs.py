"""Attacks on clearing: rows as in the corpus, in a town where nobody owes anything before.

On PostgreSQL in `make soak`, like all siblings.
"""

import pytest

from tests.hostile.cases import runs
from tests.hostile.rows import Row
from tests.hostile.siege import Siege, ready

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", runs.rows.listed, ids=str)
@pytest.mark.parametrize(
    "siege",
    ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.soak])],
    indirect=True,
)
async def test_clearing_holds_against_a_coop_in_touch(siege: Siege, row: Row) -> None:
    await ready(siege, row)
    await row.attack(siege)
