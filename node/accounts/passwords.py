"""Hashing passwords with argon2id, in a thread and never more than two at once.

One hash takes about 30 ms and 19 MiB. On the event loop it would stop every other page for as long,
and a hundred at once would fill a small server's memory.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from node import limits

_hasher = PasswordHasher(
    time_cost=limits.ARGON2_PASSES,
    memory_cost=limits.ARGON2_MEMORY_KIB,
    parallelism=limits.ARGON2_LANES,
)
_threads = ThreadPoolExecutor(limits.PASSWORDS_AT_ONCE, thread_name_prefix="password")


def hash_password(text: str) -> str:
    """argon2id in its own text format, with a fresh salt. Slow on purpose; see `hashed`."""
    return _hasher.hash(text)


def verify_password(stored: str | None, text: str) -> bool:
    """Whether the password is the one stored; takes as long when there is none (None).

    So the time of an answer does not tell whether a handle exists or has a password.
    """
    try:
        return _hasher.verify(stored or _nobodys(), text) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


async def hashed(text: str) -> str:
    """`hash_password`, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_password, text)


async def matches(stored: str | None, text: str) -> bool:
    """`verify_password`, off the event loop. Overlong input costs no more than the longest."""
    text = text[: limits.PASSWORD_LONGEST + 1]
    return await asyncio.get_running_loop().run_in_executor(_threads, verify_password, stored, text)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody's password")
