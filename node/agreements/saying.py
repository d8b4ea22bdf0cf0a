"""The words with which somebody asks another coop, and the answers to what its listing asks: a
message in a conversation with it about the listing, to which the request then belongs. A guest
reads that by the link of the request.
"""

from typing import Any

from msgspec.structs import replace

from federation.storage import UnitOfWork
from node import content, limits, listings, threads
from node.agreements import answers, contacts
from node.agreements.contacts import Contact
from node.agreements.drafting import Draft
from node.agreements.parties import By, has_a_part
from node.agreements.views import AgreementView
from node.errors import InvalidInput, NotAllowed
from node.i18n import Text, _
from protocol.vocabulary.messages import Answers

_NOT_THEIRS: Text = _(
    "What was written with this request goes to the other coop as a message of whoever wrote it, "
    "and you only look after the coop. Let them send the request themselves, on its page."
)


def checked(said: Contact | None, made: Draft) -> Contact | None:
    """What somebody says who asks, with the answers that the listings asked for. To another coop
    both go as one message. Raises InvalidInput (`answers`, `message`)."""
    if said is None or not said.answers:
        return said
    questions = [question for one in made.offered for question in one.questions]
    said = replace(said, answers=answers.checked(said.answers, questions))
    words = content.paragraphs(said.message, limits.CONTACT_MESSAGE_LONGEST)
    longest = limits.MESSAGE_LONGEST
    if made.peer and len(answers.in_words(words, said.answers)) > longest:
        complaint = _(
            "The answers go to them as one message with these words: together at most %(longest)s "
            "characters.",
            longest=longest,
        )
        raise InvalidInput({"message": [complaint]})
    return said


async def say(uow: UnitOfWork, agreement: AgreementView, by: By, link: str | None = None) -> None:
    """Before the request itself goes. link: the secret of a guest's. Raises InvalidInput
    (`message`) where none can be written, NotAllowed for whoever has no part in it."""
    if agreement.peer is None:
        return
    said = await contacts.contact_of(uow, agreement.id, agreement.our_role)
    mirror = await listings.mirror(uow, agreement.listing_uri)
    text = answers.in_words(said.message, said.answers) if said else ""
    if said is None or not text or mirror is None:
        return
    if not has_a_part(agreement, by):
        raise NotAllowed(_NOT_THEIRS, "words-not-yours")
    topic = listings.topic_of(mirror)
    given = tuple((one.question, one.answer) for one in said.answers)
    how: dict[str, Any] = {"to": topic.provider, "text": text, "about": topic}
    answering = Answers(agreement.uri, given)
    try:
        thread_id = await _opened(uow, by, link, answering=answering, **how)
    except NotAllowed as refused:
        raise InvalidInput({"message": [refused.public_message]}) from None
    except InvalidInput as error:
        raise InvalidInput(
            {"message": [why for each in error.fields.values() for why in each]}
        ) from None
    await threads.attach(uow, thread_id, agreement.uri, agreement.title)


async def _opened(uow: UnitOfWork, by: By, link: str | None, **how: Any) -> str:
    """The conversation. A guest's begins anew, without their name."""
    if by.kind == "guest":
        return (await threads.open_as_guest(uow, code=link, **how)).thread_id
    return (await threads.open_thread(uow, by=threads.account(by.name), **how)).thread_id
