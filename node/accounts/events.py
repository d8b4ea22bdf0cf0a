"""What slices above may want to know about accounts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountMade:
    """Somebody chose a sign-in name by a one-time link that was made for nobody's account."""

    account_id: str
    link_id: str
