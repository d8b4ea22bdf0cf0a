"""One need as it comes over the wire, and the ceilings that hold unless members decide."""

from decimal import Decimal

from node.policies import Limit
from node.referrals.fees import Ceilings

CEILINGS = Ceilings(
    Decimal(5),
    Decimal(25),
    frozenset({"care", "housing-emergency"}),
    (
        Limit("referrals.fee_ceiling_percent", "default", "5"),
        Limit("referrals.fee_ceiling_flat", "default", "25"),
        Limit("referrals.care_categories", "default", "care, housing-emergency"),
    ),
)
NEED = {
    "id": "https://grocer.example/referrals/5",
    "type": "Note",
    "kind": "referral",
    "attributedTo": "https://grocer.example/coop",
    "content": "<p>A boiler is to be mended</p>",
    "category": "repairs",
    "handoff": "https://grocer.example/referrals/5/contact",
    "budget": "200.00",
    "currency": "GBP",
    "feeKind": "none",
    "published": "2027-01-05T10:00:00Z",
    "consentUntil": "2027-02-05T10:00:00Z",
}
