"""What the grocer says when it asks: a plain order's terms, and those of a node of our kind."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from federation.handlers import RefusedBy
from node import agreements
from node.agreements import Cancellation
from node.agreements.terms import Line, Rate, Terms, digest_of, tax_lines
from node.money import Money
from tests.node.agreements.conftest import START
from tests.node.agreements.peers import GROCER, LOAF, plain

THEIRS = "https://grocer.example/agreements/1"


async def newest(coop):
    found = [
        one
        for account in (coop.sam, coop.maya)
        for one in await coop.read(agreements.agreements, agreements.of_account(account))
    ]
    return found[0]


def refused(outcome, status, code=None):
    assert isinstance(outcome, RefusedBy), outcome
    assert outcome.status == status, outcome
    assert code in (None, outcome.code), outcome
    return True


def ours(listing, **changed) -> Terms:
    """Terms as a node of our kind would write them."""
    line = Line(listing.uri, "service", "Home clean", Decimal(2), "hour", (Money(1850, "GBP", 2),))
    terms = Terms(THEIRS, 1, LOAF, GROCER, (line,), START, START + timedelta(hours=2))
    return replace(terms, **changed)


def agreement(listing, terms: Terms, document=None, digest=None, **changed):
    """The Agreement document of such terms."""
    document = terms.document if document is None else document
    said = plain(GROCER, listing, total=terms.total[0].text if terms.total else "0")
    digest = digest or digest_of(document)
    return said | {"id": THEIRS, "terms": document, "termsDigest": digest} | changed


def asked_for(listing) -> Terms:
    """The terms of a first Offer of what asks for taxes, a deposit and so on: `ASKED`."""
    [line] = ours(listing).lines
    rates = (Rate("VAT", Decimal(20)), Rate("City tax", Decimal("3.5")))
    line = replace(line, taxes=rates, project="School garden")
    return ours(
        listing,
        lines=(line,),
        taxes=tax_lines((line,)),
        deposit=Money(5000, "GBP", 2),
        cancellation=Cancellation(48, 10, 60),
    )
