"""Work on a stranger's bytes in a process of its own, with so much time and memory and no more.

A bomb ends that process and not the node; and what such work needs stays out of an idle node's
memory.
"""

import asyncio
import resource
import sys
from collections.abc import Sequence
from weakref import WeakKeyDictionary

_GRACE_SECONDS = 5
"""The process ends itself by the seconds it has worked; this is for a machine that is busy."""


class Overworked(Exception):
    """The work took too long or too much memory, or its program broke."""


class Workshop:
    """Starts `python -m MODULE` for one piece of work at a time, in so many places at once."""

    def __init__(self, module: str, *, at_once: int) -> None:
        self._module = module
        self._at_once = at_once
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    async def work(self, content: bytes, words: Sequence[str], seconds: int) -> bytes:
        """What the module writes to stdout for what it is given on stdin; words: its arguments.

        When all places are taken it waits. Raises Overworked.
        """
        async with self._place():
            return await self._run(content, words, seconds)

    async def _run(self, content: bytes, words: Sequence[str], seconds: int) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module, *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(2 * seconds + _GRACE_SECONDS):
                answer, _nothing = await process.communicate(content)
        except TimeoutError:
            raise Overworked from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Overworked
        return answer

    def _place(self) -> asyncio.Semaphore:
        here = asyncio.get_running_loop()
        return self._places.setdefault(here, asyncio.Semaphore(self._at_once))


def limit_ourselves(seconds: int, memory_mib: int) -> None:
    """For the program of a workshop: so much work and memory, and no more."""
    memory = memory_mib * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
