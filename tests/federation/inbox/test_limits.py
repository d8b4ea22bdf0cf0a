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
        ("a.evil.example:8443", "evil.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:8443", "192.0.2.7"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[2001:db8::ffff:1]:8443", "2001:db8::/64"),
        ("2001:db8::2", "2001:db8::/64"),
        ("[2001:db8:0:1::1]", "2001:db8:0:1::/64"),
        # Of a development node: its peers differ by their ports alone.
        ("localhost:8101", "localhost:8101"),
        ("three.localhost:8103", "three.localhost:8103"),
        ("127.0.0.1:8101", "127.0.0.1:8101"),
    ],
)
def test_names_ports_and_addresses_of_one_owner_share_a_bucket(authority: str, site: str) -> None:
    assert site_of(authority) == site
