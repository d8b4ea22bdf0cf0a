"""Personal data on their way to one other coop: never sent, but fetched: signed, counted, expiring.

Whoever holds them decides whether they may be had, and then lets `hand_out` count and sign. Each
time leaves a line (`accesses`) that the person sees. Whoever may have them expects them (`expect`);
they are fetched in the background (`collect_due`) and handed to the slice that they are for, which
seals them in the unit of work that stores them:

    @handoffs.kept("referral")
    async def keep(uow, matter_id, told): ...

A matter is what they are about: the id here of a referral or of an agreement.
"""

from node.handoffs.fetching import collect_due, expect, forget, is_expected, kept
from node.handoffs.serving import AccessView, Offered, accesses, fetched, hand_out

__all__ = [
    "AccessView",
    "Offered",
    "accesses",
    "collect_due",
    "expect",
    "fetched",
    "forget",
    "hand_out",
    "is_expected",
    "kept",
]
