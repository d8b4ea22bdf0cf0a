"""Recipes: which accounts an event is booked on, as tables. Pure.

A line says debit or credit, an account of the chart, and the name of an amount. Every amount of a
recipe is debited as often as it is credited, so that no entry made from one can fail to balance.

| recipe | amounts |
|---|---|
| agreement-sold, agreement-bought | price, tax |
| agreement-received-METHOD, agreement-paid-METHOD | paid |
| advance-returned-METHOD, advance-back-METHOD | paid |
| platform-fee, platform-fee-returned | fee |
| community-share, community-share-returned, community-share-paid-METHOD | share |
| refund-full, refund-partial, refund-claimed, refund-early, refund-early-claimed | refund |
| late-cancel-fee, no-show-fee, late-cancel-owed, no-show-owed | fee |
| fee-waived, fee-waived-to-us | fee |
| deposit-noted, deposit-returned | deposit |
| deposit-kept-METHOD | kept, moved (the same sum, from where it lay) |
| deposit-lost | kept |
| deposit-left-METHOD, deposit-back-METHOD | deposit |
| time-earned, time-spent | hours (in HOUR) |
| referral-fee-out, referral-fee-in | fee |
| obligation-owed, obligation-due-to-us | amount |
| clearing-owed, clearing-due-to-us | cleared |
| residual-paid-METHOD, residual-received-METHOD | paid |
| dues-issued | dues |
| dues-paid-METHOD | paid |
| federation-dues | dues |

METHOD is bank, cash, mobile or netting; netting, for agreements only, moves the sum to what coops
owe each other. The party is who is on the other side: customer, member, project or coop.
"""

from collections.abc import Mapping

from node.i18n import Text, _
from node.ledger.recipe import METHOD_ACCOUNTS, Line, Recipe, Side, comes_in, goes_out, moves
from node.money import HOUR

MANUAL = "manual"
REVERSAL = "reversal"

# An agreement: what was agreed is owed once it is delivered, and then paid.
AGREEMENT_SOLD = Recipe(
    "agreement-sold",
    _("We delivered what was agreed; the buyer owes us the price."),
    (
        Line(Side.DEBIT, "assets:receivable:{party}", "price"),
        Line(Side.CREDIT, "income:sales", "price"),
        Line(Side.DEBIT, "assets:receivable:{party}", "tax"),
        Line(Side.CREDIT, "liabilities:tax", "tax"),
    ),
)
AGREEMENT_BOUGHT = Recipe(
    "agreement-bought",
    _("We received what was agreed; we owe the provider the price."),
    (
        Line(Side.DEBIT, "expenses:purchases", "price"),
        Line(Side.CREDIT, "liabilities:payable:{party}", "price"),
        Line(Side.DEBIT, "assets:input-tax", "tax"),
        Line(Side.CREDIT, "liabilities:payable:{party}", "tax"),
    ),
)
AGREEMENT_RECEIVED = comes_in(
    "agreement-received", _("What was owed to us was paid."), "assets:receivable:{party}", "paid"
)
AGREEMENT_PAID = goes_out(
    "agreement-paid", _("We paid what we owed."), "liabilities:payable:{party}", "paid"
)
# What was paid before anything was owed goes back.
ADVANCE_RETURNED = goes_out(
    "advance-returned",
    _("We gave back what was paid to us in advance."),
    "assets:receivable:{party}",
    "paid",
)
ADVANCE_BACK = comes_in(
    "advance-back",
    _("What we had paid in advance came back."),
    "liabilities:payable:{party}",
    "paid",
)
AGREEMENT_RECEIVED_NETTING = moves(
    "agreement-received-netting",
    _("What a coop owed us goes to the account between our coops."),
    "assets:partner:{party}",
    "assets:receivable:{party}",
    "paid",
)
AGREEMENT_PAID_NETTING = moves(
    "agreement-paid-netting",
    _("What we owed a coop goes to the account between our coops."),
    "liabilities:payable:{party}",
    "liabilities:partner:{party}",
    "paid",
)

# What the coop keeps of an agreement between others, and what it passes on to a project.
PLATFORM_FEE = moves(
    "platform-fee",
    _("Our fee on an agreement."),
    "assets:receivable:{party}",
    "income:platform-fees",
    "fee",
)
PLATFORM_FEE_RETURNED = moves(
    "platform-fee-returned",
    _("Our fee on an agreement is given back."),
    "income:platform-fees",
    "assets:receivable:{party}",
    "fee",
)
COMMUNITY_SHARE = moves(
    "community-share",
    _("A share of a fee is set aside for a community project."),
    "expenses:community-share",
    "liabilities:community:{party}",
    "share",
)
COMMUNITY_SHARE_RETURNED = moves(
    "community-share-returned",
    _("A share of a fee that is given back is set aside no longer."),
    "liabilities:community:{party}",
    "expenses:community-share",
    "share",
)
COMMUNITY_SHARE_PAID = goes_out(
    "community-share-paid",
    _("A community project was paid its share."),
    "liabilities:community:{party}",
    "share",
)

# When it goes differently.
REFUND_FULL = moves(
    "refund-full",
    _("The whole price is given back; we owe it to the buyer."),
    "income:refunds",
    "liabilities:payable:{party}",
    "refund",
)
REFUND_PARTIAL = moves(
    "refund-partial",
    _("A part of the price is given back; we owe it to the buyer."),
    "income:refunds",
    "liabilities:payable:{party}",
    "refund",
)
REFUND_CLAIMED = moves(
    "refund-claimed",
    _("The provider gives back what we paid, or a part of it."),
    "assets:receivable:{party}",
    "expenses:purchases",
    "refund",
)
REFUND_EARLY = moves(
    "refund-early",
    _("What went back before the delivery is taken off the price."),
    "income:refunds",
    "assets:receivable:{party}",
    "refund",
)
REFUND_EARLY_CLAIMED = moves(
    "refund-early-claimed",
    _("What went back before the delivery is taken off the price."),
    "liabilities:payable:{party}",
    "expenses:purchases",
    "refund",
)
LATE_CANCEL_FEE = moves(
    "late-cancel-fee",
    _("The other side cancelled late and owes the fee agreed for it."),
    "assets:receivable:{party}",
    "income:cancellation-fees",
    "fee",
)
NO_SHOW_FEE = moves(
    "no-show-fee",
    _("The other side did not come and owes the fee agreed for it."),
    "assets:receivable:{party}",
    "income:cancellation-fees",
    "fee",
)
LATE_CANCEL_OWED = moves(
    "late-cancel-owed",
    _("We cancelled late and owe the fee agreed for it."),
    "expenses:cancellation-fees",
    "liabilities:payable:{party}",
    "fee",
)
NO_SHOW_OWED = moves(
    "no-show-owed",
    _("We did not come and owe the fee agreed for it."),
    "expenses:cancellation-fees",
    "liabilities:payable:{party}",
    "fee",
)
FEE_WAIVED = moves(
    "fee-waived",
    _("The fee for cancelling or not coming is taken off, or a part of it."),
    "income:cancellation-fees",
    "assets:receivable:{party}",
    "fee",
)
FEE_WAIVED_TO_US = moves(
    "fee-waived-to-us",
    _("The fee for cancelling or not coming is taken off, or a part of it."),
    "liabilities:payable:{party}",
    "expenses:cancellation-fees",
    "fee",
)
DEPOSIT_NOTED = moves(
    "deposit-noted",
    _("A deposit was left; it goes back to whom it belongs."),
    "assets:deposits",
    "liabilities:deposits:{party}",
    "deposit",
)
DEPOSIT_RETURNED = moves(
    "deposit-returned",
    _("A deposit was given back."),
    "liabilities:deposits:{party}",
    "assets:deposits",
    "deposit",
)
DEPOSIT_KEPT = {
    method: Recipe(
        f"deposit-kept-{method}",
        _("A deposit was kept, all or a part; it is ours now."),
        (
            Line(Side.DEBIT, "liabilities:deposits:{party}", "kept"),
            Line(Side.CREDIT, "income:deposits-kept", "kept"),
            Line(Side.DEBIT, account, "moved"),
            Line(Side.CREDIT, "assets:deposits", "moved"),
        ),
    )
    for method, account in METHOD_ACCOUNTS.items()
}
DEPOSIT_LEFT = goes_out(
    "deposit-left", _("We left a deposit."), "assets:deposits-left:{party}", "deposit"
)
DEPOSIT_BACK = comes_in(
    "deposit-back",
    _("A deposit that we left came back."),
    "assets:deposits-left:{party}",
    "deposit",
)
DEPOSIT_LOST = moves(
    "deposit-lost",
    _("A deposit that we left was kept, all or a part."),
    "expenses:deposits-lost",
    "assets:deposits-left:{party}",
    "kept",
)

# Hours that members give each other: what one earns another spends, and the time bank stays even.
TIME_EARNED = moves(
    "time-earned",
    _("Hours given are hours in credit."),
    "equity:time-bank",
    "liabilities:time-credit:{party}",
    "hours",
    HOUR,
)
TIME_SPENT = moves(
    "time-spent",
    _("Hours received are taken from the hours in credit."),
    "liabilities:time-credit:{party}",
    "equity:time-bank",
    "hours",
    HOUR,
)

# Between coops: a fee is due, then acknowledged by both, then set off or paid.
REFERRAL_FEE_OUT = moves(
    "referral-fee-out",
    _("We owe a coop the fee for somebody it passed on to us."),
    "expenses:referral-fees",
    "liabilities:partner:{party}",
    "fee",
)
REFERRAL_FEE_IN = moves(
    "referral-fee-in",
    _("A coop owes us the fee for somebody we passed on to it."),
    "assets:partner:{party}",
    "income:referral-fees",
    "fee",
)
OBLIGATION_OWED = moves(
    "obligation-owed",
    _("Both coops signed that we owe this."),
    "liabilities:partner:{party}",
    "liabilities:obligations:{party}",
    "amount",
)
OBLIGATION_DUE_TO_US = moves(
    "obligation-due-to-us",
    _("Both coops signed that this is owed to us."),
    "assets:obligations:{party}",
    "assets:partner:{party}",
    "amount",
)
CLEARING_OWED = moves(
    "clearing-owed",
    _("What we owed a coop is set off in a clearing."),
    "liabilities:obligations:{party}",
    "assets:clearing",
    "cleared",
)
CLEARING_DUE_TO_US = moves(
    "clearing-due-to-us",
    _("What a coop owed us is set off in a clearing."),
    "assets:clearing",
    "assets:obligations:{party}",
    "cleared",
)
RESIDUAL_PAID = goes_out(
    "residual-paid",
    _("We paid a coop what was left after clearing."),
    "liabilities:obligations:{party}",
    "paid",
)
RESIDUAL_RECEIVED = comes_in(
    "residual-received",
    _("A coop paid us what was left after clearing."),
    "assets:obligations:{party}",
    "paid",
)

DUES_ISSUED = moves(
    "dues-issued", _("A member's dues are due."), "assets:dues:{party}", "income:dues", "dues"
)
FEDERATION_DUES = moves(
    "federation-dues",
    _("Dues to a federation are due."),
    "expenses:dues",
    "liabilities:payable:{party}",
    "dues",
)
DUES_PAID = comes_in("dues-paid", _("A member paid dues."), "assets:dues:{party}", "paid")

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        AGREEMENT_SOLD,
        AGREEMENT_BOUGHT,
        *AGREEMENT_RECEIVED.values(),
        AGREEMENT_RECEIVED_NETTING,
        *AGREEMENT_PAID.values(),
        AGREEMENT_PAID_NETTING,
        *ADVANCE_RETURNED.values(),
        *ADVANCE_BACK.values(),
        PLATFORM_FEE,
        PLATFORM_FEE_RETURNED,
        COMMUNITY_SHARE,
        COMMUNITY_SHARE_RETURNED,
        *COMMUNITY_SHARE_PAID.values(),
        REFUND_FULL,
        REFUND_PARTIAL,
        REFUND_CLAIMED,
        REFUND_EARLY,
        REFUND_EARLY_CLAIMED,
        LATE_CANCEL_FEE,
        NO_SHOW_FEE,
        LATE_CANCEL_OWED,
        NO_SHOW_OWED,
        FEE_WAIVED,
        FEE_WAIVED_TO_US,
        DEPOSIT_NOTED,
        DEPOSIT_RETURNED,
        *DEPOSIT_KEPT.values(),
        *DEPOSIT_LEFT.values(),
        *DEPOSIT_BACK.values(),
        DEPOSIT_LOST,
        TIME_EARNED,
        TIME_SPENT,
        REFERRAL_FEE_OUT,
        REFERRAL_FEE_IN,
        OBLIGATION_OWED,
        OBLIGATION_DUE_TO_US,
        CLEARING_OWED,
        CLEARING_DUE_TO_US,
        *RESIDUAL_PAID.values(),
        *RESIDUAL_RECEIVED.values(),
        DUES_ISSUED,
        FEDERATION_DUES,
        *DUES_PAID.values(),
    )
}

_OTHER_SENTENCES: Mapping[str, Text] = {
    MANUAL: _("Written by hand."),
    REVERSAL: _("Takes back an earlier entry."),
}


def sentence_of(name: str) -> Text:
    """What an entry made by a recipe says, also by one of a later program: then its name."""
    if name in RECIPES:
        return RECIPES[name].sentence
    return _OTHER_SENTENCES.get(name, name)
