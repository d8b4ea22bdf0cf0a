"""The words with which a member asks another coop, and the answers to what its listing asks: a
message in a conversation with it about the listing, to which the request then belongs. What guests
say stays here: they have no conversation.
"""

from dataclasses import replace

from federation.storage import UnitOfWork
from node import content, limits, listings, threads
from node.agreements import answers, contacts
from node.agreements.contacts import Contact
from node.agreements.drafting import Draft
from node.agreements.parties import By
from node.agreements.views import AgreementView
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from protocol.vocabulary.messages import Answers


def checked(said: Contact | None, made: Draft, *, is_guest: bool) -> Contact | None:
    """What somebody says who asks, with the answers that the listings asked for. To another coop
    both go as one message. Raises InvalidInput (`answers`, `message`)."""
    if said is None or not said.answers:
        return said
    questions = [question for one in made.offered for question in one.questions]
    said = replace(said, answers=answers.checked(said.answers, questions))
    words = content.paragraphs(said.message, limits.CONTACT_MESSAGE_LONGEST)
    longest = limits.MESSAGE_LONGEST
    if made.peer and not is_guest and len(answers.in_words(words, said.answers)) > longest:
        complaint = _(
            "The answers go to them as one message with these words: together at most %(longest)s "
            "characters.",
            longest=longest,
        )
        raise InvalidInput({"message": [complaint]})
    return said


async def say(uow: UnitOfWork, agreement: AgreementView, by: By) -> None:
    """Before the request itself goes. Raises InvalidInput (`message`) where none can be written."""
    if agreement.peer is None or by.kind != "account":
        return
    said = await contacts.contact_of(uow, agreement.id, agreement.our_role)
    mirror = await listings.mirror(uow, agreement.listing_uri)
    text = answers.in_words(said.message, said.answers) if said else ""
    if said is None or not text or mirror is None:
        return
    topic = listings.topic_of(mirror)
    given = tuple((one.question, one.answer) for one in said.answers)
    try:
        place = await threads.open_thread(
            uow,
            by=threads.account(by.name),
            to=topic.provider,
            text=text,
            about=topic,
            answering=Answers(agreement.uri, given),
        )
    except NotAllowed as refused:
        raise InvalidInput({"message": [refused.public_message]}) from None
    except InvalidInput as error:
        raise InvalidInput(
            {"message": [why for each in error.fields.values() for why in each]}
        ) from None
    await threads.attach(uow, place.thread_id, agreement.uri, agreement.title)
