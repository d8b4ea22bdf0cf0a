"""What a peer's Agreement means: checked against our listing, or against what we offered. Pure
but for looking listings up."""

import itertools
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from msgspec.structs import replace

from federation.storage import Reader
from node import council
from node.agreements import counting, numbers, several
from node.agreements import offered as offers
from node.agreements.offered import Offered
from node.agreements.reading import read_terms
from node.agreements.reasons import REASONS
from node.agreements.sides import Role
from node.agreements.terms import Line, Terms, check_projects, digest_of, plain, tax_lines
from node.errors import Conflict, InvalidInput
from node.i18n import Text
from node.listings import FEDERATION, GUEST_NIGHT, Viewer
from node.money import Money, is_currency
from protocol.vocabulary.agreements import AgreementOnWire, Commitment
from protocol.vocabulary.prices import PriceOnWire, om2_unit


class Refusal(Exception):
    """A peer's message that is refused: status, code and sentence of the answer."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def wrong_party() -> Refusal:
    """Somebody says what is another coop's to say."""
    return Refusal(403, "wrong-party", "This is for another coop to say.")


def unknown_offer() -> Refusal:
    """A message answers an Offer that we do not know, or not yet: 404 would end its delivery."""
    return Refusal(409, "offer-unknown", "We know no Offer of this id.")


def terms_changed() -> Refusal:
    """A message is about other terms than those on the table."""
    return Refusal(
        409, "terms-changed", "These are not the terms that were offered; answer those, or counter."
    )


async def first_terms(
    reader: Reader, wire: AgreementOnWire, peer: str, viewer: Viewer, *, name: str
) -> tuple[Terms, tuple[Offered, ...]]:
    """The terms of a first Offer about listings of ours. name: what the agreement goes by.

    Raises Refusal, NotFound, InvalidInput; Conflict, "not-with-us" where it names a price for
    members of our federation, and the peer is in none with us now.
    """
    found = tuple([await _listing(reader, one, viewer) for one in wire.primary])
    try:
        return _first_terms(reader, wire, peer, found, name)
    except (Refusal, InvalidInput):
        if not any(one.whom == FEDERATION for each in found for one in each.prices):
            raise
        within = tuple(replace(one, is_with_us=True) for one in found)
        made = _first_terms(reader, wire, peer, within, name)
    if not await council.is_with_us(reader, peer):
        raise Conflict(REASONS["federation"], "not-with-us")
    return made


def _first_terms(
    reader: Reader, wire: AgreementOnWire, peer: str, found: tuple[Offered, ...], name: str
) -> tuple[Terms, tuple[Offered, ...]]:
    if not found:
        raise Refusal(422, "no-commitment", "The Agreement stipulates nothing.")
    several.check_added(found)
    if missing := several.missing(found):
        detail = f"“{missing[0].name}” is part of every booking: add it."
        raise Refusal(422, "extra-missing", detail)
    first = several.together(found)
    if wire.terms is None:
        return _plain_terms(reader, wire, peer, found, name), found
    terms = checked_terms(wire, name)
    asker = first.asker
    ours = reader.identities.coop.uri
    if (terms.coop_of(asker), terms.coop_of(asker.other)) != (peer, ours):
        raise wrong_party()
    if terms.sequence != 1 or [line.listing for line in terms.lines] != [o.uri for o in found]:
        raise Refusal(422, "terms-mismatch", "Terms and commitments name different listings.")
    check_projects(terms.lines)
    several.check_guests(found, terms.guests, {line.unit for line in terms.lines})
    several.check_pickup(found, terms.pickup)
    heads, chosen = [], []
    for one, lines in _each(terms.lines, found):
        season = _by_season(terms, lines, one)
        at = [season or _checked_line(line, one, terms) for line in lines]
        heads.append(at[0])
        chosen += at
    if asker is Role.CUSTOMER:
        _check_conditions(terms, tuple(heads), tuple(chosen))
    return terms, tuple(heads)


def checked_terms(wire: AgreementOnWire, name: str) -> Terms:
    """The terms in an Agreement, its digest and its commitments all saying the same.

    Raises Refusal, InvalidInput.
    """
    terms = read_terms(wire.terms or {})
    if wire.terms_digest != digest_of(wire.terms or {}):
        raise Refusal(409, "digest-differs", "The termsDigest is not that of the terms.")
    if terms.agreement != name:
        raise Refusal(422, "terms-mismatch", "The terms are those of another agreement.")
    check_commitments(wire, terms)
    return terms


def check_commitments(wire: AgreementOnWire, terms: Terms) -> None:
    """Raises Refusal unless the commitments promise what the terms say."""
    wanted = [
        (line.listing, line.extra, _unit(line.unit), plain(line.quantity)) for line in terms.lines
    ]
    said = [(one.listing, one.extra, one.unit, _plain(one.amount)) for one in wire.primary]
    if [one[:3] for one in said] != [one[:3] for one in wanted]:
        raise Refusal(422, "terms-mismatch", "The commitments are for other things or units.")
    sums = {money.currency: money.decimal for money in terms.total}
    promised = {one.currency or _only(sums): one.amount for one in wire.reciprocal}
    if said != wanted or promised != sums:
        raise terms_changed()


def check_answer(wire: AgreementOnWire, terms: Terms) -> None:
    """An Agreement by which a peer accepts: the same digest, or without one the same quantities.

    Raises Refusal.
    """
    if wire.terms_digest is not None:
        if wire.terms_digest != terms.digest:
            raise terms_changed()
        return
    check_commitments(wire, terms)


def complaint(error: InvalidInput) -> str:
    """What cannot be used, in one sentence, for a peer."""
    return "; ".join(f"{name}: {_joined(said)}" for name, said in error.fields.items())


def role_of_peer(terms: Terms, peer: str) -> Role:
    return Role.PROVIDER if terms.provider == peer else Role.CUSTOMER


async def _listing(reader: Reader, commitment: Commitment, viewer: Viewer) -> Offered:
    uri = commitment.listing or ""
    if not uri.startswith(f"{reader.identities.base}/listings/"):
        raise Refusal(404, "not-our-listing", "The Agreement is about no listing of ours.")
    return (await offers.find(reader, uri, viewer)).with_extra(commitment.extra)


def _each(
    lines: tuple[Line, ...], found: tuple[Offered, ...]
) -> Iterator[tuple[Offered, tuple[Line, ...]]]:
    """Each line with its listing; those of one listing whose price goes by season together."""

    def stay(at: int) -> object:
        goes = any(option.by_season for option in found[at].options) and not lines[at].extra
        return found[at].uri if goes else at

    for _same, each in itertools.groupby(range(len(lines)), stay):
        places = list(each)
        yield found[places[0]], tuple(lines[at] for at in places)


def _by_season(terms: Terms, lines: tuple[Line, ...], one: Offered) -> Offered | None:
    """The listing at that of its prices, if one, by which the lines are what the nights or days of
    the terms cost, each in its season."""
    if one.extra:
        return None
    seasonal = (option for option in one.for_peers if option.by_season)
    return _as_taxed(lines[0], [option for option in seasonal if _is_at(terms, lines, option)])


def _as_taxed(line: Line, fitting: list[Offered]) -> Offered | None:
    """Of several prices of one sum that which the line names, or that of its taxes."""
    fitting = sorted(fitting, key=lambda one: (not _has_rates(line, one), one.name != line.title))
    return next(iter(fitting), None)


def _is_at(terms: Terms, lines: tuple[Line, ...], one: Offered) -> bool:
    if {(line.kind, line.unit) for line in lines} != {(one.kind, one.unit)}:
        return False
    try:
        counted = counting.counted(one, None, terms.start, terms.end, terms.time_zone, terms.guests)
    except InvalidInput:  # not by this price, so perhaps by another
        return False
    wanted = [offers.line(at, many, None) for at, many in counted]
    said = [(line.quantity, line.prices) for line in lines]
    return said == [(line.quantity, line.prices) for line in wanted]


def _checked_line(line: Line, one: Offered, terms: Terms) -> Offered:
    """The listing at the price of the line. A first Offer takes it as it is: its kind, and the unit
    and price, or the scale, of one of its prices; what is added by its own name and price."""
    if one.extra:
        if line != replace(offers.line(one, line.quantity, None), project=line.project):
            raise Refusal(422, "price-mismatch", "What is added is not what the listing names.")
        return one
    named = numbers.of_kind_named(line, one)
    if not named:
        raise Refusal(422, "price-mismatch", f"“{line.title}” has a price for members alone.")
    flat = [option for option in named if not option.by_season]
    if not flat:
        detail = "The price goes by season: name the days, and each price with how many it is for."
        raise Refusal(422, "price-mismatch", detail)
    counted = [option for option in flat if (line.kind, line.unit) == (one.kind, option.unit)]
    if not counted:
        raise Refusal(422, "unit-mismatch", f"This listing is counted in “{flat[0].unit}”.")
    if line.unit == GUEST_NIGHT:
        counting.counted(
            counted[0], line.quantity, terms.start, terms.end, terms.time_zone, terms.guests
        )
    if counted[0].lowest is None:
        return counted[0]
    whole = [option for option in counted if line.prices[1:] == option.hours]
    if not line.prices or not whole:
        raise Refusal(422, "price-mismatch", "Offer the price that the listing names.")
    fitting = [option for option in whole if offers.is_within(option, line.prices[0])]
    if not fitting:
        offers.check_price(whole[0], line.prices[0])
    taken = _as_taxed(line, [option for option in fitting if option.takes(line.quantity)])
    if taken is None:
        detail = "So much of it cannot be had at this price."
        raise Refusal(422, "quantity-mismatch", detail)
    return taken


def _check_conditions(
    terms: Terms, heads: tuple[Offered, ...], chosen: tuple[Offered, ...]
) -> None:
    """A first Offer takes what the listing asks beyond its price; where it says nothing of
    cancelling, the Offer may. heads: each listing once; chosen: that of each line."""
    said = terms.guest_tax
    wanted = several.with_conditions(terms, heads, said.persons if said else None)
    if wanted.cancellation is None:
        wanted = replace(wanted, cancellation=terms.cancellation)
    if wanted != terms or not all(map(_takes_conditions, terms.lines, chosen)):
        raise Refusal(
            422,
            "conditions-mismatch",
            "The listing says other taxes, deposit, cancellation or project; read it again.",
        )


def _takes_conditions(line: Line, one: Offered) -> bool:
    """Whether the taxes, and one of the projects, are the listing's."""
    return _has_rates(line, one) and line.project in (one.conditions.projects or (None,))


def _has_rates(line: Line, one: Offered) -> bool:
    """A node of 0.1.0 knows no taxes in a price, and does not say them: what is paid is the
    same."""
    return line.taxes in (one.rates, one.on_top)


def _plain_terms(
    reader: Reader, wire: AgreementOnWire, peer: str, found: tuple[Offered, ...], name: str
) -> Terms:
    """What plain FEP-0837 says, as terms: of one listing, so much against so much."""
    if len(found) != 1 or len(wire.reciprocal) > 1:
        raise Refusal(422, "several-lines", "Without terms an Agreement is about one listing.")
    refused: Refusal | InvalidInput | None = None
    for option in found[0].for_peers:  # the first price that the sum fits
        try:
            return _plain_terms_at(reader, wire, peer, option, name)
        except (Refusal, InvalidInput) as error:
            refused = refused or error
    raise refused or wrong_party()


def _plain_terms_at(
    reader: Reader, wire: AgreementOnWire, peer: str, one: Offered, name: str
) -> Terms:
    if one.hours or one.by_season or one.unit == GUEST_NIGHT or one.conditions.guest_tax:
        raise Refusal(422, "price-mismatch", "This price is of several sums: say it in terms.")
    commitment = wire.primary[0]
    quantity = Decimal(1) if commitment.amount is None else commitment.amount
    if commitment.unit != _unit(one.unit):
        raise Refusal(422, "unit-mismatch", f"This listing is counted in “{_unit(one.unit)}”.")
    if quantity <= 0 or (one.unit == "one" and quantity != 1 and one.kind != "goods"):
        raise Refusal(422, "quantity-mismatch", "This listing is taken as it is offered: one.")
    promised = wire.reciprocal[0] if wire.reciprocal else None
    price = _plain_price(promised, one, quantity) if promised else None
    ours = reader.identities.coop.uri
    coops = {one.asker: peer, one.asker.other: ours}
    line = offers.line(one, quantity, price)
    terms = Terms(
        agreement=name,
        sequence=1,
        provider=coops[Role.PROVIDER],
        customer=coops[Role.CUSTOMER],
        lines=(line,),
        taxes=tax_lines((line,)),
    )
    if terms.taxes and promised and [promised.amount] != [sum_.decimal for sum_ in terms.total]:
        [sum_] = terms.total
        raise Refusal(
            422, "price-mismatch", f"With taxes this comes to {sum_.text} {sum_.currency}."
        )
    return terms


def _plain_price(promised: Commitment, one: Offered, quantity: Decimal) -> Money | None:
    """The unit price behind a sum; FEP-0837 wants the sum to be a multiple of it."""
    if promised.amount is None or one.lowest is None:
        return None
    if one.on_top:  # the sum has the taxes in it, and is checked with them
        return one.lowest if one.lowest == one.highest else _net(promised.amount, one, quantity)
    currency = promised.currency or one.lowest.currency
    if currency != one.lowest.currency or not is_currency(currency):
        raise Refusal(422, "currency-mismatch", f"The price is in {one.lowest.currency}.")
    if promised.amount <= 0 and one.lowest.amount > 0:
        raise Refusal(422, "price-mismatch", "The sum is not the price of this quantity.")
    try:
        price = Money.of(promised.amount / quantity, currency)
        if Money.of(promised.amount, currency).decimal != price.decimal * quantity:
            raise Refusal(422, "price-mismatch", "The sum is not the price of this quantity.")
    except InvalidInput:
        raise Refusal(422, "price-mismatch", "The sum is not the price of this quantity.") from None
    return price


def _net(gross: Decimal, one: Offered, quantity: Decimal) -> Money | None:
    """The unit price of a sliding scale that a sum with its taxes comes from."""
    lowest, share = one.lowest, sum(rate.percent for rate in one.on_top)
    if lowest is None:
        return None
    exact = gross / quantity * 100 / (100 + share) * 10**lowest.scale
    return replace(lowest, amount=int(exact.to_integral_value(ROUND_HALF_EVEN)))


def _unit(unit: str) -> str:
    return om2_unit(PriceOnWire(unit=unit))


def _plain(amount: Decimal | None) -> str:
    return "1" if amount is None else plain(amount)


def _only(sums: Mapping[str, Any]) -> str:
    return next(iter(sums), "")


def _joined(said: list[Text]) -> str:
    return " ".join(map(str, said))
