import asyncio
import threading

from node import limits
from node.accounts import passwords
from node.accounts.passwords import hash_password, hashed, matches, verify_password


def test_a_password_matches_its_own_hash_only():
    stored = hash_password("four plain words here")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(stored, "four plain words here")
    assert not verify_password(stored, "four plain words her")


def test_nobody_has_no_password_not_even_the_one_that_is_compared():
    assert not verify_password(None, "anything at all")
    assert not verify_password(None, "nobody's password")


def test_a_damaged_hash_matches_nothing():
    assert not verify_password("$argon2id$broken", "anything at all")


def test_the_work_for_nobody_is_the_work_for_somebody(monkeypatch):
    compared = []
    real = passwords._hasher.verify

    class Watching:
        def verify(self, stored, text):
            compared.append(stored.rpartition("$")[0].rpartition("$")[0])
            return real(stored, text)

        def hash(self, text):
            return hash_password(text)

    stored = hash_password("four plain words here")
    monkeypatch.setattr(passwords, "_hasher", Watching())
    verify_password(stored, "guess")
    verify_password(None, "guess")
    assert compared[0] == compared[1] == "$argon2id$v=19$m=19456,t=2,p=1"


async def test_hashing_leaves_the_event_loop_and_never_runs_more_than_two_at_once(monkeypatch):
    running, most, threads = 0, 0, set()
    both_in = threading.Barrier(limits.PASSWORDS_AT_ONCE, timeout=10)

    def slow(_text):
        nonlocal running, most
        threads.add(threading.current_thread())
        running += 1
        most = max(most, running)
        both_in.wait()
        running -= 1
        return "hash"

    monkeypatch.setattr(passwords, "hash_password", slow)
    await asyncio.gather(*(hashed("x") for _ in range(6)))
    assert most == limits.PASSWORDS_AT_ONCE
    assert threading.current_thread() not in threads


async def test_the_asynchronous_forms_agree_with_each_other():
    assert await matches(await hashed("four plain words here"), "four plain words here")
    assert not await matches(None, "x" * 10_000_000)
