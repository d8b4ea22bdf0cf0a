"""Signing beside the loop: a signature takes a fifth of a millisecond, and many are due at once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from federation.delivery.queue import Job
from protocol import http_signatures
from protocol.http_signatures import Profile
from protocol.media_types import LD_JSON_AS2

_AT_ONCE = 16
"""In one trip to another thread: what is sent waits for the last of them."""
_SENT_AT_ONCE = 4
"""Between two turns of everything else: to begin a POST takes half a millisecond."""


class _Asked(NamedTuple):
    job: Job
    profile: Profile
    now: datetime
    headers: asyncio.Future[dict[str, str]]


class Pen:
    """Signs requests in another thread, those together that wait for it."""

    def __init__(self) -> None:
        self._asked: list[_Asked] = []
        self._writing: asyncio.Task[None] | None = None

    async def sign(self, job: Job, profile: Profile, now: datetime) -> dict[str, str]:
        """The headers that sign the POST of a job. Raises what `http_signatures.sign` raises."""
        asked = _Asked(job, profile, now, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await asked.headers

    async def _write(self) -> None:
        while self._asked:
            some, self._asked = self._asked[:_AT_ONCE], self._asked[_AT_ONCE:]
            for number, (each, signed) in enumerate(zip(some, await _beside(some), strict=True)):
                if number % _SENT_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if each.headers.done():  # whoever asked has been stopped meanwhile
                    continue
                if isinstance(signed, Exception):
                    each.headers.set_exception(signed)
                else:
                    each.headers.set_result(signed)


async def _beside(asked: Sequence[_Asked]) -> Sequence[dict[str, str] | Exception]:
    try:
        return await asyncio.to_thread(lambda: [_headers(each) for each in asked])
    except RuntimeError as error:  # no thread is left to be had
        return [error] * len(asked)


def _headers(asked: _Asked) -> dict[str, str] | Exception:
    try:
        return _sign(asked.job, asked.profile, asked.now)
    except Exception as error:  # noqa: BLE001 - one defect must not fail the others
        return error


def _sign(job: Job, profile: Profile, now: datetime) -> dict[str, str]:
    identity = job.sender
    with_ed25519 = profile is Profile.RFC9421_ED25519
    return http_signatures.sign(
        "POST",
        job.inbox,
        job.body,
        key_id=identity.ed25519_key_id if with_ed25519 else identity.rsa_key_id,
        private_key=identity.ed25519_key if with_ed25519 else identity.rsa_key,
        now=now,
        profile=profile,
        content_type=LD_JSON_AS2,
        digest=job.digest,
    )
