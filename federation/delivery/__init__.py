"""Bringing messages to peers, and what people may see and do about each of them.

`queue` (what is due, claimed under a lease) · `attempt` (one signed POST) · `backoff` (pure) ·
`record` (what came of it, and the breaker) · `standing` (who gets nothing) · `doubts` (what may end
our program) · `worker` (the loop) · `letters` (the rows as people see them).
"""

from federation.delivery.letters import (
    Letter,
    deliveries,
    drop,
    ended_at,
    lost_since,
    retry,
    take_up_again,
    undelivered,
)

__all__ = [
    "Letter",
    "deliveries",
    "drop",
    "ended_at",
    "lost_since",
    "retry",
    "take_up_again",
    "undelivered",
]
