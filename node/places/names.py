"""How names of towns and countries are compared."""

import re

from node.text import fold

_NOT_A_NAME = re.compile(r"[\W_]+")


def key_of(name: str) -> str:
    """`name` folded, with punctuation as single spaces: "stratford upon avon"."""
    return _NOT_A_NAME.sub(" ", fold(name)).strip()
