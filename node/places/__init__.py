"""Where things are, without asking the internet: towns, countries, distances, cells."""

from node.places.countries import country_code
from node.places.gazetteer import Place, best, find, nearest
from node.places.geometry import distance_km, geohash, geohash_cover, rounded

__all__ = [
    "Place",
    "best",
    "country_code",
    "distance_km",
    "find",
    "geohash",
    "geohash_cover",
    "nearest",
    "rounded",
]
