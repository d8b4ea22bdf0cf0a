"""A few cards of many coops: by turns, and never a row of one neighbour's."""

from datetime import UTC, datetime

from msgspec.structs import replace

from node.listings import Hit, Marks, mixed

_HIT = Hit(
    id="1",
    uri="https://a.example/listings/1",
    url="/mirrors/1",
    origin="remote",
    state="fresh",
    title="",
    summary="",
    kind="service",
    category=None,
    language="en",
    coop_uri="",
    coop_name="",
    place_name=None,
    lat=None,
    lon=None,
    distance_km=None,
    prices=(),
    updated_at=datetime(2027, 1, 5, tzinfo=UTC),
    marks=Marks(None, None, 1.0, 1.0),
)


def shown(coops: str) -> str:
    """Whose cards are shown of results of these coops, one letter each, in their order."""
    hits = [replace(_HIT, coop_uri=coop) for coop in coops]
    return "".join(hit.coop_uri for hit in mixed(hits, 8))


def test_the_best_of_each_coop_comes_first_then_the_next_best_and_no_third():
    assert shown("aaaaaabbcadeb") == "abcdeab"
    assert shown("abcdefghijk") == "abcdefgh"


def test_a_neighbour_that_is_alone_may_fill_the_shelf():
    assert shown("a" * 20) == "a" * 8
    assert shown("") == ""
