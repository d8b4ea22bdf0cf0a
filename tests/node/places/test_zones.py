"""By which clocks a place goes."""

import pytest

from node.places import is_zone, likely_zone


@pytest.mark.parametrize(
    ("place", "point", "zone"),
    [
        ("Rochdale, GB", (), "Europe/London"),
        ("Sevilla, ES", (), "Europe/Madrid"),
        ("Las Palmas, ES", (28.1, -15.43), "Atlantic/Canary"),
        ("Recife, BR", (-8.05, -34.9), "America/Recife"),
        ("Nowhere", (), ""),
        ("Nowhere", (53.8, -1.55), ""),
        ("", (), ""),
    ],
)
def test_a_place_goes_by_the_clocks_nearest_to_it(place, point, zone):
    assert likely_zone(place, *point) == zone
    assert not zone or is_zone(zone)


@pytest.mark.parametrize("key", ["Europe/Atlantis", "", "../etc/passwd", "Europe"])
def test_a_zone_that_is_not_there_is_none(key):
    assert not is_zone(key)
