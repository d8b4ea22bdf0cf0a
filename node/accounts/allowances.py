"""How often somebody may try to come in, and what they may begin without an account. Pure."""

from datetime import timedelta
from typing import Final, NamedTuple

from node import limits


class Allowance(NamedTuple):
    """So often at once, and once more every so often."""

    name: str
    burst: int
    every: timedelta

    @property
    def regained_in(self) -> timedelta:
        """Until all of it is, once nothing is left."""
        return self.burst * self.every


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
TOKENS: Final = Allowance(
    "tokens", limits.REFUSED_TOKENS_PER_ADDRESS, limits.REFUSED_TOKEN_REGAINED_EVERY
)
"""Tokens of programs that were refused."""

AT_ADDRESS: Final = Allowance("address", limits.ATTEMPTS_PER_ADDRESS, limits.ATTEMPT_REGAINED_EVERY)
"""Tries to come in, whoever's name is tried."""
OF_ACCOUNT: Final = Allowance("account", limits.ATTEMPTS_PER_ACCOUNT, limits.ATTEMPT_REGAINED_EVERY)
"""Of one name, at addresses where nobody came in by it."""
OF_KNOWN: Final = Allowance("known", limits.ATTEMPTS_PER_ACCOUNT, limits.ATTEMPT_REGAINED_EVERY)
"""Of one name, at an address where somebody did."""

COUNTED: Final = (
    WRITING,
    ASKING,
    REPORTING,
    JOINING,
    LOST,
    BY_MAIL,
    PASSKEYS,
    TOKENS,
    AT_ADDRESS,
    OF_ACCOUNT,
    OF_KNOWN,
)
"""All that `SignInTries` counts, each under its name."""
