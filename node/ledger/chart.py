"""The chart of accounts: which accounts there are before anybody adds one. Pure.

An account is named by a code: words with dashes, joined by colons, the type first, such as
`assets:bank`. Where a code of the chart ends in `{party}`, there is one account for each party: a
member by their opaque id, another coop by its address. A code never changes; the name shown does.

The node holds nobody's money. `assets:deposits` says that a deposit lies somewhere, and
`liabilities:deposits:{party}` to whom it goes back; one that the coop left itself is in
`assets:deposits-left:{party}`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import Text, _

PARTY = "{party}"
GENERAL = "general"
COMMUNITY = "community"
EDUCATION = "education"
RESERVE = "reserve"

LONGEST_CODE = 120
_CODE = re.compile(r"(assets|liabilities|equity|income|expenses)(:[a-z0-9][a-z0-9-]*)+", re.ASCII)
_NOT_IN_A_CODE = re.compile(r"[^a-z0-9]+", re.ASCII)


class AccountType(StrEnum):
    """The five kinds of accounts; the first word of a code."""

    ASSETS = "assets"
    LIABILITIES = "liabilities"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSES = "expenses"


TYPE_WORDS: Mapping[AccountType, Text] = {
    AccountType.ASSETS: _("What we have and are owed"),
    AccountType.LIABILITIES: _("What we owe"),
    AccountType.EQUITY: _("What is the coop's own"),
    AccountType.INCOME: _("What came in"),
    AccountType.EXPENSES: _("What was spent"),
}

FUND_WORDS: Mapping[str, Text] = {
    GENERAL: _("General"),
    COMMUNITY: _("Community projects"),
    EDUCATION: _("Education"),
    RESERVE: _("Reserve"),
}


class ChartLine(Struct, frozen=True):
    """One account of the chart, or one for each party. fund: whose purpose it serves."""

    code: str
    name: Text
    fund: str = GENERAL

    @property
    def is_per_party(self) -> bool:
        return self.code.endswith(PARTY)


CHART: Mapping[str, ChartLine] = {
    line.code: line
    for line in (
        ChartLine("assets:bank", _("Bank")),
        ChartLine("assets:cash", _("Cash")),
        ChartLine("assets:mobile-money", _("Mobile money")),
        ChartLine("assets:clearing", _("Clearing, under way")),
        ChartLine("assets:deposits", _("Deposits, wherever they are kept")),
        ChartLine("assets:deposits-left:{party}", _("Deposits that we left")),
        ChartLine("assets:dues:{party}", _("Dues to come")),
        ChartLine("assets:receivable:{party}", _("Owed to us")),
        ChartLine("assets:partner:{party}", _("Owed to us by a coop")),
        ChartLine("assets:obligations:{party}", _("Owed to us by a coop, acknowledged")),
        ChartLine("assets:input-tax", _("Tax paid, to reclaim")),
        ChartLine("liabilities:tax", _("Tax collected, to pass on")),
        ChartLine("liabilities:payable:{party}", _("We owe")),
        ChartLine("liabilities:partner:{party}", _("We owe a coop")),
        ChartLine("liabilities:obligations:{party}", _("We owe a coop, acknowledged")),
        ChartLine("liabilities:deposits:{party}", _("Deposits to give back")),
        ChartLine("liabilities:time-credit:{party}", _("Hours in credit")),
        ChartLine("liabilities:community:{party}", _("Due to community projects"), COMMUNITY),
        ChartLine("equity:opening", _("Brought in at the start")),
        ChartLine("equity:surplus", _("Surplus of earlier years")),
        ChartLine("equity:reserve", _("Reserve"), RESERVE),
        ChartLine("equity:education", _("Education fund"), EDUCATION),
        ChartLine("equity:community", _("Community fund"), COMMUNITY),
        ChartLine("equity:time-bank", _("Hours given and taken")),
        ChartLine("equity:exchange", _("Currency exchange")),
        ChartLine("income:sales", _("Sales")),
        ChartLine("income:refunds", _("Sales given back")),
        ChartLine("income:platform-fees", _("Platform fees")),
        ChartLine("income:referral-fees", _("Referral fees")),
        ChartLine("income:cancellation-fees", _("Late cancellations and no-shows")),
        ChartLine("income:deposits-kept", _("Deposits kept")),
        ChartLine("income:dues", _("Dues")),
        ChartLine("income:donations", _("Donations and grants")),
        ChartLine("expenses:purchases", _("Purchases")),
        ChartLine("expenses:wages", _("Wages")),
        ChartLine("expenses:running-costs", _("Running costs")),
        ChartLine("expenses:bank-fees", _("Bank fees")),
        ChartLine("expenses:referral-fees", _("Referral fees")),
        ChartLine("expenses:cancellation-fees", _("Late cancellations and no-shows")),
        ChartLine("expenses:dues", _("Dues to federations")),
        ChartLine("expenses:deposits-lost", _("Deposits lost")),
        ChartLine("expenses:community-share", _("Share for community projects"), COMMUNITY),
    )
}


def type_of(code: str) -> AccountType:
    """The type that a code begins with."""
    return AccountType(code.partition(":")[0])


def check_code(text: str) -> str:
    """A code as stored. Raises InvalidInput for the field `code`."""
    code = text.strip().lower()
    if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
        raise InvalidInput(
            {
                "code": [
                    _(
                        "Begin with assets, liabilities, equity, income or expenses, then a colon "
                        "and letters a–z, digits or dashes, such as expenses:rent."
                    )
                ]
            }
        )
    return code


def code_for(template: str, party: str | None) -> str:
    """The code of an account of the chart for one party.

    Raises ValueError when a party is missing: the recipe needs one.
    """
    if PARTY not in template:
        return template
    if not party:
        raise ValueError(f"{template} is an account of somebody: say whose")
    return template.replace(PARTY, party_key(party))


def party_key(party: str) -> str:
    """A party as the last word of a code: an opaque id as it is, an address by its host.

    Ten digits of a digest keep two parties of one host, or one spelling, apart.
    """
    if re.fullmatch(r"[a-z0-9]{1,40}", party, re.ASCII):
        return party
    host = urlsplit(party).netloc or party
    word = _NOT_IN_A_CODE.sub("-", host.lower()).strip("-")[:40].strip("-")
    return f"{word or 'party'}-{sha256(party.encode()).hexdigest()[:10]}"
