import math
import random

import pytest

from node.places import distance_km, geohash, geohash_cover, rounded


def test_distance_between_towns() -> None:
    assert distance_km(53.80, -1.55, 44.49, 11.34) == pytest.approx(1392, abs=3)  # Leeds, Bologna


def test_distance_of_antipodes_and_of_a_point_to_itself() -> None:
    assert distance_km(0, 0, 0, 180) == pytest.approx(math.pi * 6371.0088)
    assert distance_km(53.8, -1.55, 53.8, -1.55) == 0


def test_distance_across_the_antimeridian_is_short() -> None:
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.1)


def test_rounding_keeps_about_a_kilometre_and_no_negative_zero() -> None:
    assert rounded(53.61714, -2.15941) == (53.62, -2.16)
    assert str(rounded(-0.001, -0.004)) == "(0.0, 0.0)"


@pytest.mark.parametrize(
    ("lat", "lon", "cell"),
    [
        (57.64911, 10.40744, "u4pruydqqvj"),
        (42.6, -5.6, "ezs42"),
        (-25.382708, -49.265506, "6gkzwgjz"),
    ],
)
def test_published_geohashes(lat: float, lon: float, cell: str) -> None:
    assert geohash(lat, lon, len(cell)) == cell


def test_the_ends_of_the_globe_have_cells() -> None:
    assert geohash(90, 180, 4) == "zzzz"
    assert geohash(-90, -180, 4) == "0000"


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (math.nan, 0), (0, math.inf)])
def test_a_point_off_the_globe_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="is no place"):
        geohash(lat, lon, 5)


def test_a_cover_holds_every_point_of_its_circle() -> None:
    chance = random.Random(7)
    for _ in range(4_000):
        lat, lon = math.degrees(math.asin(chance.uniform(-1, 1))), chance.uniform(-180, 180)
        radius = math.exp(chance.uniform(0, math.log(5_000)))
        there = _travel(lat, lon, chance.uniform(0, radius * 0.999), chance.uniform(0, math.tau))
        cells = geohash_cover(lat, lon, radius)
        assert geohash(*there, len(cells[0])) in cells


@pytest.mark.parametrize(("lat", "lon"), [(53.6, -2.2), (-17.8, 179.9), (64.1, -21.9), (0, 0)])
@pytest.mark.parametrize("radius", [1, 5, 25, 100, 500, 2000])
def test_a_cover_is_a_handful_of_cells_of_one_size(lat: float, lon: float, radius: float) -> None:
    cells = geohash_cover(lat, lon, radius)
    assert 1 <= len(cells) <= 20
    assert len({len(cell) for cell in cells}) == 1
    assert len(set(cells)) == len(cells)


def test_a_circle_round_a_pole_takes_cells_all_round() -> None:
    assert geohash_cover(89.9, 0, 50) == ["b", "c", "f", "g", "u", "v", "y", "z"]


def test_the_whole_globe_is_thirty_two_cells() -> None:
    assert len(geohash_cover(10, 20, 21_000)) == 32


def _travel(lat: float, lon: float, km: float, bearing: float) -> tuple[float, float]:
    angle, phi = km / 6371.0088, math.radians(lat)
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * sine
    )
    there = (lon + math.degrees(turn) + 180) % 360 - 180
    return math.degrees(math.asin(max(-1.0, min(1.0, sine)))), there
