"""`python -m tests.stories.rochdale_later` is `rochdale` at another time, for nodes that wait days.

The clock is ahead by as many seconds as the file `ahead` beside the node's folder says, and the
schedule looks at it each second. A folder with a file `tampered` in it has an engine that leaves
out the first ballot.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from federation.ambient import SystemClock
from node import runtime
from node.council.count import counting
from ui.cli import main

DATA = Path(sys.argv[sys.argv.index("--data") + 1])


def now(_clock: SystemClock) -> datetime:
    ahead = float((DATA.parent / "ahead").read_text())
    return datetime.now(UTC) + timedelta(seconds=ahead)


def tampered(record: Any, proposal: Any) -> dict[str, Any]:
    result = _honest(record, proposal)
    return result | {"counted": result["counted"][1:]}


_honest = counting.recount
SystemClock.now = now  # type: ignore[method-assign]
runtime.SCHEDULE_SECONDS = 1
if (DATA / "tampered").exists():
    counting.recount = tampered

main()
