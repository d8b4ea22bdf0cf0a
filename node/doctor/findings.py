"""What a look finds."""

from dataclasses import dataclass
from enum import StrEnum

from node.i18n import Text


class State(StrEnum):
    """UNKNOWN: it could not be found out, which is no failure of the node."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
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
