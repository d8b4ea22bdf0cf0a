"""What this slice announces; whoever sits above reacts in the same unit of work."""

from msgspec import Struct

from node.money import Money
from node.referrals.life import Event, Side, State


class ReferralChanged(Struct, frozen=True):
    """A step was taken, by whomever. step: None when another coop has just passed it on to us."""

    referral_id: str
    uri: str
    side: Side
    state: State
    step: Event | None


class ReferralFeeDue(Struct, frozen=True):
    """Both coops signed that a referred job is over, and a fee is owed for it. Announced once.

    debtor, creditor: coops by their uri. evidence_digest: of the completion that both signed.
    for_fund: it belongs to the creditor's community fund.
    """

    referral_id: str
    debtor: str
    creditor: str
    fee: Money
    evidence_digest: str
    for_fund: bool = False
