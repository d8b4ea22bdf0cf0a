"""Which clock a place goes by, from the table of the time zone database (tzdata's zone.tab)."""

import re
from functools import lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from node.places.geometry import distance_km

_TABLE = resources.files("tzdata") / "zoneinfo" / "zone.tab"
_POINT = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?")
"""Degrees, minutes and perhaps seconds (ISO 6709)."""


class _Zone(NamedTuple):
    key: str
    lat: float
    lon: float


def likely_zone(place: str, lat: float | None = None, lon: float | None = None) -> str:
    """The time zone of "Rochdale, GB": of several in its country the nearest to the point.

    Without a point it is the first, which mostly is the mainland's; empty where nothing is known.
    """
    zones = _zones().get(place.rpartition(",")[2].strip(), [])
    if lat is not None and lon is not None and zones:
        return min(zones, key=lambda zone: distance_km(lat, lon, zone.lat, zone.lon)).key
    return zones[0].key if zones else ""


def is_zone(key: str) -> bool:
    """Whether clocks are known for the name, such as Europe/Madrid."""
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=1)
def _zones() -> dict[str, list[_Zone]]:
    """By country (ISO 3166), in the table's order."""
    found: dict[str, list[_Zone]] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, point, key = line.split("\t")[:3]
            found.setdefault(country, []).append(_Zone(key, *_degrees(point)))
    return found


def _degrees(point: str) -> tuple[float, float]:
    lat, lon = (
        (-1 if sign == "-" else 1) * (int(whole) + int(minutes) / 60)
        for sign, whole, minutes, _seconds in _POINT.findall(point)
    )
    return lat, lon
