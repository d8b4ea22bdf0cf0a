"""Bringing listings in from a table or a map file, and taking them out again without loss.

`tables` turns bytes into rows, `columns` guesses which column is which field, `cells` and
`whereabouts` read one row, `bringing` writes the rows, `taking` writes the files.
"""

from node.listings.exchange.bringing import ImportReport, Refusal, import_rows
from node.listings.exchange.columns import read_mapping
from node.listings.exchange.tables import Rows, read_rows
from node.listings.exchange.taking import export_csv, export_geojson

__all__ = [
    "ImportReport",
    "Refusal",
    "Rows",
    "export_csv",
    "export_geojson",
    "import_rows",
    "read_mapping",
    "read_rows",
]
