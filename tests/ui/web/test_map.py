import gzip
import re
from xml.etree import ElementTree

import pytest

from ui.web import map as drawn_map
from ui.web.map import Marker

SVG = "{http://www.w3.org/2000/svg}"
ROCHDALE, LEEDS, BOLOGNA, PORTO = (53.61, -2.16), (53.8, -1.55), (44.49, 11.34), (41.15, -8.61)
MOMBASA, TOKYO, SUVA, APIA = (-4.04, 39.67), (35.7, 139.7), (-18.14, 178.44), (-13.83, -171.77)


def marker(number: int, position: tuple[float, float], label: str = "Offer") -> Marker:
    return Marker(*position, label, f"#r{number}", number)


def read(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(
        drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    )


def boxes(picture: ElementTree.Element, kind: str) -> list[tuple[float, float, float, float]]:
    found = [rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == kind]
    return [tuple(float(r.get(k, "")) for k in ("x", "y", "width", "height")) for r in found]  # type: ignore[misc]


def names(picture: ElementTree.Element) -> dict[str, tuple[float, float, str]]:
    found = [text for text in picture.iter(f"{SVG}text") if text.get("class") == "name"]
    return {
        text.text or "": (
            float(text.get("x", "")),
            float(text.get("y", "")),
            text.get("text-anchor", ""),
        )
        for text in found
    }


def land(drawing: str) -> str:
    found = re.search(r'class="land"[^>]* d="([^"]*)"', drawing)
    assert found
    return found.group(1)


def test_markers_are_numbered_links_with_their_names() -> None:
    picture = read(
        drawn_map.draw([marker(1, LEEDS, "Oven clean"), marker(2, BOLOGNA, "A room")], None)
    )
    links = list(picture.iter(f"{SVG}a"))
    assert [link.get("href") for link in links] == ["#r1", "#r2"]
    assert [link.get("aria-label") for link in links] == ["1: Oven clean", "2: A room"]
    assert picture.get("role") == "group"
    assert picture.findtext(f"{SVG}title") == "Map with 2 places"


def test_a_label_cannot_break_out_of_the_picture() -> None:
    nasty = Marker(*LEEDS, '"><script>alert(1)</script>', '#"><b>', 1)
    drawing = drawn_map.draw([nasty], None, title="<i>")
    assert "<script" not in drawing
    assert "<b>" not in drawing
    assert "<i>" not in drawing
    read(drawing)


def test_markers_that_would_overlap_become_one_with_a_count() -> None:
    near = [
        marker(1, ROCHDALE),
        marker(2, (53.62, -2.15)),
        marker(3, (53.61, -2.17)),
        marker(4, PORTO),
    ]
    picture = read(drawn_map.draw(near, None))
    links = list(picture.iter(f"{SVG}a"))
    assert [link.findtext(f"{SVG}text") for link in links] == ["1 +2", "4"]
    assert links[0].get("href") == "#r1"
    assert links[0].get("aria-label") == "1: Offer; 2: Offer; 3: Offer"


def test_two_on_one_spot_show_both_numbers() -> None:
    picture = read(drawn_map.draw([marker(1, LEEDS), marker(4, LEEDS), marker(2, BOLOGNA)], None))
    assert [link.findtext(f"{SVG}text") for link in picture.iter(f"{SVG}a")] == ["1, 4", "2"]


@pytest.mark.parametrize("height", [220, 300])
def test_pins_lie_inside_the_picture_and_can_be_hit_on_a_phone(height: int) -> None:
    places = [ROCHDALE, LEEDS, BOLOGNA, PORTO, MOMBASA, TOKYO]
    drawing = drawn_map.draw([marker(n, at) for n, at in enumerate(places, 1)], None, height=height)
    hits = boxes(read(drawing), "hit")
    assert hits
    for x, y, wide, high in hits:
        assert x >= 0
        assert x + wide <= 360
        assert y >= 0
        assert y + high <= height
        assert min(wide, high) * 288 / 360 >= 24  # 320 px of screen less the page's margins


def test_a_single_place_is_shown_with_its_surroundings() -> None:
    picture = read(drawn_map.draw([marker(1, BOLOGNA)], None, height=300))
    ((x, y, wide, high),) = boxes(picture, "pin")
    assert (x + wide / 2, y + high / 2) == (180, 150)
    assert "Bologna" in names(picture)


def test_the_reader_and_the_ring_are_in_the_picture() -> None:
    picture = read(drawn_map.draw([marker(1, LEEDS)], ROCHDALE, ring_km=25))
    (ring,) = [c for c in picture.iter(f"{SVG}circle") if c.get("class") == "ring"]
    x, y, radius = (float(ring.get(key, "")) for key in ("cx", "cy", "r"))
    assert 0 <= x - radius <= x + radius <= 360
    assert 0 <= y - radius <= y + radius <= 300
    assert [path for path in picture.iter(f"{SVG}path") if path.get("class") == "here"]


def test_names_touch_neither_ring_nor_edge() -> None:
    drawing = drawn_map.draw([marker(1, (53.71, -2.1))], ROCHDALE, ring_km=25)
    picture = read(drawing)
    (ring,) = [c for c in picture.iter(f"{SVG}circle") if c.get("class") == "ring"]
    cx, cy, radius = (float(ring.get(key, "")) for key in ("cx", "cy", "r"))
    found = names(picture)
    assert len(found) >= 3
    for name, (x, y, anchor) in found.items():
        wide = 8.5 * len(name)
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        assert left >= -1
        assert left + wide <= 361
        distances = [
            ((px - cx) ** 2 + (py - cy) ** 2) ** 0.5
            for px in range(round(left), round(left + wide))
            for py in (y - 8, y, y + 8)
        ]
        assert all(d < radius - 1 for d in distances) or all(d > radius + 1 for d in distances)


def test_a_town_under_a_pin_is_named_only_where_the_pin_marks_it() -> None:
    middle_of_manchester, beside_it = (53.48, -2.24), (53.48, -2.22)
    assert "Manchester" in names(read(drawn_map.draw([marker(1, middle_of_manchester)], None)))
    assert "Manchester" not in names(read(drawn_map.draw([marker(1, beside_it)], None)))


def test_a_bar_says_how_far_is_how_far() -> None:
    picture = read(drawn_map.draw([], ROCHDALE, ring_km=100))
    (ring,) = [c for c in picture.iter(f"{SVG}circle") if c.get("class") == "ring"]
    (bar,) = [path for path in picture.iter(f"{SVG}path") if path.get("class") == "scale"]
    drawn = re.search(r"h(\d+)", bar.get("d", ""))
    assert drawn
    assert "50 km" in names(picture)
    assert abs(float(ring.get("r", "")) / 2 - int(drawn.group(1))) <= 1


def test_a_picture_without_pins_is_one_image_to_a_reader() -> None:
    picture = read(drawn_map.draw([], ROCHDALE, title="Oven clean"))
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title") == "Oven clean"
    assert not list(picture.iter(f"{SVG}a"))


def test_the_sea_is_not_land() -> None:
    assert land(drawn_map.draw([], (45.0, -30.0))) == ""
    assert land(drawn_map.draw([], (50.5, 30.5)))  # Kyiv: nothing but land


def test_islands_either_side_of_the_antimeridian_are_neighbours() -> None:
    picture = read(drawn_map.draw([marker(1, SUVA), marker(2, APIA)], None))
    (fiji, samoa) = boxes(picture, "pin")
    assert 150 < samoa[0] - fiji[0] < 360
    assert "Apia" in names(picture)


@pytest.mark.parametrize(
    "places",
    [
        [ROCHDALE, BOLOGNA, PORTO],
        [ROCHDALE, MOMBASA, TOKYO, SUVA, (40.7, -74.0), (-33.9, 18.4)],
        [(59.9, 10.75), (69.65, 18.96)],
        [(14.6, 121.0), (7.0, 125.6)],
        [(-41.0, -73.0), (-54.8, -68.3)],
        [(37.98, 23.73), (35.34, 25.13)],
        [(45.0, -80.0), (75.0, -110.0)],
        [(89.9, 0.0), (-89.9, 180.0)],
    ],
)
def test_a_map_stays_small_and_well_formed(places: list[tuple[float, float]]) -> None:
    drawing = drawn_map.draw([marker(n, at) for n, at in enumerate(places, 1)], None)
    read(drawing)
    assert len(gzip.compress(drawing.encode())) <= 18_000
    assert "style=" not in drawing
    assert "nan" not in drawing


def test_the_same_places_make_the_same_picture() -> None:
    markers = [marker(1, LEEDS), marker(2, BOLOGNA)]
    assert drawn_map.draw(markers, ROCHDALE) == drawn_map.draw(markers, ROCHDALE)


def test_nothing_to_show_is_no_map() -> None:
    assert drawn_map.draw([], None) == ""
