"""Where a row says that it is: by its coordinates, by its words, and whether the two agree."""

from functools import lru_cache
from typing import Any

from msgspec import Struct

from node import places
from node.i18n import Text, _
from node.places import Place

# A place name may mean a large town's outskirts; half a country away it is a mistake.
_TOO_FAR_KM = 500.0

Position = tuple[float, float]


class Found(Struct, frozen=True):
    """position: (latitude, longitude). note: what was put right, or could not be used."""

    position: Position | None
    note: Text | None = None


def settle(position: Position | None, place: str, country: str) -> Found:
    """The position that coordinates and words together speak for.

    Words overrule coordinates only when these lie in another country than the one named: towns
    share names. A country that we cannot read is passed over.
    """
    code = places.country_code(country) if country else None
    town = _town(place, code)
    from_words = None if town is None else (town.lat, town.lon)
    if position is None:
        return Found(from_words)
    lat, lon = position
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return Found(from_words, _("%(lat)s, %(lon)s is no place on earth.", lat=lat, lon=lon))
    if position == (0.0, 0.0):  # what many programs write for "unknown"
        return Found(from_words, _("0, 0 lies in the sea; it was not taken for a place."))
    if from_words and places.distance_km(*position, *from_words) < _TOO_FAR_KM:
        return Found(position)
    if code is None or _lies_in(code, position):
        return Found(position)
    turned = (lon, lat)
    if abs(lon) <= 90 and _lies_in(code, turned):
        return Found(turned, _("Latitude and longitude were in each other's place."))
    if town is None:
        return Found(position)
    note = _(
        "The coordinates lie far from %(town)s, in another country; the town was taken.",
        town=town.name,
    )
    return Found(from_words, note)


@lru_cache(maxsize=4096)
def _town(place: str, country: str | None) -> Place | None:
    return next(iter(places.find(place, country=country, limit=1)), None) if place else None


def _lies_in(country: str, position: Position) -> bool:
    return _country_at(*places.rounded(*position)) == country


@lru_cache(maxsize=4096)
def _country_at(lat: float, lon: float) -> str | None:
    town = places.nearest(lat, lon)
    return None if town is None else town.country


def centre(geometry: dict[str, Any]) -> Position | None:
    """(latitude, longitude) of a GeoJSON geometry: of its point, else of the middle of its box."""
    numbers = list(_points(geometry))
    if not numbers:
        return None
    lons, lats = [lon for lon, _lat in numbers], [lat for _lon, lat in numbers]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def _points(node: Any, depth: int = 0) -> list[tuple[float, float]]:
    if isinstance(node, dict):
        inside = node.get("coordinates", node.get("geometries"))
        return _points(inside, depth + 1) if depth < 8 else []
    if not isinstance(node, list) or depth > 8:
        return []
    if len(node) >= 2 and all(_is_number(one) for one in node[:2]):
        return [(float(node[0]), float(node[1]))]
    return [point for one in node for point in _points(one, depth + 1)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
