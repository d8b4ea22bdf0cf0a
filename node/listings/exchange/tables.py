"""From the bytes of a file to rows of cells: CSV of any spreadsheet, GeoJSON of any map.

The format is told by the content: JSON begins with a brace or a bracket.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings.exchange import columns as guessing
from node.listings.exchange.columns import Columns
from node.spreadsheets import unguarded

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 100_000
_MOST_COLUMNS = 2000


class Row(Struct, frozen=True):
    """One row: cells by column. fault: why none of it can be used.

    number: as a spreadsheet counts (the heading is row 1), or the feature's place on the map.
    """

    number: int
    cells: dict[str, str]
    geometry: dict[str, Any] | None = None
    fault: Text | None = None


class Rows:
    """The rows of a file, read anew each time they are walked through: they need no room."""

    def __init__(self, source: "_Csv | _GeoJson", mapping: Columns | None, name: str) -> None:
        self._source = source
        self.name = name.replace("\\", "/").rpartition("/")[2]
        """Of the file, without its folder: what its rows' ids are known by."""
        self.columns = guessing.guess(source.names, mapping)
        """Our fields, and the columns that hold them."""
        self.translations = guessing.translations(source.names, self.columns.get("body", []))
        """Columns with the description in one language."""
        self.total = sum(1 for _row in self)

    @property
    def ours(self) -> bool:
        """Whether this is an export of ours, to be read word for word."""
        return guessing.OWN_STATE in self.columns and "source_id" in self.columns

    def __iter__(self) -> Iterator[Row]:
        return iter(self._source)


def read_rows(data: bytes, name: str = "", mapping: Columns | None = None) -> Rows:
    """The rows of a CSV or GeoJSON file. name: of the file.

    Raises InvalidInput for the field "file" (or "map") when nothing at all can be read.
    """
    text = _decoded(data)
    if not text.strip():
        raise InvalidInput({"file": [_("The file %(name)s is empty.", name=name)]})
    source = _GeoJson(text) if text.lstrip()[0] in "{[" else _Csv(text)
    return Rows(source, mapping, name)


class _Csv:
    def __init__(self, text: str) -> None:
        self._text = text
        first_line = next((line for line in text.splitlines() if line.strip()), "")
        self._delimiter = max(_DELIMITERS, key=first_line.count)
        heading = next((cells for cells in self._reader() if any(map(str.strip, cells))), [])
        self.names = [cell.strip() for cell in heading][:_MOST_COLUMNS]

    def __iter__(self) -> Iterator[Row]:
        numbered = enumerate(self._reader(), 1)
        for _number, cells in numbered:
            if any(map(str.strip, cells)):
                break  # the heading
        for number, cells in numbered:
            if any(map(str.strip, cells)):
                yield self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> Row:
        # The first of two columns with one name counts.
        named = dict(reversed([*zip(self.names, cells, strict=False)]))
        if any(map(str.strip, cells[len(self.names) :])):
            return Row(number, named, fault=_(_TOO_MANY_CELLS))
        if max(map(len, cells)) > _LONGEST_CELL:
            return Row(number, named, fault=_(_CELL_TOO_LONG))
        return Row(number, {name: unguarded(cell) for name, cell in named.items()})

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)


class _GeoJson:
    def __init__(self, text: str) -> None:
        try:
            document = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            complaint = _("This begins like GeoJSON, but cannot be read: %(why)s.", why=error)
            raise InvalidInput({"file": [complaint]}) from None
        self._features = _features(document)
        named = (_properties(feature) for feature in self._features)
        self.names = list(dict.fromkeys(name for properties in named for name in properties))

    def __iter__(self) -> Iterator[Row]:
        for number, feature in enumerate(self._features, 1):
            if not isinstance(feature, dict):
                yield Row(number, {}, fault=_("This is not a feature."))
                continue
            values = _properties(feature).items()
            cells = {name: _cell(value) for name, value in values if value is not None}
            if not all(map(_is_whole, (*cells, *cells.values()))):
                yield Row(number, {}, fault=_("Half of a character stands in this row (\\ud800)."))
                continue
            geometry = feature.get("geometry")
            if "id" in feature and "id" not in cells:
                cells["id"] = _cell(feature["id"])
            yield Row(number, cells, geometry if isinstance(geometry, dict) else None)


def _features(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    features = document.get("features")
    if isinstance(features, list):
        return features
    if document.get("type") == "Feature":
        return [document]
    complaint = _("This is JSON, but no GeoJSON: it holds no list of features.")
    raise InvalidInput({"file": [complaint]})


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _cell(value: Any) -> str:
    """A JSON value as the text a spreadsheet would hold; lists stay JSON."""
    if isinstance(value, str):
        return value[:_LONGEST_CELL]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_CELL]


def _is_whole(text: str) -> bool:
    """JSON may hold half of a pair of surrogates, which no text does and nothing can store."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets on Windows write unless told otherwise.
        return data.decode("cp1252", errors="replace")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


# Of the whole process; our own limit on cells tells which row.
csv.field_size_limit(2**31 - 1)

_TOO_MANY_CELLS = "This row has more cells than the heading. Put texts with commas in quotes."
_CELL_TOO_LONG = "A cell is far too long; a quotation mark may be missing."
