"""A new program beside a node that still runs with the one of before leaves its database alone."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from node.config import Config
from node.doctor import State, examine
from node.errors import Conflict
from node.migrations import HEAD, revision_of
from node.program import command
from node.runtime import open_node
from node.served import LOCK_FILE
from tests.node.migrations import releases
from ui.cli.running import alone

_SERVES = """
import fcntl, os, sys
with open(sys.argv[1], "a+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(str(os.getpid()))
    file.flush()
    print("serves", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return releases.lay_out(releases.NAMES[-1], tmp_path / "node")


@asynccontextmanager
async def served(config: Config) -> AsyncIterator[int]:
    """By another process, as far as its lock says."""
    pipe = asyncio.subprocess.PIPE
    lock = str(config.data / LOCK_FILE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVES, lock, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process.pid
    finally:
        process.stdin.close()
        await process.wait()


async def revision(config: Config) -> str | None:
    return await releases.inside(config.database_url, revision_of)


async def test_the_database_of_a_node_that_runs_is_not_changed_under_it(config: Config) -> None:
    before = await revision(config)
    async with served(config) as process:
        with pytest.raises(Conflict, match=f"process {process}") as refusal:
            async with open_node(config):
                pass
        assert refusal.value.code == "older-program-runs"
        assert await revision(config) == before != HEAD
        told = {one.check: one for one in await examine(config)}["database"]
    assert (told.state, told.remedy) == (State.FAILED, command(f"upgrade --data {config.data}"))
    async with open_node(config):
        assert await revision(config) == HEAD


async def test_in_another_container_it_may_have_the_same_number(config: Config) -> None:
    before = await revision(config)
    async with served(config):
        (config.data / LOCK_FILE).write_text(str(os.getpid()))
        with pytest.raises(Conflict):
            async with open_node(config):
                pass
    assert await revision(config) == before != HEAD


async def test_beside_a_node_that_runs_with_this_program_everything_works(config: Config) -> None:
    async with open_node(config):
        pass
    async with served(config), open_node(config):
        assert await revision(config) == HEAD


async def test_who_serves_the_node_brings_its_database_up_to_date(config: Config) -> None:
    with alone(config):
        assert (config.data / LOCK_FILE).read_text() == str(os.getpid())
        async with open_node(config):
            assert await revision(config) == HEAD
