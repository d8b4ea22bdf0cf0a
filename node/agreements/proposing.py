"""Terms that nobody of the other coop wrote: the provider puts them forward, in answer to a need
that was passed on to it. For the table of states the need is the request, and they answer it."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from federation.handlers import Received
from federation.storage import UnitOfWork
from node.agreements import counting, drafting, hearing, several, store, wire
from node.agreements import offered as offers
from node.agreements.beginning import begun
from node.agreements.drafting import Draft, Wanted, WantedLine
from node.agreements.hearing import Refusal, wrong_party
from node.agreements.life import Event
from node.agreements.offered import Offered
from node.agreements.parties import OPERATOR, By, of_peer
from node.agreements.receiving import message
from node.agreements.sides import Role
from node.agreements.steps import take
from node.agreements.terms import Line, Terms
from node.agreements.views import AgreementView, uri_of
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.listings import Viewer
from node.money import HOUR
from protocol.iri import same_origin
from protocol.vocabulary.agreements import parse_agreement

Say = Callable[[dict[str, Any]], Awaitable[str]]


async def propose(
    uow: UnitOfWork, wanted: Wanted, *, customer: str, request_id: str, by: By, say: Say
) -> AgreementView:
    """Put terms forward to another coop, about listings of ours; of what else is part of every
    booking, only what is wanted: the sum is signed as it was typed.

    request_id: the message that asked. say: sends the signed Agreement, returns its message's id.
    Raises NotFound, Conflict ("taken" too), InvalidInput.
    """
    agreement_id, viewer = uow.new_id(), Viewer("member", by.name)
    found = [await drafting.find(uow, one, viewer) for one in wanted.lines]
    lead = several.together(found)
    several.check_added(found)
    several.check_guests(found, wanted.guests, {one.unit for one in found})
    if lead.listing_id is None or lead.asker is not Role.CUSTOMER:
        raise Conflict(_("Choose something that our coop offers."), "not-offered")
    named = zip(wanted.lines, found, strict=True)
    lines = tuple(_line(wanted, one, listing) for one, listing in named)
    terms = Terms(
        agreement=uri_of(uow.identities.base, agreement_id),
        sequence=1,
        provider=uow.identities.coop.uri,
        customer=customer,
        lines=lines,
        start=wanted.start,
        end=wanted.end,
        time_zone=wanted.time_zone,
        guests=wanted.guests,
        pickup=None if wanted.pickup is None else several.pickup_of(found, wanted.pickup),
    )
    if wanted.taxed_guests is not None:
        terms = several.with_guest_tax(terms, found, wanted.taxed_guests)
    terms = replace(terms, taxes=terms.due_taxes)
    made = await drafting.completed(
        uow, terms, peer=customer, provider=lead.account, asker=Role.CUSTOMER, offered=tuple(found)
    )
    view = await begun(uow, agreement_id, made, {Role.PROVIDER: lead.account})
    document = wire.signed(uow, view, made.terms)
    said = await say(document)
    return await _put_forward(
        uow, view, made, document, said, asked=(of_peer(customer), request_id), by=by
    )


async def proposed(
    uow: UnitOfWork, received: Received, result: dict[str, Any], *, request_id: str
) -> AgreementView:
    """A peer puts terms forward in the result of its Accept. Raises Refusal, InvalidInput."""
    peer = received.activity.actor
    said = parse_agreement(result)
    if said.uri is None or not same_origin(said.uri, peer) or said.attributed_to != peer:
        raise wrong_party()
    terms = hearing.checked_terms(said, said.uri)
    ours = uow.identities.coop.uri
    if (terms.provider, terms.customer, terms.sequence) != (peer, ours, 1):
        raise wrong_party()
    if not all(same_origin(line.listing, peer) for line in terms.lines):
        raise Refusal(422, "terms-mismatch", "Put forward listings of your own.")
    made = await drafting.completed(uow, terms, peer=peer, provider=None, asker=Role.CUSTOMER)
    view = await begun(uow, uow.new_id(), made, {}, their_uri=said.uri)
    told = message(received, "result")
    return await _put_forward(
        uow,
        view,
        made,
        told.document or {},
        told.activity_id,
        asked=(OPERATOR, request_id),
        by=of_peer(peer),
    )


async def _put_forward(
    uow: UnitOfWork,
    view: AgreementView,
    made: Draft,
    document: dict[str, Any],
    said: str,
    *,
    asked: tuple[By, str],
    by: By,
) -> AgreementView:
    """The need as the request, the terms as the answer to it; both were said already."""
    await store.add(uow, view)
    version = await store.add_version(
        uow,
        view.id,
        made.terms,
        author=Role.PROVIDER,
        fees=made.fees,
        policies=made.policies,
        activity_id=said,
        documents={"provider_document": document},
    )
    who, request_id = asked
    view = await take(uow, view, Event.REQUEST, who, version=version, activity_id=request_id)
    return await take(uow, view, Event.COUNTER, by, version=version, activity_id=said)


def _line(wanted: Wanted, one: WantedLine, found: Offered) -> Line:
    """The provider may ask what it likes: the price of its listing is for those who come by."""
    if found.by_season and one.price is None:
        raise InvalidInput({"price": [_("Its price goes by season: say what it is here.")]})
    times = (wanted.start, wanted.end, wanted.time_zone, wanted.guests)
    made = offers.line(found, counting.how_many(found, one.quantity, *times), None)
    if one.price is None:
        return made
    hours = found.hours if one.price.currency != HOUR else ()
    return replace(made, prices=(one.price, *hours))
