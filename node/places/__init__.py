"""Where things are, without asking the internet: towns, countries, distances, cells."""

from node.places.countries import country_code
from node.places.gazetteer import Place, at_hand, best, find, nearest, within
from node.places.geometry import KM_PER_DEGREE, distance_km, geohash, geohash_cover, rounded
from node.places.pointing import called, pointed, unknown, whereabouts
from node.places.zones import is_zone, likely_zone

__all__ = [
    "KM_PER_DEGREE",
    "Place",
    "at_hand",
    "best",
    "called",
    "country_code",
    "distance_km",
    "find",
    "geohash",
    "geohash_cover",
    "is_zone",
    "likely_zone",
    "nearest",
    "pointed",
    "rounded",
    "unknown",
    "whereabouts",
    "within",
]
