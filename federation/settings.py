"""Every limit of the federation, in one place, with where it comes from.

The operator sets none of these in ordinary life; tests and benches pass their own.
Papers: S = security and reliability, P = protocol (its requirement), D = the design.
"""

from datetime import timedelta
from typing import Final, Literal

from msgspec import Struct

KEYS_PER_ACTOR: Final = 20
"""Of either kind, in use and retired. A document could list thousands; each is written down."""

LOOKUPS: Final = 32
"""Names looked up at once."""

LOOKUPS_PER_SITE: Final = 8
"""Of these under one domain: a site whose name service is silent takes a quarter. As many as
connections to one peer."""

LOOKUP_SECONDS: Final = 2.0
"""Then the next name is looked up, too, beside one that takes longer: name services answer in
milliseconds, or never."""

LOOKUPS_SET_ASIDE: Final = 256
"""So many take longer at once: each is a thread that sleeps, of some 50 KB. To fill them somebody
needs 32 domains with silent name services, and brings 13 such names a second."""

ACTOR_BYTES: Final = 32 * 1024
"""Kept of an actor's document at most: a long story, all particulars, and every link."""


def share(limit: int, processes: int) -> int:
    """Of what all processes of a node allow together, what each of them does, which counts alone.
    One at least."""
    return max(1, limit // processes)


class FederationSettings(Struct, frozen=True, kw_only=True):
    """Limits and periods; all have a default that fits a coop on a small machine."""

    peering: Literal["open", "allow-list"] = "open"
    """ "allow-list": only relations and domains with an `allow` rule may talk to us (P47)."""

    # What comes in
    inbox_bytes: int = 256 * 1024  # S §3, stricter than P37
    clock_skew: timedelta = timedelta(hours=1, minutes=5)  # P13
    clock_ahead: timedelta = timedelta(minutes=5)  # S §3
    copies_kept: timedelta = timedelta(days=400)  # S §5: as long as votes and referrals remember
    evidence_age: timedelta = timedelta(days=30)  # P §2: an older proof is evidence, not news
    batch_size: int = 100  # performance paper: above this a commit gains nothing
    batch_waiting: int = 1000  # messages held in memory before 503, 256 KiB each at worst
    stranger_per_minute: int = 60  # S DOS: strangers only; peers meet back-pressure (D §4)
    stranger_sites: int = 10_000  # DOS-09: how many are remembered
    busy_retry: timedelta = timedelta(seconds=5)  # Retry-After of a 503
    poll: timedelta = timedelta(
        seconds=1
    )  # D §5: a command beside a running node is seen this soon
    idle: timedelta = timedelta(seconds=5)  # what time alone makes due is seen this soon
    fetches_per_activity: int = 10  # S §3, FET-19
    deferred_attempts: int = 8
    deferred_backoff: timedelta = timedelta(minutes=1)
    deferred_batch: int = 50
    deferred_per_host: int = 5  # of these: a host that is slow holds up its own messages alone
    deferred_lease: timedelta = timedelta(minutes=2)  # ten fetches of ten seconds, and then some

    # What we fetch
    fetch_bytes: int = 1024 * 1024  # S §3, decoded
    connect_seconds: float = 5
    total_seconds: float = 10  # for the whole exchange, redirects and body included (FET-14)
    redirects: int = 3  # FET-12
    connections: int = 100  # performance paper: beyond, no gain; and as many again to bring things
    connections_per_host: int = 8  # D §4: 4 to 8 in flight per peer
    answer_bytes: int = 4096  # of an answer to a POST: enough for a problem document
    collection_pages: int = 20  # FET-19
    collection_items: int = 1000  # FET-19

    # What we know of others
    actor_age: timedelta = timedelta(days=1)  # P08: recheck daily
    key_looks: int = 32  # at once: anybody can name a key that nobody hands out
    key_looks_per_site: int = 8  # of these under one domain
    key_cache: int = 10_000  # S DOS: bounded; a few MB
    key_failure_age: timedelta = timedelta(seconds=60)  # P17: a key published late is soon seen
    key_recheck: timedelta = timedelta(seconds=60)  # so long may another process's change be unseen
    key_refetch_interval: timedelta = timedelta(minutes=5)  # P17, SIG-44
    profile_age: timedelta = timedelta(days=30)  # P16: what a host has shown is believed this long

    # What goes out
    page_size: int = 50
    delivery_batch: int = 200
    delivery_per_host: int = 8  # D §4: 4 to 8 in flight per peer
    delivery_per_host_ahead: int = 8  # claimed beyond these while it answers
    delivery_gather_seconds: float = 0.025  # what ends within this is written down in one commit
    delivery_lease: timedelta = timedelta(seconds=60)  # F08: a killed worker's rows come back
    delivery_first_delay: timedelta = timedelta(seconds=10)
    delivery_longest_delay: timedelta = timedelta(hours=12)  # P30
    delivery_hold: timedelta = timedelta(days=30)  # S §5: how long a message waits for a peer
    delivery_refusals: int = 3  # answers 4xx before a peer's no is taken for good
    deliveries_in_flight: int = 100  # performance paper: across all peers
    deliveries_ahead: int = 200  # claimed beyond these, so that a place is taken once it is free
    retry_after_cap: timedelta = timedelta(days=1)  # S §5
    breaker_failures: int = 5  # S §5: this many
    breaker_window: timedelta = timedelta(minutes=10)  # within this, and the peer counts as away
    breaker_probe: timedelta = timedelta(minutes=15)
    host_state_age: timedelta = timedelta(days=30)  # DOS-09: forgotten after this
    copies_bytes: int = 32 * 1024 * 1024  # of one coop's: 10,000 listings; the oldest go first
    correspondence_page_bytes: int = 300 * 1024  # with one message more: well below fetch_bytes
    correspondence_pages: int = 2000  # FET-19 for what comes back: 100,000 messages of 50 a page
    correspondence_bytes: int = 64 * 1024 * 1024  # kept of one coop: twice what it may keep of us
    unproven_kept: int = 100  # of one coop: enough to see what it is about; the rest is counted
    correspondence_overlap: timedelta = timedelta(hours=2)  # clocks differ by clock_skew at most
    sync_interval: timedelta = timedelta(days=7)  # P41: look again at every peer's catalogue
    sync_pages: int = 2000  # FET-19 for catalogues: 100,000 listings of 50 a page
    sync_lease: timedelta = timedelta(minutes=2)
    sync_backoff: timedelta = timedelta(minutes=1)
    sync_longest_delay: timedelta = timedelta(hours=6)
