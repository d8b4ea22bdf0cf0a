"""What a table says of taxes, deposit, cancelling and a community project."""

from collections.abc import Callable

from node.errors import InvalidInput
from node.i18n import _
from node.listings.conditions import (
    Cancelling,
    Conditions,
    GuestTax,
    ReferralFee,
    read_projects,
    read_taxes,
)
from node.listings.exchange.prices import exact

COLUMNS = (
    *("taxes", "deposit", "project"),
    *("cancel_hours", "cancel_early_percent", "cancel_late_percent"),
    *("taxes_included", "other_projects"),
    *("guest_tax_name", "guest_tax_amount", "guest_tax_age"),
    *("referral_percent", "referral_amount"),
)


def read(cell: Callable[[str], str]) -> Conditions:
    """The conditions of a row. cell: what stands in one of the columns. Raises InvalidInput."""
    taxes = read_taxes(cell("taxes"))
    try:
        deposit = exact(cell("deposit"))
        hours, early, late = (int(cell(name) or 0) for name in COLUMNS[3:6])
        guest_tax, percent = _guest_tax(cell), exact(cell("referral_percent"))
        fee = ReferralFee(percent, exact(cell("referral_amount")))
    except ValueError:
        complaint = _("Deposit, hours and percentages are numbers, such as 50 or 24.")
        raise InvalidInput({"deposit": [complaint]}) from None
    return Conditions(
        taxes=taxes,
        deposit=deposit,
        cancelling=Cancelling(hours, early, late) if cell("cancel_hours") else None,
        project=cell("project") or None,
        included=read_taxes(cell("taxes_included"), "taxes_included"),
        other_projects=read_projects(cell("other_projects")),
        guest_tax=guest_tax,
        referral_fee=None if fee == ReferralFee() else fee,
    )


def _guest_tax(cell: Callable[[str], str]) -> GuestTax | None:
    """Raises ValueError."""
    amount, age = exact(cell("guest_tax_amount")), cell("guest_tax_age")
    if amount is None:
        return None
    return GuestTax(cell("guest_tax_name"), amount, int(age) if age else None)
