"""Saying something to the coops of a federation, and reading what they say.

All that is said in one federation to one coop travels in one lane, in its order.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node.council.words import naming
from node.council.words.statements import Kind, Statement
from protocol.vocabulary import activities
from protocol.vocabulary.council import BALLOT, PROPOSAL, CouncilMessage, council_document

WATCHERS = 3
"""How many coops beside the host get a ballot at once, so that silence comes to light."""
GOSSIP = 1
"""How many a witness shows each checkpoint: other ones each time, so two histories soon meet."""

COPIES = "copies"
"""The lane of entries that a coop sends whose log it is not."""

SPOKEN = ("yes", "no", "abstain")


class Message(StrEnum):
    """What is told that is no statement."""

    INVITATION = "councilInvitation"
    CHARTER_DRAFT = "councilCharterDraft"
    ENTRIES = "councilEntries"
    REQUEST = "councilRequest"
    COSIGNATURE = "councilCosignature"
    HEAD = "councilHead"
    OFFER = "councilHandoverOffer"
    READY = "councilHandoverReady"
    HOST = "councilHost"
    RECALL = "councilRecall"
    RECALLED = "councilRecalled"
    PASSED_ON = "councilPassedOn"
    TOUCHED = "councilTouched"


_NAMES: Mapping[str, str] = {
    Message.INVITATION: "Invitation to found a federation",
    Message.CHARTER_DRAFT: "Charter to be signed",
    Message.ENTRIES: "New in the council's log",
    Message.REQUEST: "Please send the council's log",
    Message.COSIGNATURE: "The log grows as it should",
    Message.HEAD: "Stored by a quorum of coops",
    Message.OFFER: "Would you keep the log from now on?",
    Message.READY: "We would keep the log",
    Message.HOST: "Who is to keep the log",
    Message.RECALL: "How far have we cosigned the log?",
    Message.RECALLED: "So far",
    Message.PASSED_ON: "You lack what others said",
    Message.TOUCHED: "What it would touch here",
    Kind.APPLICATION: "We want to belong",
    Kind.ADMIT: "Let them in",
    Kind.LEAVE: "We leave",
    Kind.MANDATE: "Who speaks for us",
    Kind.REVISION: "Another text",
    Kind.AMENDMENT: "A rival text",
    Kind.RETRACTION: "Rival text withdrawn",
    Kind.NOTICE: "Notice of a vote",
    Kind.WITHDRAWAL: "Withdrawn",
    Kind.ROW: "Our row of the roll",
    Kind.BALLOT: "Our ballot",
    Kind.PROMISE: "Received, to be logged",
    Kind.SEEN: "Seen",
    Kind.REVEAL: "Our part of the lot",
    Kind.ATTESTATION: "We counted",
    Kind.EVIDENCE: "Evidence",
    Kind.RULES: "The charter is changed",
    Kind.EXCLUSION: "A coop is excluded",
    Kind.REPLACEMENT: "Our new key",
    Kind.VOUCH: "The new key is theirs",
    Kind.PROTEST: "Our key is not lost",
    Kind.REKEYING: "Stored: the new key is theirs",
    Kind.RATIFICATION: "Our own decision on it",
    Kind.RESERVATION: "Not for us",
    Kind.MARK: "An objection without a reason",
    Kind.PROXY: "Who stands in for us",
}


def kind_of(kind: Kind) -> str:
    """A statement's kind as messages bear it."""
    if kind in (Kind.PROPOSAL, Kind.BALLOT):
        return kind.value
    return f"council{kind.value.capitalize()}"


async def say(
    uow: UnitOfWork, kind: Message, facts: dict[str, Any], to: Iterable[str], lane: str
) -> None:
    """Tell coops something; our own address is passed over."""
    uri = f"{uow.identities.base}/council/{uow.new_id()}"
    author = uow.identities.coop.uri
    message = CouncilMessage(uri, kind.value, author, uow.now, _NAMES[kind], facts)
    await _publish(uow, message, to, lane)


async def tell(uow: UnitOfWork, statement: Statement, to: Iterable[str], lane: str) -> None:
    """Send a statement of ours; our own address is passed over."""
    uri = f"{uow.identities.base}/council/{uow.new_id()}"
    kind = kind_of(statement.kind)
    is_text = kind == PROPOSAL
    message = CouncilMessage(
        uri,
        kind,
        uow.identities.coop.uri,
        uow.now,
        statement["title"] if is_text else _NAMES[statement.kind],
        {"statement": statement.text},
        about=f"urn:rochdale:{statement.federation}:{statement.proposal}"
        if kind == BALLOT
        else None,
        proposal_digest=statement.content if is_text else statement.document.get("proposalDigest"),
        electorate_digest=statement.document.get("electorateDigest"),
        sequence=statement.document.get("sequence"),
        ends_at=statement.moment("closesAt") if is_text else None,
        options=tuple(naming.names_in(statement.document).values() or SPOKEN) if is_text else (),
    )
    await _publish(uow, message, to, lane)


def lane_of(reader: Reader, federation_id: str) -> str:
    """The lane of all that is said in a federation."""
    return f"{reader.identities.base}/federations/{federation_id}"


def beside(reader: Reader, federation_id: str, what: str) -> str:
    """A lane beside that one: an answer must not wait behind what it lets through."""
    return f"{lane_of(reader, federation_id)}/{what}"


def some_of(
    coops: Iterable[str], digest: str, but: Iterable[str], most: int = WATCHERS
) -> list[str]:
    """A few coops, which nobody chooses: by the hash of what is told."""
    left_out = set(but)
    others = [coop for coop in coops if coop not in left_out]
    return sorted(others, key=lambda coop: sha256(f"{digest}\n{coop}".encode()).digest())[:most]


async def _publish(uow: UnitOfWork, message: CouncilMessage, to: Iterable[str], lane: str) -> None:
    ours = uow.identities.coop.uri
    others = tuple(sorted({coop for coop in to if coop != ours}))
    if not others:
        return
    activity = activities.create("", ours, council_document(message), others)
    await outbox.publish(
        uow, activity, to_actors=others, object_uri=lane, listed=False, until_delivered=True
    )
