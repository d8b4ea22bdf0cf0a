from datetime import timedelta

from federation.ambient import SystemClock, SystemEntropy, is_over, new_id, secret
from tests.support.clock import START
from tests.support.entropy import SeededEntropy


def test_an_id_has_26_plain_characters_and_sorts_by_time(entropy: SeededEntropy) -> None:
    ids = [new_id(START + timedelta(milliseconds=step), entropy) for step in range(100)]
    assert ids == sorted(ids)
    assert {len(each) for each in ids} == {26}
    assert set("".join(ids)) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_ids_of_one_moment_differ(entropy: SeededEntropy) -> None:
    assert len({new_id(START, entropy) for _ in range(1000)}) == 1000


def test_an_id_is_a_ulid() -> None:
    class Ones:
        def token(self, size: int) -> bytes:
            return b"\xff" * size

    found = new_id(START, Ones())
    assert found[10:] == "z" * 16
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    places = enumerate(reversed(found[:10]))
    milliseconds = sum(alphabet.index(letter) * 32**place for place, letter in places)
    assert milliseconds == START.timestamp() * 1000


def test_a_secret_is_as_long_as_asked_and_fits_an_address(entropy: SeededEntropy) -> None:
    assert len(secret(entropy)) == 43
    assert len(secret(entropy, 16)) == 22
    assert secret(entropy).replace("-", "").replace("_", "").isalnum()


def test_the_machines_own_clock_has_a_zone_and_its_entropy_a_length() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert len(SystemEntropy().token(10)) == 10


def test_a_span_is_over_after_it_and_when_it_began_in_the_future() -> None:
    day = timedelta(days=1)
    assert is_over(None, START, day)
    assert not is_over(START, START, day)
    assert not is_over(START, START + day - timedelta(seconds=1), day)
    assert is_over(START, START + day, day)
    assert is_over(START + timedelta(days=365), START, day), "the clock was wrong then"
