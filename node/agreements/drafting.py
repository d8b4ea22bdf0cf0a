"""From what somebody wants to terms: nothing is written here, so the same serves as the preview."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from federation.storage import Reader
from node import council, members, policies
from node.agreements import counting, rules, several
from node.agreements import offered as offers
from node.agreements.fees import Dealing, FeeLine, explain
from node.agreements.guest_tax import TaxedGuests
from node.agreements.offered import Offered
from node.agreements.reasons import REASONS
from node.agreements.sides import Role
from node.agreements.terms import (
    Addition,
    Cancellation,
    Line,
    Terms,
    check,
    check_projects,
)
from node.agreements.times import check_times
from node.errors import InvalidInput
from node.i18n import _
from node.listings import MEMBERS, Viewer
from node.money import Money
from node.policies import Channel


class WantedLine(Struct, frozen=True):
    """So much of a listing. quantity: None for as much as the times come to. price: of one unit,
    chosen within a sliding scale; None: the listing's. option: which of its prices, variant: which
    of its kinds and sizes, both from 0. extra: what is added to it in place of itself, from 1.
    project: which of its community projects, from 0."""

    listing: str
    quantity: Decimal | None = None
    price: Money | None = None
    option: int = 0
    variant: int | None = None
    extra: int = 0
    project: int = 0


class Wanted(Struct, frozen=True):
    """What somebody asks for. guests: of a stay; taxed_guests: how many of them pay the tax for
    each person and night, None for all where it names no age. pickup: which of the places
    where the listing is collected, from 0."""

    lines: tuple[WantedLine, ...]
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str | None = None
    guests: int | None = None
    taxed_guests: int | None = None
    pickup: int | None = None

    def __post_init__(self) -> None:
        check_times(self.start, self.end, self.time_zone)


class Revision(Struct, frozen=True):
    """What a counter-offer or a change says anew; None and empty: as before.

    quantities, prices: by the position of the line; 0 leaves out what was added, and prices may mix
    currencies, such as money with hours. taxes: in place of those that follow from the lines.
    pickup: as in `Wanted`, of what the listing says now.
    """

    start: datetime | None = None
    end: datetime | None = None
    time_zone: str | None = None
    quantities: tuple[tuple[int, Decimal], ...] = ()
    prices: tuple[tuple[int, tuple[Money, ...]], ...] = ()
    taxes: tuple[Addition, ...] | None = None
    deposit: Money | None = None
    cancellation: Cancellation | None = None
    guests: int | None = None
    taxed_guests: int | None = None
    pickup: int | None = None

    def __post_init__(self) -> None:
        check_times(self.start, self.end, self.time_zone)


class Draft(Struct, frozen=True):
    """Terms as they would be, and what our coop takes of them; see `fees.FeeLine.explained`."""

    terms: Terms
    fees: tuple[FeeLine, ...]
    policies: tuple[tuple[str, str], ...]
    asker: Role
    offered: tuple[Offered, ...]
    peer: str | None
    answer_by: datetime

    def fees_of(self, role: Role) -> tuple[FeeLine, ...]:
        """What one side pays to our coop."""
        return tuple(line for line in self.fees if line.payer is role)


async def draft(
    reader: Reader, wanted: Wanted, viewer: Viewer, *, agreement_uri: str, account_id: str | None
) -> Draft:
    """The terms of a first request. Raises NotFound, Conflict, NotAllowed, InvalidInput."""
    await members.check_takes_part(reader, account_id)
    wanted, found = await _whole(reader, wanted, viewer)
    first = several.together(found)
    several.check_added(found)
    several.check_guests(found, wanted.guests, {one.unit for one in found})
    several.not_ones_own(first, await members.together(reader, account_id), viewer.teams)
    await _check_whom(reader, found, account_id)
    ours = reader.identities.coop.uri
    peer = None if first.coop == ours else first.coop
    answering = Role.PROVIDER if first.asker is Role.CUSTOMER else Role.CUSTOMER
    coops = {first.asker: ours, answering: first.coop}
    terms = Terms(
        agreement=agreement_uri,
        sequence=1,
        provider=coops[Role.PROVIDER],
        customer=coops[Role.CUSTOMER],
        lines=tuple(
            line
            for named, one in zip(wanted.lines, found, strict=True)
            for line in _lines(wanted, named, one)
        ),
        start=wanted.start,
        end=wanted.end,
        time_zone=wanted.time_zone,
        guests=wanted.guests,
        pickup=several.pickup_of(found, wanted.pickup),
    )
    terms = several.with_conditions(terms, found, wanted.taxed_guests)
    check(terms)
    check_projects(terms.lines)
    rules.check_ahead(terms, reader.now)
    if terms.cancellation is None:
        terms = await _with_cancellation(reader, terms)
    provider = account_id if first.asker is Role.PROVIDER else first.account
    return await completed(
        reader, terms, peer=peer, provider=provider, asker=first.asker, offered=found
    )


async def _whole(
    reader: Reader, wanted: Wanted, viewer: Viewer
) -> tuple[Wanted, tuple[Offered, ...]]:
    """What somebody asks for, with all that is part of every booking of it, and each line's
    listing. Raises as `find`."""
    found = [await find(reader, one, viewer) for one in wanted.lines]
    more = several.missing(found)
    lines = (*wanted.lines, *(WantedLine(one.uri, extra=one.extra) for one in more))
    return replace(wanted, lines=lines), (*found, *more)


async def find(reader: Reader, named: WantedLine, viewer: Viewer) -> Offered:
    """The listing of a line, at the price and of the kind that it names. Raises as `offered.find`,
    InvalidInput."""
    whole = await offers.find(reader, named.listing, viewer)
    chosen = whole.at(named.option).of_kind(named.variant).supporting(named.project)
    return chosen.with_extra(named.extra)


def _lines(wanted: Wanted, named: WantedLine, one: Offered) -> Iterator[Line]:
    """Raises InvalidInput; for what is added by its own name: `extra2`."""
    try:
        for at, many in counting.counted(
            one, named.quantity, wanted.start, wanted.end, wanted.time_zone, wanted.guests
        ):
            yield offers.line(at, many, named.price)
    except InvalidInput as error:
        if not named.extra:
            raise
        every = [why for whys in error.fields.values() for why in whys]
        raise InvalidInput({f"extra{named.extra}": every}) from None


async def _check_whom(reader: Reader, found: tuple[Offered, ...], account_id: str | None) -> None:
    """Raises InvalidInput (`option`) where a price for members is chosen by somebody else: a guest,
    or somebody whom the register knows as a member no longer, not yet or not now, or a colleague of
    such a firm; where it is another coop's, also while we are in no federation with it."""
    whom = {one.price.whom for one in found if one.price} - {None}
    if not whom:
        return
    member = await members.acting_for(reader, account_id) if account_id else None
    is_away = member is not None and member.status not in members.HERE
    if account_id is None or is_away:
        ours_alone = _("This price is for members of this coop alone.")
        raise InvalidInput({"option": [ours_alone if MEMBERS in whom else REASONS["federation"]]})
    coop = found[0].coop
    if coop != reader.identities.coop.uri and not await council.is_with_us(reader, coop):
        complaint = _(
            "This price is for members of coops in the same federation, and your coop is in none "
            "with this one. Choose another price."
        )
        raise InvalidInput({"option": [complaint]})


async def completed(
    reader: Reader,
    terms: Terms,
    *,
    peer: str | None,
    provider: str | None,
    asker: Role,
    offered: tuple[Offered, ...] = (),
) -> Draft:
    """The draft of terms, with our fees; those of a customer of ours at home stand in the terms."""
    ours = frozenset(role for role in Role if terms.coop_of(role) != peer)
    channel = Channel.LOCAL if peer is None else Channel.FEDERATED
    in_force = await policies.in_force(reader, policies.FEE_RULES)
    member = await members.acting_for(reader, provider) if provider else None
    class_ = member.membership_class.value if member else None
    lines = explain(in_force.value, Dealing(terms.lines, channel, ours, class_))
    versions = ((policies.FEE_RULES.name, in_force.version),) if lines else ()
    if peer is None:
        paid = [Addition(line.name, line.money) for line in lines if line.payer is Role.CUSTOMER]
        terms = replace(terms, fees=tuple(paid))
    check(terms)
    return Draft(terms, lines, versions, asker, offered, peer, await _answer_by(reader, terms))


def revised(terms: Terms, revision: Revision) -> Terms:
    """The next version of terms, of which `with_lines` follows. Raises InvalidInput for a line that
    is not there."""
    quantities, prices = dict(revision.quantities), dict(revision.prices)
    if (quantities.keys() | prices.keys()) - set(range(len(terms.lines))):
        raise InvalidInput({"lines": [_("There is no such line.")]})
    lines = tuple(
        replace(
            line,
            quantity=quantities.get(at, line.quantity),
            prices=prices.get(at, line.prices),
            taxes=line.taxes if revision.taxes is None else line.taxes_in_it,
        )
        for at, line in enumerate(terms.lines)
    )
    guests = terms.guests if revision.guests is None else revision.guests
    return replace(
        terms,
        lines=lines,
        sequence=terms.sequence + 1,
        start=revision.start or terms.start,
        end=revision.end or terms.end,
        time_zone=revision.time_zone or terms.time_zone,
        guests=guests,
        guest_tax=_guest_tax(terms, revision, guests),
        deposit=revision.deposit or terms.deposit,
        cancellation=revision.cancellation or terms.cancellation,
    )


def _guest_tax(terms: Terms, revision: Revision, guests: int | None) -> TaxedGuests | None:
    """None, too, where other taxes are said by hand. Raises InvalidInput (`taxed_guests`)."""
    if revision.taxed_guests is not None:
        if terms.guest_tax is None:
            raise InvalidInput({"taxed_guests": [_("Nobody pays a tax for each night here.")]})
        return replace(terms.guest_tax, persons=revision.taxed_guests)
    if terms.guest_tax is None or revision.taxes is not None:
        return None
    return terms.guest_tax.among(terms.guests, guests)


def with_lines(terms: Terms, lines: tuple[Line, ...], revision: Revision) -> Terms:
    """The terms with other lines, and what these are taxed; what was added and is none now is left
    out."""
    kept = tuple(line for line in lines if line.quantity or not line.extra)
    taxed = terms.is_taxed
    terms = replace(terms, lines=kept)
    taxes = terms.due_taxes if taxed else terms.taxes
    return replace(terms, taxes=taxes if revision.taxes is None else revision.taxes)


async def _with_cancellation(reader: Reader, terms: Terms) -> Terms:
    """What cancelling costs, after our policies; said only where it costs something."""
    keys = (
        policies.AGREEMENTS_CANCEL_HOURS,
        policies.AGREEMENTS_CANCEL_EARLY_PERCENT,
        policies.AGREEMENTS_CANCEL_LATE_PERCENT,
    )
    book = await policies.rulebook(reader, keys)
    in_force = [book.settled(key) for key in keys]
    hours, early, late = (one.value for one in in_force)
    if not early and not late:
        return terms
    versions = tuple((one.key.name, one.version) for one in in_force)
    return replace(terms, cancellation=Cancellation(hours, early, late), policies=versions)


async def _answer_by(reader: Reader, terms: Terms) -> datetime:
    hours = (await policies.settled(reader, policies.AGREEMENTS_ANSWER_HOURS)).value
    latest: datetime = reader.now + timedelta(hours=hours)
    if terms.start is not None and reader.now < terms.start < latest:
        return terms.start
    return latest
