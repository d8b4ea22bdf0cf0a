"""The first row of an agreement, whichever side asks for it."""

from collections.abc import Mapping
from decimal import Decimal

from federation.storage import UnitOfWork
from node import policies
from node.agreements.drafting import Draft
from node.agreements.life import State
from node.agreements.paying import Deposit, Payment
from node.agreements.sides import Role
from node.agreements.views import AgreementView, uri_of


async def begun(
    uow: UnitOfWork,
    agreement_id: str,
    made: Draft,
    behind: Mapping[Role, str | None],
    *,
    guest: str | None = None,
    their_uri: str | None = None,
) -> AgreementView:
    """An agreement that nobody has been asked for yet; it is not written here.

    behind: accounts of ours for its sides. guest: of ours who asks without one. their_uri: the
    peer's address of it.
    """
    first = made.terms.lines[0]
    return AgreementView(
        id=agreement_id,
        uri=uri_of(uow.identities.base, agreement_id),
        state=State.DRAFTED,
        payment=Payment.NONE,
        deposit=Deposit.NONE,
        outcome=None,
        asked_by=made.asker,
        provider_coop=made.terms.provider,
        customer_coop=made.terms.customer,
        peer=made.peer,
        their_uri=their_uri,
        provider_account=behind.get(Role.PROVIDER),
        customer_account=behind.get(Role.CUSTOMER),
        team=made.offered[0].team if made.offered else None,
        guest=guest,
        seller=await policies.value(uow, policies.AGREEMENTS_SELLER),
        listing_uri=first.listing,
        kind=first.kind,
        title=first.title,
        sequence=1,
        pending=None,
        start_at=made.terms.start,
        end_at=made.terms.end,
        pickup=made.terms.pickup,
        answer_by=made.answer_by,
        accept_id=None,
        delivered=tuple(Decimal(0) for _line in made.terms.lines),
        offered_refund=(),
        created_at=uow.now,
        updated_at=uow.now,
        agreed_at=None,
        delivered_at=None,
        confirmed_at=None,
        ended_at=None,
    )
