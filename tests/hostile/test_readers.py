"""Each reader of what somebody else wrote, with made-up input: it reads it, or refuses in words.

`make long` tries the same few examples of each every time; `make soak` thousands of new ones.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.readers import NO, OTHERWISE, READERS, readers

few = settings(
    max_examples=25 if settings.default.max_examples < 1000 else 4_000,
    suppress_health_check=[*HealthCheck],
)


@pytest.mark.long
@pytest.mark.parametrize("place", READERS)
@few
@given(data=st.data())
def test_a_reader_reads_or_refuses_in_words(place: str, data: st.DataObject) -> None:
    reader = READERS[place]
    made = data.draw(reader.made)
    with suppress(*NO, *reader.no):
        reader.call(made)


def test_no_reader_is_left_out() -> None:
    """A new one gets its line in `readers`: what it is to be tried with, or why it is not."""
    found = set(readers())
    assert found - READERS.keys() - OTHERWISE.keys() == set()
    assert {*READERS, *OTHERWISE} - found == set()


@pytest.mark.parametrize(
    ("place", "made"),
    [
        ("node.agreements.reading.read_money", {"amount": "5.00"}),
        ("node.agreements.reading.read_money", {"currency": "GBP", "x": "y"}),
        ("node.council.words.statements.read", '{"kind": ["ballot"]}'),
        ("node.council.words.statements.read", '{"kind": {}}'),
        ("node.deliberation.inbox._Told.read", {"act": [], "scope": {}}),
    ],
)
def test_what_a_reader_once_stumbled_over_is_refused(place: str, made: object) -> None:
    reader = READERS[place]
    with pytest.raises((*NO, *reader.no)):
        reader.call(made)
