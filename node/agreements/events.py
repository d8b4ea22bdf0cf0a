"""What agreements announce to the slices above: clearing, referrals, webhooks."""

from msgspec import Struct

from node.agreements.choices import Step
from node.agreements.life import State
from node.agreements.paying import Payment
from node.money import Money


class AgreementChanged(Struct, frozen=True):
    """A step was taken, by whomever; this is how it stands now."""

    agreement_id: str
    uri: str
    step: Step
    state: State
    payment: Payment


class AgreementMade(Struct, frozen=True):
    """Both sides have signed the terms."""

    agreement_id: str


class AgreementConfirmed(Struct, frozen=True):
    """Both sides say that it was delivered."""

    agreement_id: str


class AgreementCancelled(Struct, frozen=True):
    """It was cancelled, or somebody did not come. fee: what the customer owes for it."""

    agreement_id: str
    fee: tuple[Money, ...]


class AgreementRefunded(Struct, frozen=True):
    """The payment, or a part of it, goes back to the customer."""

    agreement_id: str
    amounts: tuple[Money, ...]


class AgreementOwed(Struct, frozen=True):
    """The customer's coop owes the provider's, to be set off. digest: of the terms both signed."""

    agreement_id: str
    debtor: str
    creditor: str
    money: Money
    digest: str
