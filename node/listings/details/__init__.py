"""What listings say by their kind: a cleaner's licences, a loaf's allergens, a job's pay.

One table (`table`) names every field: of which kinds it is, what it holds, how it is asked for.
Form, page, preview, files, API, wire, search and JSON-LD go by it, so that a new field is one line
there. `shapes` says what a field can be, `rules` reads values: ours strictly, a peer's mildly.
"""

from node.listings.details.rules import (
    check_place,
    documents,
    ends_on,
    found_words,
    length,
    of_kind,
    of_peer,
    picks,
    said,
    telling,
    tidied,
    tidied_words,
    tidy,
    told_of,
    words_of_peer,
)
from node.listings.details.shapes import Detail, Details, Option, Shape
from node.listings.details.table import DETAILS, KEYS, PICKED, PICKS

__all__ = [
    "DETAILS",
    "KEYS",
    "PICKED",
    "PICKS",
    "Detail",
    "Details",
    "Option",
    "Shape",
    "check_place",
    "documents",
    "ends_on",
    "found_words",
    "length",
    "of_kind",
    "of_peer",
    "picks",
    "said",
    "telling",
    "tidied",
    "tidied_words",
    "tidy",
    "told_of",
    "words_of_peer",
]
