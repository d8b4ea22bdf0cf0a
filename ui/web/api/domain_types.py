"""Lists of blocked domains as the API takes them, and what became of one."""

from typing import Annotated

from msgspec import Meta, Struct

from ui.web.api.types import ShortText


class BlocklistNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """csv: the file's text. name: of the list, the reason of rows that give none."""

    csv: Annotated[str, Meta(min_length=1)]
    name: ShortText = ""
    dry_run: bool = False


class BlocklistRefusal(Struct, frozen=True):
    row: int
    domain: str
    reason: str


class BlocklistReport(Struct, frozen=True):
    """unchanged: decided so before. kept: decided differently here, which stands. idle: rows that
    ask for nothing a node does. cut_off, distant: coops we work with, by name, that it touches."""

    rows: int
    blocked: int
    limited: int
    unchanged: int
    idle: int
    kept: list[str]
    refused: list[BlocklistRefusal]
    cut_off: list[str]
    distant: list[str]
