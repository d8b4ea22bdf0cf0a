"""The towns of the world with 1,000 inhabitants or more, found by name or by place, offline."""

import asyncio
import gzip
import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import accumulate, islice, pairwise
from math import cos, radians

from msgspec import Struct

from node.places.countries import country_code
from node.places.geometry import KM_PER_DEGREE, distance_km
from node.places.names import key_of

_BRACKETS = re.compile(r"\([^)]*\)")
_SEPARATOR = re.compile(r"[,;/]| [-–] ")
_SAINT = ("st", "saint", "sankt")
_POSTCODE = re.compile(r"\b\w*\d\w*\b")
_LINE_END = re.compile(rb"\n")
_SEARCH_BANDS = (0.5, 2.5)  # degrees of latitude; nothing within the last one is nowhere


class Place(Struct, frozen=True):
    """A town: WGS 84 degrees rounded to 0.01 (about 1 km), inhabitants to two digits."""

    name: str
    country: str  # ISO 3166-1 alpha-2
    lat: float
    lon: float
    population: int


async def at_hand() -> None:
    """Have the table read, if it was not yet, in a thread: that takes 60 ms, and then no question
    more than a few. Await it before you ask on the event loop."""
    if not _northward.cache_info().currsize:
        await asyncio.to_thread(_northward)


def find(text: str, *, country: str | None = None, limit: int = 10) -> list[Place]:
    """Towns called `text`, then towns whose name begins with it, each group biggest first.

    `text` may carry a country ("Leeds, GB", "Bologna Italia"), a region in brackets or after a
    comma (which is ignored) and a postcode (ignored too). `country` is an alpha-2 code.
    """
    parts = _parts(text)
    said = country_code(parts[-1]) if len(parts) > 1 else None
    wanted = country.upper() if country else said
    if len(parts) == 1 and not wanted:
        return _look_up(parts[0], None, limit) or _with_country_at_the_end(parts[0], limit)
    # "Colares, Sintra, PT": of a village that is too small to be here, the town it belongs to.
    # Without a country that would be a guess: "Ottery, Kent" is not in Kent, Washington.
    towns = parts[:-1] if said else parts
    for part in towns if wanted else towns[:1]:
        found = _look_up(part, wanted, limit)
        if found:
            return found
    return []


def best(text: str) -> Place | None:
    """The town that `text` most likely means, or None."""
    return next(iter(find(text, limit=1)), None)


def nearest(lat: float, lon: float) -> Place | None:
    """The town nearest to a point, or None where none lies within some 270 km."""
    towns, northward = _towns(), _northward()
    for band in _SEARCH_BANDS:
        first = bisect_left(northward, 100 * (lat - band), key=towns.lats.__getitem__)
        end = bisect_right(northward, 100 * (lat + band), key=towns.lats.__getitem__)
        wide = 100 * band / max(cos(radians(lat)), 0.01)
        x = 100 * lon
        distances = [
            (distance_km(lat, lon, towns.lats[number] / 100, towns.lons[number] / 100), number)
            for number in northward[first:end]
            if not wide < abs(towns.lons[number] - x) < 36_000 - wide
        ]
        if distances and min(distances)[0] <= band * KM_PER_DEGREE:
            return towns.place(min(distances)[1])
    return None


def within(south: float, west: float, north: float, east: float, *, limit: int) -> list[Place]:
    """The biggest towns in a box, biggest first. West is less than east: no antimeridian inside."""
    low, high, left, right = (round(edge * 100) for edge in (south, north, west, east))
    towns = _towns()
    inside = (
        number
        for number, (y, x) in enumerate(zip(towns.lats, towns.lons, strict=True))
        if low <= y <= high and left <= x <= right
    )
    return [towns.place(number) for number in islice(inside, limit)]


def _parts(text: str) -> list[str]:
    """["bologna", "italia"] of "40121 Bologna (BO), Italia"."""
    plain = _POSTCODE.sub(" ", _BRACKETS.sub(" ", text))
    return [key for key in map(key_of, _SEPARATOR.split(plain)) if key]


def _with_country_at_the_end(key: str, limit: int) -> list[Place]:
    said = key.split(" ")
    for cut in range(1, len(said)):
        country = country_code(" ".join(said[cut:]))
        if country:
            return _look_up(" ".join(said[:cut]), country, limit)
    return []


def _look_up(key: str, country: str | None, limit: int) -> list[Place]:
    for spelling in _spellings(key):
        found = _named(spelling, country, limit)
        if found:
            return found
    return []


def _spellings(key: str) -> Iterator[str]:
    yield key
    first, _, rest = key.partition(" ")
    if rest and first in _SAINT:
        yield from (f"{saint} {rest}" for saint in _SAINT if saint != first)


def _named(key: str, country: str | None, limit: int) -> list[Place]:
    towns, found = _towns(), dict[int, Place]()
    for needle in (f"|{key}|", f"|{key}"):
        for number in towns.named(needle.encode()):
            if len(found) >= limit:
                return list(found.values())
            if number not in found and country in (None, towns.country(number)):
                found[number] = towns.place(number)
    return list(found.values())


class _Towns(Struct, frozen=True):
    """Columns in order of size, biggest first.

    `names` has a line "|Name|other|other|" for each town: as shown, then its folded key where that
    is not simply the name in lower case, and other names. Looking for "|key" in the 3 MB of them in
    lower case takes 2 to 3 ms, so there is no index to build or to keep in memory.
    """

    names: bytes
    lower: bytes
    starts: "array[int]"  # of each line of names, and its end
    countries: str
    lats: "array[int]"  # hundredths of a degree
    lons: "array[int]"
    thousands: "array[int]"

    def named(self, needle: bytes) -> Iterator[int]:
        position = self.lower.find(needle)
        while position >= 0:
            number = bisect_right(self.starts, position) - 1
            yield number
            position = self.lower.find(needle, self.starts[number + 1])

    def country(self, number: int) -> str:
        return self.countries[2 * number : 2 * number + 2]

    def place(self, number: int) -> Place:
        start = self.starts[number] + 1
        return Place(
            name=self.names[start : self.names.index(b"|", start)].decode(),
            country=self.country(number),
            lat=self.lats[number] / 100,
            lon=self.lons[number] / 100,
            population=self.thousands[number] * 1000,
        )


@cache
def _towns() -> _Towns:
    packed = files("node.places").joinpath("data/places.gz").read_bytes()
    count, _end, content = gzip.decompress(packed).partition(b"\n")
    number = int(count)
    ends = list(accumulate([2 * number] * 4, initial=0))
    lats, lons, thousands, countries = (content[start:end] for start, end in pairwise(ends))
    names = content[ends[-1] :]
    starts = array("i", [0])
    starts.extend(line.end() for line in _LINE_END.finditer(names))
    return _Towns(
        names=names,
        lower=names.lower(),
        starts=starts,
        countries=countries.decode("ascii"),
        lats=_numbers(lats),
        lons=_numbers(lons),
        thousands=_numbers(thousands),
    )


@cache
def _northward() -> "array[int]":
    """Numbers of towns from the south to the north."""
    return _in_order(_towns().lats)


def _in_order(lats: "array[int]") -> "array[int]":
    """By counting, step by step: `sorted` holds up all threads until it is done, 70 ms."""
    southmost = min(lats)
    free = [0] * (max(lats) - southmost + 2)
    for lat in lats:
        free[lat - southmost + 1] += 1
    free = list(accumulate(free))
    order = array("i", bytes(array("i").itemsize * len(lats)))
    for number, lat in enumerate(lats):
        order[free[lat - southmost]] = number
        free[lat - southmost] += 1
    return order


def _numbers(column: bytes) -> "array[int]":
    small, great = column[: len(column) // 2], column[len(column) // 2 :]
    pairs = bytearray(len(column))
    pairs[::2], pairs[1::2] = small, great
    numbers = array("h", bytes(pairs))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
