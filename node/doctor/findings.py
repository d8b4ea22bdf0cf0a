"""What a look finds."""

from enum import StrEnum

from msgspec import Struct

from node.i18n import Text


class State(StrEnum):
    """UNKNOWN: it could not be found out, which is no failure of the node."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Finding(Struct, frozen=True):
    """One thing that was looked at. remedy: the very line to type, or to write into a file."""

    check: str
    state: State
    said: Text | str
    remedy: str = ""


def ok(check: str, said: Text | str) -> Finding:
    return Finding(check, State.OK, said)


def failed(check: str, said: Text | str, remedy: str) -> Finding:
    return Finding(check, State.FAILED, said, remedy)


def unknown(check: str, said: Text | str, remedy: str = "") -> Finding:
    return Finding(check, State.UNKNOWN, said, remedy)
