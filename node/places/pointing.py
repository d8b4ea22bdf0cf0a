"""Where a link from a map points, for places that no table knows and people who know no degrees."""

import re
from urllib.parse import unquote

from node.i18n import Text, _
from node.places.gazetteer import best, nearest
from node.places.geometry import rounded

LONGEST = 2_000
"""Characters of a link that are read."""
_N = r"([-+]?[0-9]{1,3}(?:\.[0-9]{1,20})?)"
# Where a pin is set goes before where the map was looked at.
_LINKS = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"!3d{_N}!4d{_N}",
        rf"[?&]mlat={_N}&mlon={_N}",
        rf"[?&](?:q|ll|query|center|coordinate)=(?:loc:)?{_N},\s*{_N}",
        rf"/@{_N},{_N}",
        rf"#map=[0-9.]{{1,5}}/{_N}/{_N}",
        rf"^geo:{_N},{_N}",
    )
]
_PAIR = re.compile(rf"{_N}\s*,\s*{_N}", re.ASCII)
_SHORT = re.compile(
    r"\b(?:maps\.app\.goo\.gl|goo\.gl/maps|g\.co|osm\.org/go|maps\.apple)/", re.IGNORECASE
)
"""Links that only their maker can follow: nothing is fetched for somebody who writes."""

Point = tuple[float, float]


def pointed(text: str) -> Point | None:
    """Latitude and longitude of a link from a map, a geo: address (RFC 5870) or two numbers; None
    for any other words, and for what is no place on earth."""
    text = unquote(text.strip()[:LONGEST])
    tried = (link.search(text) for link in _LINKS) if ":" in text else (_PAIR.fullmatch(text),)
    found = next(filter(None, tried), None)
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[2])
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def whereabouts(text: str) -> tuple[str, Point | None]:
    """A place as it is shown, and its point to about 1 km, if we know that."""
    point = pointed(text)
    if point is None:
        town = best(text)
        return text, rounded(town.lat, town.lon) if town else None
    lat, lon = rounded(*point)
    return called(lat, lon), (lat, lon)


def called(lat: float, lon: float) -> str:
    """What a point is shown as: a link says more than anybody should see."""
    town = nearest(lat, lon)
    return f"{town.name}, {town.country}" if town else f"{lat}, {lon}"


def unknown(text: str) -> Text:
    """Said where `whereabouts` finds no point."""
    if _SHORT.search(text):
        return _(
            "This short link does not say where it points. Open it, and copy the long address of "
            "the page that you see."
        )
    return _(
        "We do not know where “%(place)s” is. Add the next bigger town and the country, like "
        "Heptonstall, Hebden Bridge, GB, or paste a link from a map such as OpenStreetMap.",
        place=text,
    )
