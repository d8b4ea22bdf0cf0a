"""What somebody without an account may begin, and how often from one address. Pure."""

from datetime import timedelta
from typing import Final, NamedTuple

from node import limits


class Allowance(NamedTuple):
    """So often at once, and once more every so often."""

    name: str
    burst: int
    every: timedelta


WRITING: Final = Allowance(
    "writing", limits.GUEST_THREADS_PER_ADDRESS, limits.GUEST_THREAD_REGAINED_EVERY
)
"""Conversations."""
ASKING: Final = Allowance(
    "asking", limits.GUEST_REQUESTS_PER_ADDRESS, limits.GUEST_REQUEST_REGAINED_EVERY
)
"""Requests: each may hold a time that others want."""
REPORTING: Final = Allowance(
    "reporting", limits.GUEST_REPORTS_PER_ADDRESS, limits.GUEST_REPORT_REGAINED_EVERY
)
"""Reports of listings."""
JOINING: Final = Allowance(
    "joining", limits.GUEST_APPLICATIONS_PER_ADDRESS, limits.GUEST_APPLICATION_REGAINED_EVERY
)
"""Applications: people read each of them."""
LOST: Final = Allowance("lost", limits.VOUCHING_PER_ADDRESS, limits.VOUCHING_REGAINED_EVERY)
"""Of those who lost every way in: officers speak with each of them."""
BY_MAIL: Final = Allowance(
    "by-mail", limits.MAIL_WAYS_IN_PER_ADDRESS, limits.MAIL_WAY_IN_REGAINED_EVERY
)
"""Letters to come in by: each is written to somebody."""
PASSKEYS: Final = Allowance("passkeys", limits.ATTEMPTS_PER_ADDRESS, limits.ATTEMPT_REGAINED_EVERY)
"""Of those who come in by a passkey: each try is a row for some minutes."""

LONGEST: Final = max(
    each.burst * each.every
    for each in (WRITING, ASKING, REPORTING, JOINING, LOST, BY_MAIL, PASSKEYS)
)
"""Until all of any is regained."""
