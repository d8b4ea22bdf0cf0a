"""Pictures: drawn anew from what people and peers send, in three sizes, and nothing else of them.

`encoding` does it in a process of its own, `process` starts that; `files` is the folder;
`commands` takes in what people send, `fetching` gets what other coops show, so that no reader has
to ask a foreign host. What a picture is of is for those above to say.
"""

from node.media.commands import Pictures, known, lend, sent_by, was_sent_by
from node.media.fetching import FetchedPictures
from node.media.files import SIZES, file_name
from node.media.models import Sending
from node.media.process import PictureUnreadable

__all__ = [
    "SIZES",
    "FetchedPictures",
    "PictureUnreadable",
    "Pictures",
    "Sending",
    "file_name",
    "known",
    "lend",
    "sent_by",
    "was_sent_by",
]
