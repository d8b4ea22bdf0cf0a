"""Vouching: a new way in for a member who lost every other, without e-mail.

They ask on a public page that does not say whether it knows them. Two different officers who have
spoken with them vouch for them; then either of the two hands over a link that works once. For the
account of an admin a day passes first. The account itself hears of it on all its devices, and can
refuse at any moment.

`rules` (the way of a request as a table, who may vouch; pure) · `models` · `commands` · `queries`.
"""

from node.vouching import personal  # noqa: F401 - it registers itself
from node.vouching.commands import ask, forget_account, hand_out, refuse, vouch
from node.vouching.queries import RequestView, about, lacks_vouchers, request, requests
from node.vouching.rules import UNDER_WAY, Event, Status, vouching

__all__ = [
    "UNDER_WAY",
    "Event",
    "RequestView",
    "Status",
    "about",
    "ask",
    "forget_account",
    "hand_out",
    "lacks_vouchers",
    "refuse",
    "request",
    "requests",
    "vouch",
    "vouching",
]
