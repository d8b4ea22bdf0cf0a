"""Several listings in one agreement: what goes together, what is asked for all, where all of it is
collected. Pure."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from node.agreements.offered import Offered
from node.agreements.terms import MOST_GUESTS, Terms, summed
from node.errors import InvalidInput, NotAllowed
from node.i18n import _, ngettext
from node.listings import GUEST_NIGHT


def together(offered: Sequence[Offered]) -> Offered:
    """The first of several, if one agreement can be about all of them. Raises InvalidInput."""
    if not offered:
        raise InvalidInput({"lines": [_("Name at least one listing.")]})
    first = offered[0]
    if any(
        (o.coop, o.account, o.team, o.asker) != (first.coop, first.account, first.team, first.asker)
        for o in offered
    ):
        raise InvalidInput(
            {"lines": [_("One agreement is with one provider: ask the others separately.")]}
        )
    return first


def check_added(offered: Sequence[Offered]) -> None:
    """What is added comes after what it is added to, and once. Raises InvalidInput."""
    named = [(one.uri, one.extra) for one in offered]
    if any(
        one.extra and ((one.uri, 0) not in named[:at] or (one.uri, one.extra) in named[:at])
        for at, one in enumerate(offered)
    ):
        complaint = _("Name what is added once, and after what it is added to.")
        raise InvalidInput({"lines": [complaint]})


def missing(offered: Sequence[Offered]) -> list[Offered]:
    """What is part of every booking of these, and is not among them."""
    named = {(one.uri, one.extra) for one in offered}
    heads = {one.uri: one for one in offered if not one.extra}
    return [
        replace(one, option=0, variant=None).with_extra(number)
        for one in heads.values()
        for number, extra in enumerate(one.extras, 1)
        if extra.is_always and (one.uri, number) not in named
    ]


def check_guests(offered: Sequence[Offered], guests: int | None, units: Collection[str]) -> None:
    """As many as there is room for, said where the price is for each. units: of the lines.

    Raises InvalidInput.
    """
    if guests is None:
        if GUEST_NIGHT in units:
            raise InvalidInput({"guests": [_("Say how many guests come.")]})
        return
    room = min((one.room_for for one in offered if one.room_for), default=None)
    offered_by = {option.unit for one in offered for option in one.options}
    if room is None and GUEST_NIGHT not in offered_by.union(units):
        raise InvalidInput({"guests": [_("This does not go by guests.")]})
    most = room or MOST_GUESTS
    if guests > most:
        complaint = ngettext("At most %(num)d guest.", "At most %(num)d guests.", most)
        raise InvalidInput({"guests": [complaint]})
    if guests < 1:
        raise InvalidInput({"guests": [_("At least 1.")]})


def not_ones_own(offered: Offered, own: Collection[str], teams: Collection[str]) -> None:
    """Raises NotAllowed when somebody asks for what they offer themselves, or in a team. own:
    accounts."""
    if offered.account in own or offered.team in teams:
        raise NotAllowed(_("This is your own listing."), "own-listing")


def with_conditions(
    terms: Terms, offered: Sequence[Offered], taxed_guests: int | None = None
) -> Terms:
    """The terms with the taxes of their lines and guests, and with what the listings ask as a
    deposit and for cancelling. taxed_guests: how many pay the tax for each person and night; None:
    all, unless it depends on their age.

    Raises InvalidInput: `lines` where two listings ask for different things, `taxed_guests`.
    """
    deposits = summed(one.deposit for one in offered if one.deposit and not one.extra)
    cancellations = {one.cancellation for one in offered}
    if len(deposits) > 1 or len(cancellations) > 1:
        complaint = _("These differ in their deposit or in what cancelling costs: ask separately.")
        raise InvalidInput({"lines": [complaint]})
    terms = with_guest_tax(terms, offered, taxed_guests)
    check_all_taxed(terms, offered)
    terms = replace(
        terms,
        deposit=deposits[0] if deposits else None,
        cancellation=cancellations.pop(),
    )
    return replace(terms, taxes=terms.due_taxes)


def with_guest_tax(terms: Terms, offered: Sequence[Offered], persons: int | None) -> Terms:
    """Raises InvalidInput (`taxed_guests`; `lines` where two listings ask for different ones)."""
    taxing = {each: one for one in offered if (each := one.taxed(0))}
    if len(taxing) > 1:
        complaint = _("These differ in the tax for each person and night: ask separately.")
        raise InvalidInput({"lines": [complaint]})
    each, one = next(iter(taxing.items()), (None, None))
    if each is None or one is None:
        if persons is not None:
            raise InvalidInput({"taxed_guests": [_("Nobody pays a tax for each night here.")]})
        return replace(terms, guest_tax=None)
    tax = one.conditions.guest_tax
    if persons is None and tax and tax.from_age is None:
        persons = terms.guests
    if persons is None:
        complaint = _("Say how many people pay it: %(tax)s.", tax=each.name)
        raise InvalidInput({"taxed_guests": [complaint]})
    taxed = replace(each, persons=persons)
    if wrong := taxed.fault(terms.guests, MOST_GUESTS):
        raise InvalidInput({"taxed_guests": [wrong]})
    if terms.start is None:
        raise InvalidInput({"start": [_("Say from when to when.")]})
    return replace(terms, guest_tax=taxed)


def check_all_taxed(terms: Terms, offered: Sequence[Offered]) -> None:
    """Whoever asks leaves out nobody of a tax that does not depend on their age. Raises
    InvalidInput (`taxed_guests`)."""
    said = [one.conditions.guest_tax for one in offered if one.taxed(0)]
    by_age = any(tax and tax.from_age is not None for tax in said)
    taxed = terms.guest_tax
    if taxed and terms.guests is not None and not by_age and taxed.persons != terms.guests:
        complaint = _("Everybody who comes pays this tax, whatever their age.")
        raise InvalidInput({"taxed_guests": [complaint]})


def pickup_of(offered: Sequence[Offered], chosen: int | None) -> str | None:
    """Where it is collected: one of the listings' own lines, from 0; None: it is brought, or they
    name none. Raises InvalidInput (`pickup`, `lines`)."""
    places = _pickups(offered)
    if chosen is None and (any(one.is_brought for one in offered) or not places):
        return None
    if chosen is None and len(places) == 1:
        return places[0]
    if chosen is None or not 0 <= chosen < len(places):
        raise _not_among_them()
    return places[chosen]


def check_pickup(offered: Sequence[Offered], pickup: str | None) -> None:
    """A peer's, which a node of before need not say. Raises InvalidInput."""
    if pickup is not None and pickup not in _pickups(offered):
        raise _not_among_them()


def _pickups(offered: Sequence[Offered]) -> tuple[str, ...]:
    named = {one.pickups for one in offered if one.pickups}
    if len(named) > 1:
        apart = _("These are collected at different places: ask for them separately.")
        raise InvalidInput({"lines": [apart]})
    return named.pop() if named else ()


def _not_among_them() -> InvalidInput:
    return InvalidInput({"pickup": [_("Choose one of these.")]})
