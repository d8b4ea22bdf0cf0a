"""Privacy: what is kept about people, for those whom it is about.

`queries` finds it by the data map (`node.data_map`), `archive` makes a file of it (pure).
"""

from node.privacy.archive import zipped
from node.privacy.commands import note_taken
from node.privacy.queries import Known, Line, map_lines, person_of, what_we_know

__all__ = [
    "Known",
    "Line",
    "map_lines",
    "note_taken",
    "person_of",
    "what_we_know",
    "zipped",
]
