"""What something costs, in the reader's own words, numbers and signs."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal, get_currency_precision
from markupsafe import Markup, escape
from msgspec.structs import replace

from node import i18n
from node.days import from_to, locale
from node.i18n import _, ngettext
from node.listings import (
    FEDERATION,
    MEMBERS,
    Conditions,
    GuestTax,
    PriceView,
    ReferralFee,
    Season,
    Tax,
    Telling,
)
from node.money import HOUR
from ui.web import words


def number(value: int | Decimal) -> str:
    return format_decimal(value, locale=locale())


def price_text(price: Any) -> str:
    """What a listing costs, in the reader's own number and currency forms.

    price: a PriceView: amount, maximum (a range one chooses from), currency, unit, text, for what
    it is, and what is suggested.
    """
    said = _price_alone(price)
    if price.whom:
        said = str(_("%(price)s, %(more)s", price=said, more=_WHOM[price.whom]))
    if not price.label:
        return said
    return str(_("%(label)s: %(price)s", label=isolated(price.label), price=said))


def price_told(price: PriceView, said: Telling | None = None) -> Markup:
    """`price_text` with the words of the listing as `said` has them; those in another language
    than the page's are marked so."""
    told = {name: _told(words, said) for name in _SLOTS if (words := getattr(price, name))}
    foreign = {name: one for name, one in told.items() if one[1] not in ("", _reading())}
    label, more = (
        _SLOTS[name] if name in foreign else told.get(name, (None, ""))[0] for name in _SLOTS
    )
    text = escape(price_text(replace(price, label=label, text=more)))
    for name, (words_, tag) in foreign.items():
        marked = Markup('<bdi lang="{}">{}</bdi>').format(tag, words_)
        text = text.replace(_SLOTS[name], marked)
    return text


def _told(own: str, said: Telling | None) -> tuple[str, str]:
    return said.phrase(own) if said else (own, "")


def _reading() -> str:
    return i18n.language.get()


_WHOM = {
    MEMBERS: _("only for members of our coop"),
    FEDERATION: _("only for members of coops in the same federation"),
}
_SLOTS = {"label": "\x01", "text": "\x02"}
"""Stand for words of the listing until those of ours are escaped; no price has such signs in it."""


def season_lines(price: PriceView) -> list[tuple[str, str]]:
    """The days of each season with what one costs then, and what on all others."""
    lines = [
        (_season_days(one), _sum_alone(replace(price, amount=one.amount)))
        for one in sorted(price.seasons, key=lambda season: season.first)
    ]
    return [*lines, (str(_("On all other days")), _sum_alone(price))]


def _season_days(one: Season) -> str:
    days_ = from_to(one.first, one.last, yearly=one.yearly)
    return str(_("%(days)s, each year", days=days_)) if one.yearly else days_


def _sum_alone(price: PriceView) -> str:
    """What one of it costs, without what it is one of, which stands above."""
    return _price_alone(PriceView(price.amount, None, price.currency, hours=price.hours))


def tax_in_it(tax: Tax) -> str:
    """A tax that the price has in it, or that nobody charges."""
    if not tax.percent:
        return str(_("%(tax)s is not charged", tax=isolated(tax.name)))
    rate = isolated(f"{tax.name} {number(tax.percent)} %")
    return str(_("%(tax)s included", tax=rate))


def guest_tax_text(tax: GuestTax, currency: str | None) -> str:
    """What each person of a stay pays on top: £2 for each person and night, from 16 years on."""
    text = _("%(sum)s for each person and night", sum=amount_text(tax.amount, currency))
    if tax.from_age is None:
        return str(text)
    years = ngettext("from %(num)d year on", "from %(num)d years on", tax.from_age)
    return str(_("%(price)s, %(more)s", price=text, more=years))


def referral_fee_text(fee: ReferralFee, currency: str | None) -> str:
    """What a coop gets that passes somebody on."""
    if fee.percent is not None:
        return str(_("%(part)s %% of the first job", part=number(fee.percent)))
    return str(_("A fixed sum: %(sum)s", sum=amount_text(fee.amount or Decimal(0), currency)))


def pay_text(pay: Mapping[str, str]) -> str:
    """What somebody earns: 14 to 16 pounds an hour."""
    high = Decimal(pay["to"]) if "to" in pay else None
    return price_text(PriceView(Decimal(pay["from"]), high, pay["currency"], pay["per"]))


def isolated(words_: str) -> str:
    """Words of a listing inside a sentence of ours: they may run in the other direction."""
    is_plain = words_.isascii() and not _names_currencies()
    return words_ if is_plain else i18n.apart(words_)


def _price_alone(price: Any) -> str:
    if price.amount is None:
        return str(price.text or "")
    text = str(_("A gift")) if price.is_gift else amount_text(price.amount, price.currency)
    low, high = price.ends
    if high > low:
        least = amount_text(low, price.currency)
        low = _bare(low, price.currency) if _names_currencies() else least
        high = amount_text(high, price.currency)
        text = str(_("%(low)s to %(high)s", low=low, high=high))
    if price.hours is not None:
        text = str(_("%(money)s and %(hours)s", money=text, hours=hours_text(price.hours)))
    if price.unit and not price.is_gift:
        text = words.per_unit(text, price.unit)
    if price.seasons:
        text = str(_("%(price)s, by season", price=text))
    if price.suggested is not None:
        usual = amount_text(price.suggested, price.currency)
        text = str(_("%(price)s, %(usual)s suggested", price=text, usual=usual))
    if many := how_many(price):
        text = str(_("%(price)s, %(more)s", price=text, more=many))
    for more in (*_asked(price), price.text):
        text = str(_("%(price)s, %(more)s", price=text, more=more)) if more else text
    return text


def _asked(price: PriceView) -> Iterator[str]:
    """What it asks for in place of the listing's conditions."""
    asked = price.asks or Conditions()
    yield from map(tax_in_it, asked.included)
    for tax in asked.taxes:
        rate = isolated(f"{tax.name} {number(tax.percent)} %")
        yield str(_("%(tax)s on top", tax=rate))
    if asked.deposit is not None:
        sum_ = amount_text(asked.deposit, price.currency)
        yield str(_("deposit: %(what)s", what=sum_) if asked.deposit else _("without a deposit"))


def how_many(price: Any) -> str:
    """How many one takes at a price; empty where that is as many as one likes."""
    if not price.limits_quantity or (price.extra and price.most is None):
        return ""
    if price.is_always:
        return str(_("with every booking"))
    said = {name: number(n) for name in ("least", "step", "most") if (n := getattr(price, name))}
    if price.extra:
        return str(_("at most %(most)s", **said))
    if price.least and price.most:
        text = _("from %(least)s to %(most)s", **said)
    elif price.least:
        text = _("from %(least)s on", **said)
    else:
        text = _("at most %(most)s", **said) if price.most else _("in steps of %(step)s", **said)
    if not price.step or not (price.least or price.most):
        return str(text)
    return str(_("%(price)s, %(more)s", price=text, more=_("in steps of %(step)s", **said)))


def hours_text(hours: Decimal) -> str:
    """Time as a price; a part of an hour stands with the word that goes with many."""
    count = int(hours) if hours == hours.to_integral_value() else 100
    shown = number(hours)
    return str(ngettext("%(num)s hour of yours", "%(num)s hours of yours", count, num=shown))


def amount_text(amount: Decimal, currency: str | None) -> str:
    if currency == HOUR:
        return hours_text(amount)
    if not currency:
        return number(amount)
    exact = amount != amount.to_integral_value()
    if _names_currencies():
        digits = None if exact else "#,##0"
        return format_currency(
            amount, currency, digits, locale(), currency_digits=exact, format_type="name"
        )
    pattern = locale().currency_formats["standard"].pattern
    whole = re.sub(r"\.0+", "", pattern)
    return format_currency(
        amount, currency, pattern if exact else whole, locale(), currency_digits=exact
    )


def _bare(amount: Decimal, currency: str | None) -> str:
    """An amount whose currency is said once, behind another: with all its decimals, or none."""
    is_whole = amount == amount.to_integral_value()
    digits = 0 if is_whole or not currency or currency == HOUR else get_currency_precision(currency)
    return str(format_decimal(amount, f"#,##0.{'0' * digits}" if digits else None, locale()))


def _names_currencies() -> bool:
    """Whether the reader's language writes "36 pounds": the signs are Latin, and would stand the
    wrong way round in a sentence from right to left."""
    return i18n.runs_from_the_right(i18n.language.get())
