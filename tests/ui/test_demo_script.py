"""What the demo's coops are made of, without starting them."""

import io

import pytest
from PIL import Image

from node.joining import Form
from node.joining.rules import check_form
from node.listings import Kind, tidy_details
from ui.demo import doors, drawing, town

COOPS = {script["host"]: script for script in town.scripts()}
SHOWN = [
    one
    for script in COOPS.values()
    for entry in script["listing"]
    for one in entry.get("pictures", ())
]


def test_every_coop_shows_something_and_says_what_it_is() -> None:
    for host, script in COOPS.items():
        assert any("pictures" in entry for entry in script["listing"]), host
    assert all(one["alt"] for one in SHOWN)


def test_what_listings_say_by_their_kind_is_taken_as_it_stands() -> None:
    said = [entry for script in COOPS.values() for entry in script["listing"] if "details" in entry]
    kinds = {entry.get("kind", "service") for entry in said}
    assert kinds == set(Kind)
    for entry in said:
        kind = entry.get("kind", "service")
        assert tidy_details(entry["details"], kind) == entry["details"], entry["title"]


@pytest.mark.parametrize("scene", sorted({one["scene"] for one in SHOWN}))
def test_a_picture_is_drawn_in_more_than_a_few_colours(scene: str) -> None:
    with Image.open(io.BytesIO(drawing.drawn(scene))) as picture:
        assert picture.size == (960, 720)
        colours = picture.getcolors(maxcolors=1_000_000)
    assert colours is not None
    large = [count for count, _colour in colours if count > 1_000]
    assert len(large) >= 4


@pytest.mark.parametrize("host", COOPS)
def test_a_form_for_joining_is_one_that_a_node_takes(host: str) -> None:
    form = doors.form_of(COOPS[host]["joining"])
    assert isinstance(form, Form)
    assert check_form(form).is_open
