"""Saying something about what is owed: signed, kept, and sent to those whom it concerns.

Everything that is said to one coop travels in one lane, in the order in which it was said: a
payment never overtakes the signature under what it pays.
"""

from collections.abc import Sequence
from typing import Any

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node.clearing.evidence import Signed, read_own
from node.clearing.papers import NAMES, Kind
from protocol.vocabulary import activities
from protocol.vocabulary.papers import Paper, paper_document


def written(
    uow: UnitOfWork,
    kind: Kind,
    uri: str,
    facts: dict[str, Any] | None = None,
    *,
    answers: Signed | None = None,
) -> Signed:
    """A paper of ours, signed."""
    paper = Paper(
        uri=uri,
        kind=kind.value,
        author=uow.identities.coop.uri,
        published=uow.now,
        name=NAMES[kind],
        answers=answers.paper.uri if answers else None,
        answers_digest=answers.digest if answers else None,
        facts=facts or {},
    )
    return read_own(outbox.sign_object(uow, paper_document(paper)))


async def say(uow: UnitOfWork, signed: Signed, to: Sequence[str]) -> None:
    """Send a paper to coops; our own address is passed over."""
    ours = uow.identities.coop.uri
    others = tuple(coop for coop in to if coop != ours)
    if not others:
        return
    await _publish(uow, activities.create("", ours, signed.document, others), others)


async def answer(uow: UnitOfWork, signed: Signed, to: str, verb: str) -> None:
    """Accept or Reject the object that a paper of ours is the answer to."""
    said = activities.activity(
        verb,
        "",
        uow.identities.coop.uri,
        signed.paper.answers,
        (to,),
        result=signed.document,
    )
    await _publish(uow, said, (to,))


def address(reader: Reader, folder: str, number: str) -> str:
    """Where a paper of ours is found."""
    return f"{reader.identities.base}/{folder}/{number}"


async def _publish(uow: UnitOfWork, activity: dict[str, Any], to: tuple[str, ...]) -> None:
    await outbox.publish(
        uow,
        activity,
        to_actors=to,
        object_uri=f"{uow.identities.base}/obligations",
        listed=False,
        until_delivered=True,
    )
