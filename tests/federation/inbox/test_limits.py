import pytest

from federation.inbox.limits import Buckets, site_of
from tests.support.clock import FixedClock


def test_a_bucket_gives_what_it_holds_and_fills_again(clock: FixedClock) -> None:
    buckets = Buckets(size=2, per_minute=6)
    assert [buckets.take("a", clock.now()) for _ in range(3)] == [0, 0, 10]
    assert buckets.take("b", clock.now()) == 0
    clock.advance(9)
    assert buckets.take("a", clock.now()) == 1
    clock.advance(1)
    assert buckets.take("a", clock.now()) == 0
    clock.advance(3600)
    assert [buckets.take("a", clock.now()) for _ in range(3)] == [0, 0, 10]


def test_only_so_many_names_are_remembered(clock: FixedClock) -> None:
    buckets = Buckets(size=1, per_minute=1, names=2)
    for name in ("a", "b", "c"):
        buckets.take(name, clock.now())
    assert buckets.take("c", clock.now()) > 0
    assert buckets.take("a", clock.now()) == 0  # forgotten as the oldest


@pytest.mark.parametrize(
    ("authority", "site"),
    [
        ("loaf.example", "loaf.example"),
        ("a.b.evil.example", "evil.example"),
        ("a.evil.example:8443", "evil.example:8443"),
        ("localhost:8101", "localhost:8101"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:8443", "192.0.2.7:8443"),
        ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_names_below_one_domain_share_a_bucket(authority: str, site: str) -> None:
    assert site_of(authority) == site
