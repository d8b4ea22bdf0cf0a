"""Who asks for a new way in, and how far it has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node import accounts, vault
from node.accounts import AccountView, Duty
from node.errors import NotAllowed, NotFound
from node.i18n import _
from node.vouching.models import RecoveryRequest
from node.vouching.rules import UNDER_WAY, Status, check_voucher


class RequestView(Struct, frozen=True):
    """One request, as officers see it.

    account: None when nobody signs in by that name. words: None once they are destroyed.
    vouchers: those who vouched, the first one first.
    """

    id: str
    handle: str
    account: AccountView | None
    status: Status
    words: str | None
    created_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    vouchers: tuple[AccountView, ...]

    @property
    def wants_voucher(self) -> bool:
        """Whether somebody's word is missing."""
        return self.status in (Status.ASKED, Status.VOUCHED) and self.account is not None

    def check_voucher(self, who: AccountView, now: datetime) -> None:
        """Raises NotAllowed for whoever cannot give the word that is missing."""
        if self.wants_voucher and self.account is not None:
            first = self.vouchers[0] if self.vouchers else None
            check_voucher(who, self.account, first, now)

    def may_vouch(self, who: AccountView, now: datetime) -> bool:
        """Whether this officer's word would count."""
        try:
            self.check_voucher(who, now)
        except NotAllowed:
            return False
        return True

    def may_hand_out(self, who: AccountView) -> bool:
        """Whether this officer is one of the two who can make the link."""
        is_open = self.status in (Status.OPEN, Status.HANDED_OUT)
        return is_open and who.id in {one.id for one in self.vouchers}


async def requests(reader: Reader) -> list[RequestView]:
    """What is under way, the oldest first."""
    chosen = (
        select(RecoveryRequest)
        .where(RecoveryRequest.status.in_(UNDER_WAY))
        .order_by(RecoveryRequest.id)
    )
    return await _views(reader, await reader.scalars(chosen))


async def about(reader: Reader, account_id: str) -> list[RequestView]:
    """What is under way for one account, for its owner to see and to refuse."""
    chosen = select(RecoveryRequest).where(
        RecoveryRequest.account_id == account_id, RecoveryRequest.status.in_(UNDER_WAY)
    )
    return await _views(reader, await reader.scalars(chosen.order_by(RecoveryRequest.id)))


async def lacks_vouchers(reader: Reader, one: RequestView) -> bool:
    """Whether fewer can vouch for it today than must still: the operator lets them in then."""
    if not one.wants_voucher:
        return False
    missing = 1 if one.status is Status.VOUCHED else 2
    officers = await accounts.looking_after(reader, Duty.VOUCHING)
    return sum(one.may_vouch(officer, reader.now) for officer in officers) < missing


async def request(reader: Reader, request_id: str) -> RequestView:
    """One request. Raises NotFound."""
    [view] = await _views(reader, [await stored(reader, request_id)])
    return view


async def stored(reader: Reader, request_id: str) -> RecoveryRequest:
    """The row itself, for commands. Raises NotFound."""
    row = await reader.scalar(select(RecoveryRequest).where(RecoveryRequest.id == request_id))
    if row is None:
        raise NotFound(_("Nobody asks for this (any more)."))
    return row


async def _views(reader: Reader, rows: Sequence[RecoveryRequest]) -> list[RequestView]:
    named = {one for row in rows for one in (row.account_id, row.first_by, row.second_by) if one}
    people = await accounts.several(reader, named)
    said = await vault.unseal_many(reader, {row.id: row.words for row in rows})
    return [_view(row, people, said.get(row.id)) for row in rows]


def _view(
    row: RecoveryRequest, people: Mapping[str, AccountView], said: Mapping[str, str] | None
) -> RequestView:
    vouchers = [people.get(one) for one in (row.first_by, row.second_by) if one]
    return RequestView(
        id=row.id,
        handle=row.handle,
        account=people.get(row.account_id) if row.account_id else None,
        status=Status(row.status),
        words=said["text"] if said else None,
        created_at=row.created_at,
        ends_at=row.ends_at,
        opens_at=row.opens_at,
        vouchers=tuple(one for one in vouchers if one is not None),
    )
