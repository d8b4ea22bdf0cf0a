"""Consents: what the coop asks its members beyond the membership, and who agreed to which wording.

A matter (photographs, a newsletter) has wordings, numbered; rows are only added. Whoever agreed did
so to one wording: to a later one they are asked anew. What is taken back stays as a record that it
was given, and when it ended. What applicants agree to is `joining`'s.
"""

from node.consents import personal  # noqa: F401 - it registers itself
from node.consents.commands import ask, give, stop_asking, withdraw, withdraw_again, withdraw_all
from node.consents.queries import Asked, Mine, asked, holders, mine
from node.consents.wording import Words

__all__ = [
    "Asked",
    "Mine",
    "Words",
    "ask",
    "asked",
    "give",
    "holders",
    "mine",
    "stop_asking",
    "withdraw",
    "withdraw_again",
    "withdraw_all",
]
