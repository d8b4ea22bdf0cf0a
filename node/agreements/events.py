"""What agreements announce to the slices above: clearing, referrals, webhooks."""

from dataclasses import dataclass

from node.agreements.choices import Step
from node.agreements.life import State
from node.agreements.paying import Payment
from node.money import Money


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """A step was taken, by whomever; this is how it stands now."""

    agreement_id: str
    uri: str
    step: Step
    state: State
    payment: Payment


@dataclass(frozen=True, slots=True)
class AgreementMade:
    """Both sides have signed the terms."""

    agreement_id: str


@dataclass(frozen=True, slots=True)
class AgreementConfirmed:
    """Both sides say that it was delivered."""

    agreement_id: str


@dataclass(frozen=True, slots=True)
class AgreementCancelled:
    """It was cancelled, or somebody did not come. fee: what the customer owes for it."""

    agreement_id: str
    fee: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class AgreementRefunded:
    """The payment, or a part of it, goes back to the customer."""

    agreement_id: str
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class AgreementOwed:
    """The customer's coop owes the provider's, to be set off. digest: of the terms both signed."""

    agreement_id: str
    debtor: str
    creditor: str
    money: Money
    digest: str
