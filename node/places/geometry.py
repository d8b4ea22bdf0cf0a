"""Distances, rounding and geohash cells on the globe. Degrees are WGS 84, distances kilometres."""

import math
from itertools import product

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180

_ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
_FINEST = 6  # cells of 1.2 km by 0.6 km; places are only known to 1 km
_MOST_CELLS = 20
"""30 km take so many of 39 by 20 km in the north; coarser ones hold five times as much."""


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    square = math.sin(half_lat) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(square)))


def rounded(lat: float, lon: float) -> tuple[float, float]:
    """The point to 0.01 degree, about 1 km: as much as other coops are told."""
    return round(lat, 2) + 0.0, round(lon, 2) + 0.0  # + 0.0 turns -0.0 into 0.0


def geohash(lat: float, lon: float, precision: int) -> str:
    """The geohash cell of `precision` characters that holds the point.

    Raises ValueError for a point that is not on the globe.
    """
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{lat}, {lon} is no place: latitude is -90 to 90, longitude -180 to 180")
    columns, rows = _grid(precision)
    column = min(int((lon + 180) / 360 * columns), columns - 1)
    row = min(int((lat + 90) / 180 * rows), rows - 1)
    return _name(column, row, precision)


def geohash_cover(lat: float, lon: float, radius_km: float) -> list[str]:
    """Cells of one precision that together hold every point within `radius_km`.

    The finest precision that needs at most 20 cells; of the coarsest (45 degrees) all it takes.
    """
    for precision in range(_FINEST, 1, -1):
        columns, rows = _box(lat, lon, radius_km, precision)
        if len(columns) * len(rows) > 4 * _MOST_CELLS:
            continue  # too many even when the corners are cut off
        cells = _cells(lat, lon, radius_km, precision)
        if len(cells) <= _MOST_CELLS:
            return cells
    return _cells(lat, lon, radius_km, 1)


def _cells(lat: float, lon: float, radius_km: float, precision: int) -> list[str]:
    all_columns, _ = _grid(precision)
    return sorted(
        _name(column % all_columns, row, precision)
        for column, row in product(*_box(lat, lon, radius_km, precision))
        if _gap_km(lat, lon, column, row, precision) <= radius_km
    )


def _box(lat: float, lon: float, radius_km: float, precision: int) -> tuple[range, range]:
    """Columns (counted on past the antimeridian) and rows of the box around the circle."""
    columns, rows = _grid(precision)
    reach_lat, reach_lon = radius_km / KM_PER_DEGREE, _reach_in_longitude(lat, radius_km)
    west = math.floor((lon - reach_lon + 180) / 360 * columns)
    east = math.floor((lon + reach_lon + 180) / 360 * columns)
    south = max(0, math.floor((lat - reach_lat + 90) / 180 * rows))
    north = min(rows - 1, math.floor((lat + reach_lat + 90) / 180 * rows))
    return range(west, min(east + 1, west + columns)), range(min(south, rows - 1), north + 1)


def _reach_in_longitude(lat: float, radius_km: float) -> float:
    """How many degrees east and west a circle reaches; all the way round near a pole."""
    angle = radius_km / EARTH_RADIUS_KM
    if math.radians(90 - abs(lat)) <= angle:
        return 180.0
    return math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(lat)))))


def _gap_km(lat: float, lon: float, column: int, row: int, precision: int) -> float:
    """Distance from the point to the cell, never more than it is in truth."""
    columns, rows = _grid(precision)
    south, north = row * 180 / rows - 90, (row + 1) * 180 / rows - 90
    west, east = column * 360 / columns - 180, (column + 1) * 360 / columns - 180
    if west <= lon <= east:
        return distance_km(lat, lon, min(max(lat, south), north), lon)
    edge = west if lon < west else east
    # The nearest point of a meridian lies towards the pole from the point's own latitude.
    turn = math.cos(math.radians(lon - edge))
    foot = math.degrees(math.atan2(math.sin(math.radians(lat)), math.cos(math.radians(lat)) * turn))
    return distance_km(lat, lon, min(max(foot, south), north), edge)


def _grid(precision: int) -> tuple[int, int]:
    bits = 5 * precision
    return 1 << (bits + 1) // 2, 1 << bits // 2


def _name(column: int, row: int, precision: int) -> str:
    """Interleave the bits of column and row, column first, five bits a character."""
    bits = 0
    odd = 5 * precision % 2  # the last bit is a column's where the number of bits is odd
    for place in range(5 * precision):
        source = column if (place % 2 == 0) == bool(odd) else row
        bits |= (source >> place // 2 & 1) << place
    return "".join(
        _ALPHABET[bits >> 5 * (precision - 1 - index) & 31] for index in range(precision)
    )
