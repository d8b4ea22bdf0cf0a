"""What a coop takes of an agreement, explained line by line. Pure.

Each rule in force that fits makes one line: how much, who pays it, how it was computed, where it
goes. All together take at most the price, in each currency: each rule takes at most the value that
it is about, and a later one what the earlier ones leave. A fee for a customer falls only on a
customer of ours: another coop's customer signed terms that its own coop wrote.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from node.agreements.sides import Role
from node.agreements.terms import Line, project_of, summed
from node.i18n import Text, _
from node.money import Figures, Money
from node.policies import Channel, FeeRule, Payer

COOP = "coop"
PROJECT = "project"
COMMUNITY = "community"


class Dealing(Struct, frozen=True):
    """What the rules look at. ours: the sides that are this coop's own; member_class: of the
    member who provides."""

    lines: tuple[Line, ...]
    channel: Channel
    ours: frozenset[Role]
    member_class: str | None = None


class Destination(Struct, frozen=True):
    """A part of a fee. project: the one that the listing names."""

    name: str
    money: Money
    project: str | None = None

    @property
    def explained(self) -> Text:
        """What is set aside, and for whom."""
        whom = self.project or _("the community fund")
        return _("%(sum)s of it for %(project)s", sum=self.money.told, project=whom)


class FeeLine(Struct, frozen=True):
    """One fee. base: what the percentage was taken of; bound: which of "lowest", "highest"
    and "price" held, if one did."""

    name: str
    payer: Role
    money: Money
    base: Money
    percent: Decimal
    flat: Money | None
    bound: str | None
    destinations: tuple[Destination, ...]

    @property
    def explained(self) -> tuple[Text, ...]:
        """How the amount came about, a sentence each."""
        said: list[Text] = []
        if self.percent:
            said.append(
                _(
                    "%(percent)s %% of %(base)s %(currency)s",
                    percent=Figures(f"{self.percent:f}"),
                    base=self.base.told,
                    currency=self.base.currency,
                )
            )
        if self.flat:
            said.append(
                _("and %(sum)s %(currency)s", sum=self.flat.told, currency=self.flat.currency)
                if said
                else _("%(sum)s %(currency)s", sum=self.flat.told, currency=self.flat.currency)
            )
        if self.bound == "lowest":
            said.append(_("but at least %(sum)s", sum=self.money.told))
        if self.bound == "highest":
            said.append(_("but at most %(sum)s", sum=self.money.told))
        if self.bound == "price":
            said.append(_("but not more than is left of the price: %(sum)s", sum=self.money.told))
        given = [one for one in self.destinations if one.name != COOP]
        return (*said, *(one.explained for one in given))


def explain(rules: Sequence[FeeRule], dealing: Dealing) -> tuple[FeeLine, ...]:
    """Every fee that the rules take of a dealing; a fee of nothing is no line."""
    found: list[FeeLine] = []
    left = {money.currency: money.amount for money in _price(dealing.lines)}
    for rule in rules:
        base = _base(rule, dealing)
        if base is None or not _fits(rule, dealing, base):
            continue
        lines = _lines(rule, dealing, base, left[rule.currency])
        left[rule.currency] -= sum(line.money.amount for line in lines)
        found.extend(lines)
    return tuple(line for line in found if line.money.amount)


def given_back(fee: Money, whole: int, before: int, after: int) -> Money:
    """What of a fee, or of a part of it, goes back: the share that of a sum does.

    whole: the sum; before, after: how much of it had gone back, and has now; in the smallest unit.
    Parts that go back one after the other come to the fee, exactly.
    """
    had, has = (round(Fraction(fee.amount * min(one, whole), whole)) for one in (before, after))
    return replace(fee, amount=has - had)


def _price(lines: Iterable[Line]) -> tuple[Money, ...]:
    return summed(amount for line in lines for amount in line.amounts)


def _base(rule: FeeRule, dealing: Dealing) -> Money | None:
    """The value that a rule is about: of the lines of its kinds, in its currency."""
    chosen = [line for line in dealing.lines if not rule.kinds or line.kind in rule.kinds]
    return next((money for money in _price(chosen) if money.currency == rule.currency), None)


def _fits(rule: FeeRule, dealing: Dealing, base: Money) -> bool:
    if rule.channels and dealing.channel not in rule.channels:
        return False
    if rule.classes and dealing.member_class not in rule.classes:
        return False
    if rule.over is not None and base.amount <= rule.over.amount:
        return False
    return rule.up_to is None or base.amount <= rule.up_to.amount


def _lines(rule: FeeRule, dealing: Dealing, base: Money, left: int) -> list[FeeLine]:
    """left: of the price, in the currency's smallest unit."""
    money, bound = _amount(rule, base)
    if money.amount > (most := min(base.amount, left)):
        money, bound = replace(base, amount=most), "price"
    line = FeeLine(
        name=rule.name,
        payer=Role.PROVIDER,
        money=money,
        base=base,
        percent=rule.percent,
        flat=rule.flat,
        bound=bound,
        destinations=(),
    )
    halves = _payers(rule.payer, money)
    return [
        replace(line, payer=payer, money=part, destinations=_destinations(rule, dealing, part))
        for payer, part in halves
        if payer in dealing.ours
    ]


def _payers(payer: Payer, money: Money) -> list[tuple[Role, Money]]:
    if payer is Payer.SPLIT:
        customers, providers = money.split([1, 1])
        return [(Role.CUSTOMER, customers), (Role.PROVIDER, providers)]
    return [(Role(payer.value), money)]


def _amount(rule: FeeRule, base: Money) -> tuple[Money, str | None]:
    exact = Decimal(base.amount) * rule.percent / 100
    amount = int(exact.to_integral_value(ROUND_HALF_EVEN)) + (rule.flat.amount if rule.flat else 0)
    if rule.lowest and amount < rule.lowest.amount:
        return rule.lowest, "lowest"
    if rule.highest and amount > rule.highest.amount:
        return rule.highest, "highest"
    return replace(base, amount=amount), None


def _destinations(rule: FeeRule, dealing: Dealing, money: Money) -> tuple[Destination, ...]:
    parts = money.split([weight for _name, weight in rule.destinations])
    project = project_of(dealing.lines)
    return tuple(
        Destination(
            PROJECT if name == PROJECT and project else (COMMUNITY if name == PROJECT else name),
            part,
            project if name == PROJECT else None,
        )
        for (name, _weight), part in zip(rule.destinations, parts, strict=True)
        if part.amount
    )
