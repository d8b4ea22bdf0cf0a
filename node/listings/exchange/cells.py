"""One row of a table read as fields of a listing.

Only fields for which the row has a column are given, so that bringing a file in again leaves alone
what the file does not speak of.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import Struct, field

from node import content
from node.errors import InvalidInput
from node.i18n import Text, _, is_language_tag
from node.listings.exchange import conditions, details, own_prices, whereabouts
from node.listings.exchange.columns import DETAIL_FIELDS, OWN_DETAILS
from node.listings.exchange.prices import read_price
from node.listings.exchange.tables import Row, Rows
from node.listings.models import State
from node.listings.pictures import Picture, digest_in
from node.listings.rules import LONGEST_WORD, MOST_LANGUAGES, MOST_TAGS
from node.listings.translations import Translation
from node.text import fold

_SEPARATORS = re.compile(r"[;,|\n]")
_ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,24}(?:[/?#][^\s<>]*)?", re.IGNORECASE)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII)
_EUROPEAN_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", re.ASCII)
_LARGEST_SOURCE_ID = 200
_WORDS = ("language", "title", "summary", "body")
"""Of a translation."""


class Reading(Struct):
    """What a row says: values by field of `ListingDraft`; faults and notes by field of ours."""

    values: dict[str, Any] = field(default_factory=dict)
    state: State | None = None
    faults: list[tuple[str, Text]] = field(default_factory=list)
    notes: list[tuple[str, Text]] = field(default_factory=list)


def read(row: Row, rows: Rows, currency: str, source: str) -> Reading:
    """Read one row. currency: of prices that name none; source: where ids come from, unless the
    file is an export of ours, which says it row by row."""
    cells = _Cells(row, rows)
    reading = Reading()
    if rows.ours:
        _read_own(cells, reading)
        values, faults = own_prices.read(cells.one, cells.has)
        reading.values |= values
        reading.faults += faults
    else:
        _read_foreign(cells, reading)
        _read_price(cells, reading, currency)
    _read_details(cells, reading, rows)
    _read_conditions(cells, reading, reading.faults if rows.ours else reading.notes)
    _read_place(cells, reading, row.geometry, word_for_word=rows.ours)
    reading.values["source_id"] = _source_id(cells, reading)
    reading.values["source"] = cells.one("source") if rows.ours else source
    return reading


class _Cells:
    """The cells of one row by field of ours."""

    def __init__(self, row: Row, rows: Rows) -> None:
        self._row = row
        self._columns = rows.columns
        self.translations = {
            language: row.cells[name].strip()
            for name, language in rows.translations.items()
            if row.cells.get(name, "").strip()
        }

    def has(self, *fields: str) -> bool:
        """Whether the table has a column for one of the fields."""
        return any(self._columns.get(name) for name in fields)

    def all(self, name: str) -> list[str]:
        """What the row says in the field's columns, empty cells left out."""
        found = (self._row.cells.get(column, "") for column in self._columns.get(name, ()))
        return [cell for cell in found if cell.strip()]

    def one(self, name: str) -> str:
        """The first column that says something."""
        return next(iter(self.all(name)), "").strip()


def _read_own(cells: _Cells, reading: Reading) -> None:
    for name in ("title", "summary", "body", "language"):
        reading.values[name] = cells.one(name)
    for name in ("category", "kind", "visibility"):
        if cells.one(name) or name == "category":
            reading.values[name] = cells.one(name) or None
    for name in ("tags", "languages"):
        reading.values[name] = tuple(_listed(cells.one(name)))
    if cells.has("pictures"):
        _read_pictures(cells, reading)
    if cells.has("translations"):
        _read_translations(cells, reading)
    _read_radius(cells, reading)
    _read_last_day(cells, reading)
    try:
        state = State(cells.one("listing_state") or State.PUBLISHED)
        # Withheld is only what a case says so of; the case does not come along. Nor is anybody
        # here asked to look at it.
        is_open = state not in (State.WITHHELD, State.IN_REVIEW)
        reading.state = state if is_open else State.DRAFT
    except ValueError:
        states = ", ".join(State)
        reading.faults.append(("listing_state", _("This is one of: %(states)s.", states=states)))


def _read_foreign(cells: _Cells, reading: Reading) -> None:
    values = reading.values
    values["title"] = _words(cells.one("title"))
    if cells.one("kind"):
        values["kind"] = cells.one("kind").lower()
    if cells.one("visibility"):
        values["visibility"] = cells.one("visibility").lower()
    if cells.has("summary"):
        values["summary"] = _words(cells.one("summary"))
    if cells.has("body", "website", "street", "hours") or cells.translations:
        values["body"] = _body(cells)
        if not cells.one("body") and len(cells.translations) == 1:
            [values["language"]] = cells.translations
    if cells.has("category"):
        values["category"] = _readable(cells.one("category"))[:LONGEST_WORD] or None
    if cells.has("tags"):
        found = (_readable(tag) for cell in cells.all("tags") for tag in _listed(cell))
        short = (tag for tag in found if tag and len(tag) <= LONGEST_WORD)
        values["tags"] = tuple(dict.fromkeys(short))[:MOST_TAGS]
    if cells.has("unit"):
        values["unit"] = cells.one("unit") or None
    if cells.one("language"):
        values["language"] = next(iter(_languages("language", cells, reading)), "")
    if cells.has("languages"):
        values["languages"] = _languages("languages", cells, reading)
    _read_radius(cells, reading)
    _read_last_day(cells, reading)


def _languages(name: str, cells: _Cells, reading: Reading) -> tuple[str, ...]:
    """The language codes of a cell; what is none is left out, with a note."""
    tags = [tag.replace("_", "-") for tag in _listed(cells.one(name))]
    for tag in tags:
        if not is_language_tag(tag):
            note = _("“%(tag)s” is no language code, such as en or pl.", tag=tag[:40])
            reading.notes.append((name, note))
    return tuple(filter(is_language_tag, tags))[:MOST_LANGUAGES]


def _body(cells: _Cells) -> str:
    """The description in all its languages, then how to find and reach them."""
    texts = [cells.one("body"), *cells.translations.values()]
    parts = [content.without_markup(text) for text in dict.fromkeys(filter(None, texts))]
    street = " ".join(filter(None, (cells.one("street"), cells.one("housenumber"))))
    town = " ".join(filter(None, (cells.one("postcode"), cells.one("city"))))
    if street:
        parts.append(", ".join(filter(None, (street, town))))
    if cells.one("hours").strip("-– "):
        parts.append(cells.one("hours"))
    parts += [f"<{link}>" for link in _links(cells.all("website"))]
    return "\n\n".join(parts)


def _links(cells: Iterable[str]) -> list[str]:
    """The web addresses in the cells; what is none ("update6") is no link."""
    found = []
    for word in " ".join(cells).split():
        if match := _ADDRESS.fullmatch(word.rstrip(".,;")):
            link = match.group()
            found.append(link if "://" in link else f"http://{link}")
    return list(dict.fromkeys(found))


def _read_radius(cells: _Cells, reading: Reading) -> None:
    if not cells.has("radius_km"):
        return
    reading.values["radius_km"] = None
    if text := cells.one("radius_km"):
        if text.isascii() and text.isdecimal() and len(text) <= 6:
            reading.values["radius_km"] = int(text)
        else:
            reading.faults.append(("radius_km", _("This is a whole number of kilometres.")))


def _read_last_day(cells: _Cells, reading: Reading) -> None:
    if not cells.has("expires_on"):
        return
    reading.values["expires_on"] = None
    text = cells.one("expires_on")
    if not text:
        return
    day = _day(text)
    if day is None:
        complaint = _("“%(text)s” is no day; write it as 2027-12-31.", text=text[:40])
        reading.faults.append(("expires_on", complaint))
    reading.values["expires_on"] = day


def _day(text: str) -> date | None:
    if match := _ISO_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _EUROPEAN_DAY.fullmatch(text):
        day, month, year = map(int, match.groups())
        if day <= 12 and day != month and "/" in text:
            return None  # 3/4/2027 is in March here and in April there
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_price(cells: _Cells, reading: Reading, currency: str) -> None:
    if not cells.has("price_amount", "price_max", "price_text"):
        return
    said = cells.one("price_amount")
    if said.startswith("-"):
        reading.faults.append(("price_amount", _("A price is 0 or more.")))
        return
    price = read_price(said, cells.one("price_max"), cells.one("currency"))
    reading.values |= {
        "price_amount": price.amount,
        "price_max": price.maximum,
        "currency": None if price.amount is None else price.currency or currency,
        "price_text": cells.one("price_text") or price.text,
    }


def _read_conditions(cells: _Cells, reading: Reading, bad: list[tuple[str, Text]]) -> None:
    """bad: where what cannot be read is told. In a stranger's table it is only left out."""
    if not cells.has(*conditions.COLUMNS):
        return
    try:
        reading.values["conditions"] = conditions.read(cells.one)
    except InvalidInput as error:
        bad += [(name, why) for name, whys in error.fields.items() for why in whys]


def _read_details(cells: _Cells, reading: Reading, rows: Rows) -> None:
    if rows.ours and cells.has(OWN_DETAILS):
        try:
            reading.values["details"] = details.own(cells.one(OWN_DETAILS))
        except (ValueError, RecursionError):
            complaint = _("These are no details as an export of ours has them.")
            reading.faults.append((OWN_DETAILS, complaint))
    elif not rows.ours and cells.has(*DETAIL_FIELDS):
        said = {key: cells.one(key) for key in DETAIL_FIELDS if cells.has(key)}
        reading.values["details"], notes = details.foreign(said)
        reading.notes += notes


def _read_place(
    cells: _Cells, reading: Reading, geometry: dict[str, Any] | None, *, word_for_word: bool
) -> None:
    values = reading.values
    city, country = cells.one("city"), cells.one("country")
    spoken = cells.one("place") or ", ".join(filter(None, (city, country)))
    if cells.has("place", "city", "country"):
        values["place"] = spoken or None
    try:
        position = _position(cells, geometry)
    except ValueError:
        complaint = _("Coordinates are two numbers such as 53.8 and -1.55; they were left out.")
        reading.notes.append(("lat", complaint))
        position = None
    if word_for_word:
        values["lat"], values["lon"] = position or (None, None)
        return
    found = whereabouts.settle(position, city or cells.one("place"), country)
    if found.note is not None:
        reading.notes.append(("lat", found.note))
    if geometry is not None or cells.has("place", "city", "country", "lat", "position"):
        values["lat"], values["lon"] = found.position or (None, None)


def _position(cells: _Cells, geometry: dict[str, Any] | None) -> tuple[float, float] | None:
    if geometry is not None:
        return whereabouts.centre(geometry)
    lat, lon = cells.one("lat"), cells.one("lon")
    if not lat and not lon and cells.one("position"):
        lat, _comma, lon = cells.one("position").partition(",")
    if not lat and not lon:
        return None
    return _degrees(lat), _degrees(lon)


def _degrees(text: str) -> float:
    number = float(text.strip().replace(",", "."))
    if not abs(number) < 1e9:
        raise ValueError(text)
    return number


def _source_id(cells: _Cells, reading: Reading) -> str:
    """The row's own id; without one, a digest of what it is called and where it is."""
    own = content.name(cells.one("source_id"), _LARGEST_SOURCE_ID)
    if own:
        return own
    known_by = [fold(str(reading.values.get(name) or "")) for name in ("title", "place")]
    return "row-" + hashlib.sha256("\n".join(known_by).encode()).hexdigest()[:24]


def _listed(cell: str) -> list[str]:
    """The items of a cell: a JSON list, else split at commas, semicolons and bars."""
    if cell.lstrip().startswith("["):
        try:
            items = json.loads(cell)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list):
            return [item for item in items if isinstance(item, str)]
    return [item.strip() for item in _SEPARATORS.split(cell) if item.strip()]


def _read_pictures(cells: _Cells, reading: Reading) -> None:
    """The pictures of an export of ours, by the digests in their addresses."""
    try:
        items = json.loads(cells.one("pictures") or "[]")
        found = [Picture(digest_in(str(one["url"])), str(one["alt"])) for one in items]
    except (ValueError, RecursionError, TypeError, KeyError):
        items = None
    if isinstance(items, list):
        reading.values["pictures"] = tuple(found)
        return
    complaint = _("This is no list of pictures as an export of ours has it.")
    reading.faults.append(("pictures", complaint))


def _read_translations(cells: _Cells, reading: Reading) -> None:
    """What an export of ours says in other languages."""
    try:
        items = json.loads(cells.one("translations") or "[]")
        found = tuple(
            Translation(
                **{name: str(one.get(name, "")) for name in _WORDS},
                details=one.get("details") or {},
                phrases=one.get("phrases") or {},
            )
            for one in items
        )
    except (ValueError, RecursionError, TypeError, AttributeError):
        complaint = _("This is no list of translations as an export of ours has it.")
        reading.faults.append(("translations", complaint))
    else:
        reading.values["translations"] = found


def _readable(text: str) -> str:
    """A keyword as words: "community_garden" says community garden."""
    return _words(text.replace("_", " "))


def _words(text: str) -> str:
    return " ".join(content.without_markup(text).split())
