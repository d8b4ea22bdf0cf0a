"""Rules for fees as a policy value: for what, who pays, how much, and where it goes. Pure."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import Figures, Money, is_currency

MOST_RULES = 50
LONGEST_NAME = 80
LARGEST_SHARE = 1_000_000
MOST_PERCENT = Decimal(100)
"""What the rules that fit one agreement may take together: the price, and no more."""


class Payer(StrEnum):
    """Whom a fee is taken from."""

    CUSTOMER = "customer"
    PROVIDER = "provider"
    SPLIT = "split"


class Channel(StrEnum):
    """How an agreement came about."""

    LOCAL = "local"  # both sides are ours
    FEDERATED = "federated"  # the other side is another coop's


COOP = "coop"
PROJECT = "project"
COMMUNITY = "community"
DESTINATIONS = (COOP, PROJECT, COMMUNITY)
"""Where a fee goes: to the coop, to the project that the listing names (the community fund, if it
names none), to the community fund."""


class FeeRule(Struct, frozen=True):
    """One rule. kinds, classes, channels: empty is all. over: only above this value; up_to: up to
    and with it. flat, lowest, highest and the band are in `currency`; a rule holds for that alone.

    destinations: name with its weight.
    """

    name: str
    payer: Payer
    currency: str
    percent: Decimal = Decimal(0)
    flat: Money | None = None
    lowest: Money | None = None
    highest: Money | None = None
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    over: Money | None = None
    up_to: Money | None = None
    destinations: tuple[tuple[str, int], ...] = ((COOP, 1),)


_AMOUNTS = ("flat", "lowest", "highest", "over", "up_to")
_NAMES = frozenset(FeeRule.__struct_fields__)


class FeeRules(Struct, frozen=True):
    """A list of fee rules; every one that fits an agreement makes a line of its own.

    Those that one agreement can meet take at most its price together. Here that is asked of their
    percentages; fixed and lowest sums are held to the price once there is one, by
    `node.agreements.fees`.
    """

    def read(self, stored: object) -> tuple[FeeRule, ...]:
        if not isinstance(stored, list | tuple) or len(stored) > MOST_RULES:
            raise _refused(_("Use a list of at most %(most)s rules.", most=MOST_RULES))
        rules = tuple(_rule(one) for one in stored)
        _check_sum(rules)
        return rules

    def write(self, value: tuple[FeeRule, ...]) -> object:
        return [_written(rule) for rule in value]


def _rule(stored: object) -> FeeRule:
    if not isinstance(stored, dict) or not {"name", "payer", "currency"} <= stored.keys():
        raise _refused(_("Each rule says at least its name, payer and currency."))
    if unknown := stored.keys() - _NAMES:
        raise _refused(_("A rule cannot say %(names)s.", names=", ".join(sorted(unknown))))
    name, currency = stored["name"], stored["currency"]
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise _refused(_("A rule's name has 1 to %(n)s letters.", n=LONGEST_NAME))
    if not isinstance(currency, str) or not is_currency(currency):
        raise _refused(_("Use a currency code such as GBP, EUR or HOUR."))
    amounts = {key: _amount(stored.get(key), currency) for key in _AMOUNTS}
    try:
        rule = FeeRule(
            name=name,
            payer=Payer(stored["payer"]),
            currency=currency,
            percent=_percent(stored.get("percent", "0")),
            kinds=_words(stored.get("kinds", ())),
            classes=_words(stored.get("classes", ())),
            channels=tuple(Channel(one) for one in _words(stored.get("channels", ()))),
            destinations=_destinations(stored.get("destinations", {COOP: 1})),
            **amounts,
        )
    except ValueError:
        raise _refused(
            _("The payer is customer, provider or split; a channel is local or federated.")
        ) from None
    if rule.lowest and rule.highest and rule.lowest.amount > rule.highest.amount:
        raise _refused(_("The highest fee is below the lowest."))
    return rule


def _check_sum(rules: tuple[FeeRule, ...]) -> None:
    """Raises InvalidInput when rules that one agreement can meet take more than its price."""
    groups = [rules]
    for said in _TOLD_APART:
        found = [part for group in groups for part in _apart(group, said) if _is_too_much(part)]
        groups = list(dict.fromkeys(found))
    for group in groups:
        for together in filter(_is_too_much, _at_each_price(group)):
            raise _refused(
                _(
                    "These rules can meet in one agreement, and take %(sum)s %% of its price "
                    "together: %(names)s. fees.rules allows %(most)s %%. Lower a percentage, or "
                    "let the rules hold for other kinds, classes, channels or prices.",
                    sum=Figures(f"{_sum(together):f}"),
                    names=", ".join(rule.name for rule in together),
                    most=MOST_PERCENT,
                )
            )


_TOLD_APART: tuple[Callable[[FeeRule], tuple[str, ...]], ...] = (
    lambda rule: (rule.currency,),
    lambda rule: rule.kinds,
    lambda rule: rule.classes,
    lambda rule: rule.channels,
)
"""By what rules say for which agreements they hold, beside the price; nothing is all."""


def _apart(
    rules: tuple[FeeRule, ...], said: Callable[[FeeRule], tuple[str, ...]]
) -> Iterator[tuple[FeeRule, ...]]:
    """Which rules hold for each word that any of them says; all others meet fewer of them."""
    everything = tuple(rule for rule in rules if not said(rule))
    for word in dict.fromkeys(word for rule in rules for word in said(rule)):
        yield tuple(rule for rule in rules if word in said(rule) or rule in everything)
    yield everything


def _at_each_price(rules: tuple[FeeRule, ...]) -> Iterator[tuple[FeeRule, ...]]:
    """Which rules hold just above each price at which one begins."""
    for above in sorted({rule.over.amount if rule.over else 0 for rule in rules}):
        yield tuple(
            rule
            for rule in rules
            if (rule.over is None or rule.over.amount <= above)
            and (rule.up_to is None or rule.up_to.amount > above)
        )


def _is_too_much(rules: tuple[FeeRule, ...]) -> bool:
    return _sum(rules) > MOST_PERCENT


def _sum(rules: tuple[FeeRule, ...]) -> Decimal:
    return sum((rule.percent for rule in rules), Decimal(0))


def _written(rule: FeeRule) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": rule.name,
        "payer": rule.payer.value,
        "currency": rule.currency,
        "percent": f"{rule.percent:f}",
        "kinds": list(rule.kinds),
        "classes": list(rule.classes),
        "channels": [channel.value for channel in rule.channels],
        "destinations": dict(rule.destinations),
    }
    for key in _AMOUNTS:
        money: Money | None = getattr(rule, key)
        if money is not None:
            said[key] = money.text
    return said


def _amount(stored: object, currency: str) -> Money | None:
    if stored is None:
        return None
    if not isinstance(stored, str):
        raise _refused(_("Write amounts as text, such as “12.50”."))
    money = Money.parse(stored, currency)
    if money.amount < 0:
        raise _refused(_("An amount is 0 or more."))
    return money


def _percent(stored: object) -> Decimal:
    shaped = isinstance(stored, str) and stored.isascii() and len(stored) <= 6
    digits = str(stored).replace(".", "", 1) if shaped else ""
    if not digits.isdecimal() or Decimal(str(stored)) > 100:
        raise _refused(_("A percentage is a text from “0” to “100”, such as “7.5”."))
    return Decimal(str(stored))


def _words(stored: object) -> tuple[str, ...]:
    if not isinstance(stored, list | tuple) or not all(isinstance(one, str) for one in stored):
        raise _refused(_("Use a list of words."))
    return tuple(dict.fromkeys(stored))


def _destinations(stored: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(stored, Mapping) or not stored:
        raise _refused(_('Say where the fee goes, such as {"coop": 1, "project": 1}.'))
    for name, weight in stored.items():
        if name not in DESTINATIONS or type(weight) is not int or not 0 < weight <= LARGEST_SHARE:
            raise _refused(
                _(
                    "A fee goes to %(names)s, each with a whole number above 0.",
                    names=", ".join(DESTINATIONS),
                )
            )
    return tuple(stored.items())


def _refused(complaint: Text) -> InvalidInput:
    return InvalidInput({"value": [complaint]})
