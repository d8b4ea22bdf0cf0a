"""Consents: what the coop asks its members beyond the membership, and who agreed to which wording.

A matter (photographs, a newsletter) has wordings, numbered; rows are only added. Whoever agreed did
so to one wording: to a later one they are asked anew, and hear of it. What is taken back stays as a
record that it was given, and when it ended. What applicants agree to is `joining`'s.
"""

from node.consents import personal  # noqa: F401 - it registers itself
from node.consents.commands import ask, give, stop_asking, withdraw, withdraw_again, withdraw_all
from node.consents.queries import Asked, Mine, Reworded, asked, holders, mine, reworded
from node.consents.wording import Words

__all__ = [
    "Asked",
    "Mine",
    "Reworded",
    "Words",
    "ask",
    "asked",
    "give",
    "holders",
    "mine",
    "reworded",
    "stop_asking",
    "withdraw",
    "withdraw_again",
    "withdraw_all",
]
