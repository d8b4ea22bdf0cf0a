"""The words with which a member asks another coop: a message in a conversation with it about the
listing, to which the request then belongs. What guests say stays here: they have no conversation.
"""

from federation.storage import UnitOfWork
from node import listings, threads
from node.agreements import contacts
from node.agreements.parties import By
from node.agreements.views import AgreementView
from node.errors import InvalidInput, NotAllowed


async def say(uow: UnitOfWork, agreement: AgreementView, by: By) -> None:
    """Before the request itself goes. Raises InvalidInput (`message`) where none can be written."""
    if agreement.peer is None or by.kind != "account":
        return
    said = await contacts.contact_of(uow, agreement.id, agreement.our_role)
    mirror = await listings.mirror(uow, agreement.listing_uri)
    if said is None or not said.message or mirror is None:
        return
    topic = listings.topic_of(mirror)
    try:
        place = await threads.open_thread(
            uow, by=threads.account(by.name), to=topic.provider, text=said.message, about=topic
        )
    except NotAllowed as refused:
        raise InvalidInput({"message": [refused.public_message]}) from None
    except InvalidInput as error:
        raise InvalidInput(
            {"message": [why for each in error.fields.values() for why in each]}
        ) from None
    await threads.attach(uow, place.thread_id, agreement.uri, agreement.title)
