"""What the siege looks at is seen: each fault done once, by hand."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

import pytest
import structlog

from tests.hostile.siege import Siege, ready
from tests.hostile.test_corpus import ROWS

pytestmark = pytest.mark.long


async def it_stands_still(_siege: Siege) -> None:
    time.sleep(0.5)  # noqa: ASYNC251 - that is the fault


async def it_works_for_long(_siege: Siege) -> None:
    ends = time.thread_time() + 0.8
    while time.thread_time() < ends:
        pass


async def it_takes_memory(_siege: Siege) -> None:
    bytearray(100 * 1024 * 1024)


async def somebody_dials(siege: Siege) -> None:
    socket.create_connection(("127.0.0.1", siege.canary.port)).close()


async def a_secret_is_written(siege: Siege) -> None:
    structlog.get_logger("rochdale.test").warning("told", what=next(iter(siege.secrets)))


async def a_key_is_kept_in_memory(siege: Siege) -> None:
    keys = siege.coop.node.federation.keys
    material = await keys.key(siege.farm.signer.rsa_id)
    keys._known.put("https://evil.example/#key", material, siege.clock.now())


async def a_good_key_counts_as_bad(siege: Siege) -> None:
    keys = siege.coop.node.federation.keys
    keys._failed.put(siege.farm.signer.rsa_id, Exception(), siege.clock.now())


async def a_refusal_is_told_twice(siege: Siege) -> None:
    await siege.send(siege.bare(siege.activity()))
    structlog.get_logger("rochdale.test").warning("inbox-refused", code="again", status=401)


async def _in_a_step_of_its_own(siege: Siege, fault: Callable[[Siege], Awaitable[None]]) -> None:
    async with siege.nothing_happens():
        await asyncio.sleep(0)
        await fault(siege)
        await asyncio.sleep(0)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "fault",
    [
        it_stands_still,
        it_works_for_long,
        it_takes_memory,
        somebody_dials,
        a_secret_is_written,
        a_key_is_kept_in_memory,
        a_good_key_counts_as_bad,
        a_refusal_is_told_twice,
    ],
)
async def test_a_fault_is_seen(siege: Siege, fault: Callable[[Siege], Awaitable[None]]) -> None:
    await ready(siege, ROWS[0])
    with pytest.raises(AssertionError):
        await _in_a_step_of_its_own(siege, fault)
    siege.coop.node.federation.keys._failed.clear()
    siege.canary.forget()
