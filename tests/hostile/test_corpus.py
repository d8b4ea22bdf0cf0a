"""The attack catalogue against a running coop: one row for each case, and rows for its siblings.

Every row runs on SQLite and on PostgreSQL and must end alike; the siblings on PostgreSQL only in
`make soak`, for their time. What is checked of each blow stands
in `tests.hostile.siege`. `pytest -k SIG-22` runs a case and its siblings.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.hostile.cases import (
    addresses,
    answers,
    beyond,
    crowds,
    debts,
    documents,
    doors,
    fetching,
    glimpses,
    identities,
    keys,
    load,
    others,
    pages,
    referrals,
    scripts,
    signatures,
    speech,
    streams,
    tricks,
    wire,
)
from tests.hostile.rows import CASES, Row
from tests.hostile.siege import Siege, ready

ROWS: list[Row] = [
    row
    for part in (
        signatures,
        keys,
        identities,
        addresses,
        documents,
        fetching,
        answers,
        scripts,
        pages,
        others,
        doors,
        load,
        crowds,
        referrals,
        debts,
        wire,
        speech,
        streams,
        beyond,
        tricks,
        glimpses,
    )
    for row in part.rows.listed
]
BALLOTS = "tests/hostile/test_ballots.py::test_a_vote_holds_against_attacks"
ELSEWHERE = {
    # Each needs a vote of its own in the making, five coops and its times.
    **dict.fromkeys((case for case in CASES if case.startswith("VOT-")), BALLOTS),
}

POSTGRES = pytest.mark.postgres

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [row for row in ROWS if not row.sibling], ids=str)
@pytest.mark.parametrize(
    "siege", ["sqlite", pytest.param("postgres", marks=POSTGRES)], indirect=True
)
async def test_an_attack_fails(siege: Siege, row: Row) -> None:
    await ready(siege, row)
    await row.attack(siege)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=str(row), marks=[pytest.mark.soak] if row.is_long else [])
        for row in ROWS
        if row.sibling
    ],
)
@pytest.mark.parametrize(
    "siege", ["sqlite", pytest.param("postgres", marks=[POSTGRES, pytest.mark.soak])], indirect=True
)
async def test_its_like_fails_too(siege: Siege, row: Row) -> None:
    await ready(siege, row)
    await row.attack(siege)


def test_every_case_has_one_row_and_every_row_a_case() -> None:
    rows = Counter(row.case for row in ROWS if not row.sibling)
    assert Counter([*rows.elements(), *ELSEWHERE]) == Counter(list(CASES))
    assert {row.case for row in ROWS} <= set(CASES)
    assert max(Counter(map(str, ROWS)).values()) == 1


def test_what_is_pointed_at_is_there() -> None:
    root = Path(__file__).parent.parent.parent
    for case, where in ELSEWHERE.items():
        path, _, name = where.partition("::")
        text = (root / path).read_text(encoding="utf-8")
        assert f"def {name}" in text
        assert case.lower().replace("-", "_") in text.lower().replace("-", "_"), case
