"""Where a page of results ended, as a visitor carries it to the next one. Pure."""

import base64
import json
import math

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import _

_DAMAGED = _("This page address is damaged: start again from the first page.")
_53 = 2**53


class Cursor(Struct, frozen=True):
    """Where a page ended; entries written after the first page do not move the later ones."""

    now: int
    top: int
    key: tuple[float, int]

    @property
    def number(self) -> int:
        return -self.key[1]

    def text(self) -> str:
        packed = json.dumps([self.now, self.top, *self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> "Cursor":
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            now, top, score, number = json.loads(base64.urlsafe_b64decode(padded))
            read = cls(int(now), int(top), (float(score), int(number)))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidInput({"cursor": [_DAMAGED]}) from None
        if not math.isfinite(read.key[0]) or max(map(abs, (read.now, read.top, read.number))) > _53:
            raise InvalidInput({"cursor": [_DAMAGED]})
        return read
