"""The table of attacks: each case of the catalogue is one row, and so is each of its siblings.

A case is an example of a class. A sibling is another example of the same class, which the node has
to withstand as well; it is named after its case.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.hostile.siege import Siege

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parent.parent / "vectors" / "attack_cases.json").read_text()
    )
}

Attack = Callable[["Siege"], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """One attack. sibling: what sets it apart from the case itself, empty for that. is_long: it is
    the case at a size that takes many seconds, for `make soak`."""

    case: str
    sibling: str
    attack: Attack
    is_long: bool = False

    def __str__(self) -> str:
        return f"{self.case}:{self.sibling}" if self.sibling else self.case

    @property
    def statuses(self) -> list[int]:
        """What the catalogue wants to see answered; empty where it wants something dropped."""
        return [one for one in CASES[self.case]["expected_status"] if one != "drop"]


@dataclass
class Rows:
    """The rows of one file, in the order in which they are tried."""

    listed: list[Row] = field(default_factory=list)

    def attack(
        self, case: str, sibling: str = "", *, is_long: bool = False
    ) -> Callable[[Attack], Attack]:
        def put(attack: Attack) -> Attack:
            self.listed.append(Row(case, sibling, attack, is_long))
            return attack

        return put
