"""What a listing asks beyond its price, as the API sends and takes it."""

from node import listings
from node.listings import Conditions
from ui.web.api import types
from ui.web.api.price_types import Tax


def read(asked: types.Conditions) -> Conditions:
    """As listings have them."""
    said, cancelling = asked.cancelling, None
    if said is not None:
        cancelling = listings.Cancelling(said.hours, said.early_percent, said.late_percent)
    taxes, included = (
        tuple(listings.Tax(one.name, one.percent) for one in each)
        for each in (asked.taxes, asked.included)
    )
    others = tuple(asked.other_projects)
    tax = asked.guest_tax
    guest_tax = listings.GuestTax(tax.name, tax.amount, tax.from_age) if tax else None
    fee = asked.referral_fee
    return Conditions(
        *(taxes, asked.deposit, cancelling, asked.project, included, others, guest_tax),
        referral_fee=listings.ReferralFee(fee.percent, fee.amount) if fee else None,
    )


def written(asked: Conditions) -> types.Conditions:
    """`read` the other way round."""
    said, cancelling = asked.cancelling, None
    if said is not None:
        cancelling = types.Cancelling(
            hours=said.hours, early_percent=said.early_percent, late_percent=said.late_percent
        )
    tax, fee = asked.guest_tax, asked.referral_fee
    return types.Conditions(
        taxes=[Tax(one.name, one.percent) for one in asked.taxes],
        included=[Tax(one.name, one.percent) for one in asked.included],
        deposit=asked.deposit,
        cancelling=cancelling,
        project=asked.project,
        other_projects=list(asked.other_projects),
        guest_tax=types.GuestTax(name=tax.name, amount=tax.amount, from_age=tax.from_age)
        if tax
        else None,
        referral_fee=types.ReferralFee(percent=fee.percent, amount=fee.amount) if fee else None,
    )
