"""Files of listings, brought into a coop."""

import csv
import io
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from node import listings
from node.listings import ImportReport, ListingView
from node.listings.exchange import read_rows
from tests.node.listings.conftest import ACCOUNT, Coop


@dataclass
class Store:
    """What an import needs of a node."""

    coop: Coop

    config = SimpleNamespace(currency="GBP")

    def reading(self) -> Any:
        return self.coop.database.reading()

    async def write(self, work: Any) -> Any:
        return await self.coop.write(work)


async def bring(coop: Coop, file: str | bytes, **options: Any) -> ImportReport:
    mapping = options.pop("mapping", None)
    data = file.encode() if isinstance(file, str) else file
    rows = read_rows(data, options.pop("name", "file.csv"), mapping)
    return await listings.import_rows(Store(coop), rows, by=ACCOUNT, **options)


async def only(coop: Coop) -> ListingView:
    [view] = await all_of(coop)
    return view


async def all_of(coop: Coop) -> list[ListingView]:
    return await coop.ask(lambda reader: listings.mine(reader, None))


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def geojson(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def refusals(report: ImportReport) -> list[tuple[int, str | None, str]]:
    return [(one.row, one.column, str(one.reason)) for one in report.refused]


def sorted_rows(exported: bytes, form: str) -> list[str]:
    if form == "geojson":
        return sorted(map(json.dumps, json.loads(exported)["features"]))
    return sorted(map(repr, csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline=""))))
