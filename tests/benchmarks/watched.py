"""`python -m tests.benchmarks.watched` is `rochdale` with a watch on the loop that serves.

When it is told to stop, it writes down how late each beat came; `beats` reads that.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.support.stalls import Beat, Stalls, watching
from ui.cli import listening, main, running

MODULE = "tests.benchmarks.watched"
_FILE = "beats.json"


def beats(data: Path) -> Stalls:
    """What the last process of the node in this folder was held up by; it has ended."""
    return Stalls([Beat(*each) for each in json.loads((data / _FILE).read_text())])


def serve(data: Path) -> None:
    async def watched() -> None:
        async with watching() as stalls:
            await listening.until_told_to_stop()
        await asyncio.to_thread((data / _FILE).write_text, json.dumps(stalls.beats))

    running.until_told_to_stop = watched  # type: ignore[attr-defined]
    main()


if __name__ == "__main__":
    serve(Path(sys.argv[sys.argv.index("--data") + 1]))
