"""AS2 Place: where something is, as exactly as its owner wants to say."""

from typing import Any

from msgspec import Struct

from protocol.errors import MalformedDocument
from protocol.vocabulary.base import number, one_node, part, text

_KILOMETRES = {"km": 1.0, "m": 0.001, "miles": 1.609344, "feet": 0.0003048, "inches": 0.0000254}


class PlaceOnWire(Struct, frozen=True):
    """Coordinates are rounded by whoever builds it: a home is not told to the metre."""

    name: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None


def place_document(place: PlaceOnWire | None) -> dict[str, Any] | None:
    """The `location` of a document."""
    if place is None:
        return None
    return part(
        "Place",
        name=place.name,
        latitude=place.lat,
        longitude=place.lon,
        radius=place.radius_km,
        units=None if place.radius_km is None else "km",
    )


def parse_place(value: Any) -> PlaceOnWire | None:
    """Read `location`; None for a bare id or nothing usable. Half a coordinate counts as none."""
    node = one_node(value)
    if node is None:
        return None
    lat, lon = number(node, "latitude"), number(node, "longitude")
    if lat is None or lon is None:
        lat = lon = None
    elif not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise MalformedDocument(
            f"There is no place at latitude {lat}, longitude {lon}.", code="bad-place"
        )
    place = PlaceOnWire(text(node, "name") or "", lat, lon, _radius_km(node))
    return None if place == PlaceOnWire() else place


def _radius_km(node: dict[str, Any]) -> float | None:
    radius = number(node, "radius")
    if radius is None or radius < 0:
        return None
    # AS2: metres unless `units` says otherwise.
    return round(radius * _KILOMETRES.get(text(node, "units") or "m", 0.001), 6)
