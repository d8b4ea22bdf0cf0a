"""Names that nobody can look up: they hold up neither the node's own work nor other names."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from federation.guard import Guard
from federation.settings import LOOKUPS, LOOKUPS_PER_SITE

IN_TIME = 5
THERE = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]

SILENT_SECONDS = 30
PROGRAM = f"""
import asyncio, socket, time
from federation.names import SystemResolver

async def main():
    resolver = SystemResolver()
    looking = asyncio.create_task(resolver.resolve("silent.example"))
    await asyncio.sleep(0.1)
    looking.cancel()
    await resolver.close()

socket.getaddrinfo = lambda *asked: time.sleep({SILENT_SECONDS})
asyncio.run(main())
"""


class Silence:
    """A name service that does not answer for some domains until it is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, *_more: Any) -> list[Any]:
        self.asked.append(host)
        if host.endswith("silent.example"):
            self.over.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return THERE


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    made = Silence()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.over.set()


@pytest.fixture
async def resolver() -> AsyncGenerator[AbstractResolver]:
    made = Guard().resolver()
    yield made
    await made.close()


async def test_silent_names_hold_up_no_other_work_and_no_other_names(
    silence: Silence, resolver: AbstractResolver
) -> None:
    names = [f"n{number}.silent.example" for number in range(2 * LOOKUPS)]
    looking = [asyncio.create_task(resolver.resolve(name)) for name in names]
    await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.to_thread(int), IN_TIME)
    [found] = await asyncio.wait_for(resolver.resolve("loaf.example.org", 443), IN_TIME)
    assert (found["host"], found["port"]) == ("192.0.2.1", 443)
    assert len(silence.asked) == LOOKUPS_PER_SITE + 1
    silence.over.set()
    ended = await asyncio.gather(*looking, return_exceptions=True)
    assert {type(one) for one in ended} == {socket.gaierror}


async def test_silent_names_of_many_domains_let_others_through(
    silence: Silence, resolver: AbstractResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.names.LOOKUP_SECONDS", 0.05)
    names = [f"n{number}.a{site}silent.example" for site in range(8) for number in range(8)]
    looking = [asyncio.create_task(resolver.resolve(name)) for name in names]
    await asyncio.sleep(0)
    [found] = await asyncio.wait_for(resolver.resolve("loaf.example.org", 443), IN_TIME)
    assert found["host"] == "192.0.2.1"
    silence.over.set()
    await asyncio.gather(*looking, return_exceptions=True)


async def test_so_many_threads_are_had_for_names_and_no_more(
    silence: Silence, resolver: AbstractResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.names.LOOKUP_SECONDS", 0.01)
    monkeypatch.setattr("federation.names.LOOKUPS_SET_ASIDE", 10)
    names = [f"n.a{number}silent.example" for number in range(2 * LOOKUPS)]
    looking = [asyncio.create_task(resolver.resolve(name)) for name in names]
    await asyncio.sleep(0.3)
    assert len(silence.asked) == LOOKUPS + 10
    silence.over.set()
    await asyncio.gather(*looking, return_exceptions=True)
    [found] = await asyncio.wait_for(resolver.resolve("loaf.example.org", 443), IN_TIME)
    assert found["host"] == "192.0.2.1"


async def test_who_gives_up_leaves_the_place_taken_until_the_system_answers(
    silence: Silence, resolver: AbstractResolver
) -> None:
    for number in range(3 * LOOKUPS_PER_SITE):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await resolver.resolve(f"n{number}.silent.example")
    assert len(silence.asked) == LOOKUPS_PER_SITE


async def test_whoever_waits_for_a_name_is_told_when_the_node_stops(
    silence: Silence, resolver: AbstractResolver
) -> None:
    names = [f"n.{number}-silent.example" for number in range(LOOKUPS + 1)]
    names += [f"n{number}.silent.example" for number in range(2 * LOOKUPS_PER_SITE)]
    looking = [asyncio.create_task(resolver.resolve(name)) for name in names]
    await asyncio.sleep(0.05)
    await resolver.close()
    ended = await asyncio.wait_for(asyncio.gather(*looking, return_exceptions=True), IN_TIME)
    assert {type(one) for one in ended} == {OSError}
    with pytest.raises(OSError, match="any more"):
        await resolver.resolve("loaf.example.org")


def test_the_end_of_the_program_waits_for_no_name() -> None:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=SILENT_SECONDS)
    assert time.monotonic() - begun < SILENT_SECONDS / 2


@pytest.mark.parametrize("name", ["a..example", f"{'a' * 64}.example"])
async def test_a_name_that_cannot_be_one_is_not_found(
    resolver: AbstractResolver, name: str
) -> None:
    with pytest.raises(OSError, match="label"):
        await resolver.resolve(name)
