"""What stands in the facts of each kind of paper, as we write it. Pure.

| kind | says | answers |
|---|---|---|
| obligation | what a debtor owes the author | |
| acknowledgement, contest | the debtor's yes or no | obligation |
| statement | what is signed and open between two coops | |
| statementAgreed, statementDiffers | the partner's comparison | statement |
| settlement | a payment of obligations | |
| settlementReceipt, settlementMissing | the creditor's word on it | settlement |
| clearingCall | a run: currency, coops, deadlines | |
| clearingOffer | what the author owes and is owed | clearingCall |
| clearingProposal | all offers as signed, and what is set off | clearingCall |
| clearingConsent, clearingRefusal | yes or no to a proposal | clearingProposal |
| clearingExecution | the consents of all | clearingProposal |
| clearingAbort | the run ends without effect | clearingCall |

Sums are texts in whole units ("180.00"), signed documents inside others are texts as well: the
very bytes that were signed.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from node.clearing.rules import Reason
from node.money import Money, scale_of
from protocol import datetimes


class Kind(StrEnum):
    """What a paper is."""

    OBLIGATION = "obligation"
    ACKNOWLEDGEMENT = "acknowledgement"
    CONTEST = "contest"
    STATEMENT = "statement"
    STATEMENT_AGREED = "statementAgreed"
    STATEMENT_DIFFERS = "statementDiffers"
    SETTLEMENT = "settlement"
    RECEIPT = "settlementReceipt"
    MISSING = "settlementMissing"
    CALL = "clearingCall"
    OFFER = "clearingOffer"
    PROPOSAL = "clearingProposal"
    CONSENT = "clearingConsent"
    REFUSAL = "clearingRefusal"
    EXECUTION = "clearingExecution"
    ABORT = "clearingAbort"


# For readers that know ActivityStreams and nothing else.
NAMES: Mapping[Kind, str] = {
    Kind.OBLIGATION: "Owed",
    Kind.ACKNOWLEDGEMENT: "Acknowledged",
    Kind.CONTEST: "Contested",
    Kind.STATEMENT: "Statement",
    Kind.STATEMENT_AGREED: "The statement is right",
    Kind.STATEMENT_DIFFERS: "The statement differs",
    Kind.SETTLEMENT: "Paid",
    Kind.RECEIPT: "Received",
    Kind.MISSING: "Not received",
    Kind.CALL: "Clearing run",
    Kind.OFFER: "What we owe and are owed",
    Kind.PROPOSAL: "What can be set off",
    Kind.CONSENT: "Yes to setting off",
    Kind.REFUSAL: "No to setting off",
    Kind.EXECUTION: "Set off",
    Kind.ABORT: "Run called off",
}


class ContestReason(StrEnum):
    """Why a debtor says no; from a list, because free words could name people."""

    NOT_OURS = "notOurs"
    AMOUNT_DIFFERS = "amountDiffers"
    ALREADY_PAID = "alreadyPaid"


class Claim(Struct, frozen=True):
    """What somebody owes somebody, and what for."""

    debtor: str
    creditor: str
    money: Money
    due_on: date
    reason: Reason
    basis: str
    evidence_digest: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        facts = {
            "debtor": self.debtor,
            "creditor": self.creditor,
            "amount": self.money.text,
            "currency": self.money.currency,
            "dueOn": self.due_on.isoformat(),
            "reason": self.reason.value,
            "basis": self.basis,
        }
        return facts | ({"evidenceDigest": self.evidence_digest} if self.evidence_digest else {})


class Stated(Struct, frozen=True, order=True):
    """An obligation as one side states it. remaining: in the smallest unit."""

    due_on: date
    obligation: str
    debtor: str
    creditor: str
    remaining: int
    digest: str

    def facts(self, currency: str) -> dict[str, Any]:
        return {
            "obligation": self.obligation,
            "digest": self.digest,
            "debtor": self.debtor,
            "creditor": self.creditor,
            "remaining": Money(self.remaining, currency, scale_of(currency)).text,
            "dueOn": self.due_on.isoformat(),
        }


class Payment(Struct, frozen=True):
    """A payment of obligations. rows: obligation and the sum paid for it."""

    money: Money
    method: str
    reference: str
    paid_on: date
    rows: Mapping[str, int]

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "amount": self.money.text,
            "currency": self.money.currency,
            "method": self.method,
            "reference": self.reference,
            "paidOn": self.paid_on.isoformat(),
            "rows": _sums(self.rows, self.money.currency),
        }


class Call(Struct, frozen=True):
    """A run as it is called."""

    currency: str
    coops: tuple[str, ...]
    offers_by: datetime
    answers_by: datetime
    attempt: int
    follows: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        facts = {
            "currency": self.currency,
            "coops": list(self.coops),
            "offersBy": datetimes.format(self.offers_by),
            "answersBy": datetimes.format(self.answers_by),
            "attempt": self.attempt,
        }
        return facts | ({"follows": self.follows} if self.follows else {})


class LeftOut(Struct, frozen=True, order=True):
    """An obligation that cannot be set off, between whom, and why."""

    obligation: str
    coops: tuple[str, ...]
    why: str

    @property
    def facts(self) -> dict[str, Any]:
        return {"obligation": self.obligation, "coops": list(self.coops), "why": self.why}


class Proposed(Struct, frozen=True):
    """What a caller proposes. offers: signed documents as texts; cleared: sums by obligation."""

    currency: str
    offers: tuple[str, ...]
    cleared: Mapping[str, int]
    left_out: tuple[LeftOut, ...]

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "offers": list(self.offers),
            "cleared": _sums(self.cleared, self.currency),
            "leftOut": [each.facts for each in self.left_out],
        }


def _sums(sums: Mapping[str, int], currency: str) -> dict[str, str]:
    scale = scale_of(currency)
    return {key: Money(amount, currency, scale).text for key, amount in sorted(sums.items())}
