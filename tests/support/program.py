"""`rochdale` itself, as somebody types it at a terminal in their language: a process of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("rochdale")


@dataclass(frozen=True)
class Typed:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


async def typed(language: str, *words: str | Path, answers: Sequence[str] = ()) -> Typed:
    """Type a command, and an answer to each thing that it asks."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *words, env=_terminal(language), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    said = "".join(f"{answer}\n" for answer in answers)
    out, err = await process.communicate(said.encode())
    assert process.returncode is not None
    return Typed(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def served(language: str, data: Path) -> AsyncGenerator[str]:
    """The node in a folder runs until the end of the block, and ends in peace; what it says when
    it is ready."""
    log = data.with_suffix(".log")
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "serve", "--data", data, env=_terminal(language), stdout=PIPE, stderr=errors
        )
    assert process.stdout is not None
    try:
        ready = (await process.stdout.readline()).decode()
        assert ready, f"it ended before it was ready: {log.read_text('utf-8')}"
        yield ready
    finally:
        if process.returncode is None:
            process.terminate()
        ended = await process.wait()
    assert ended == 0
    assert "Traceback" not in log.read_text("utf-8")


def _terminal(language: str) -> dict[str, str]:
    return os.environ | {"LC_ALL": f"{language}.UTF-8"}
