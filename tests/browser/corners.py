"""Pages that come about by what people do: money between coops, and links that work once."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from node import accounts, clearing, joining, limits, mail, privacy
from node.accounts import Purpose, Role
from tests.stories.ring import claims, sign_all
from tests.support.postbox import letters_of
from tests.ui.web.furnished import Furnished
from tests.ui.web.visitor import FROM_OURS, add_account

RENT = {
    "day": "2027-01-04",
    "text": "Rent of January",
    "currency": "GBP",
    "lines-0-account": "expenses:running-costs",
    "lines-0-debit": "480.00",
    "lines-1-account": "assets:bank",
    "lines-1-credit": "480.00",
}


@dataclass(frozen=True)
class Corner:
    """instead_of: the line of the table of rights that names nothing."""

    instead_of: str
    who: str
    path: str


async def corners(house: Furnished) -> list[Corner]:
    """Make what they show. A while has passed since everybody signed in."""
    entry = await _in_the_books(house)
    obligation, run = await _between_coops(house)
    pair = f"uri={quote(house.things['partner'], safe='')}&currency=EUR"
    account = re.search(r"/ledger/accounts/\w{26}", await _read(house, "treasurer", "/ledger"))
    assert account is not None
    code = joining.sponsor_code(house.things["applied"])
    found = [
        Corner("/ledger/entries/nothing", "treasurer", entry),
        Corner("/ledger/accounts/nothing", "treasurer", account[0]),
        Corner("/owed/with?uri={partner}&currency=GBP&nothing", "admin", f"/owed/with?{pair}"),
        Corner("/owed/nothing", "treasurer", obligation),
        Corner("/clearing/nothing", "treasurer", run),
        Corner("/sponsoring/nothing", "owner", f"/sponsoring/{code}"),
        *await _links(house),
    ]
    house.town.clock.advance(limits.SIGN_IN_FRESH * 2)
    return [*found, Corner("/confirm", "admin", "/members/contacts.vcf")]


async def _in_the_books(house: Furnished) -> str:
    treasurer = house.visitors["treasurer"]
    page = await _read(house, "treasurer", "/ledger/new")
    [key] = re.findall(r'name="key"[^>]*value="(\w+)"', page)
    written = await treasurer.post("/ledger/new", RENT | {"key": key, "do": "write"})
    assert written.status == 303, written.text
    found = re.search(r"/ledger/entries/\w{26}", await _read(house, "treasurer", "/ledger/entries"))
    assert found is not None
    return found[0]


async def _between_coops(house: Furnished) -> tuple[str, str]:
    """Both owe each other, and a run is called that sets it off."""
    here, there = house.coop, house.neighbour
    claimed = await claims(here, there, 10_000)
    await claims(there, here, 7_500)
    await house.town.settle()
    for coop in (here, there):
        await sign_all(coop)
    await house.town.settle()
    run = await here.write(clearing.call, "EUR", by="operator")
    await house.town.settle()
    return f"/owed/{claimed.id}", f"/clearing/{run.id}"


async def _links(house: Furnished) -> list[Corner]:
    """Everything that is opened from a letter, a messenger or a picture on a door."""
    here, admin = house.coop, house.accounts["admin"]
    invite = {"purpose": Purpose.INVITE, "roles": {Role.MEMBER}, "name": "Ada"}
    invited = await here.write(accounts.issue_link, **invite)
    again = await here.write(accounts.issue_link, purpose=Purpose.RECOVERY, account_id=admin.id)
    lost = {"handle": "member", "words": "My phone drowned"}
    await house.visitors["stranger"].post("/sign-in/lost", lost)
    [asked] = re.findall(r"/vouching/\w{26}", await _read(house, "secretary", "/vouching"))
    async with letters_of(here) as box:
        await here.write(mail.set_address, admin.id, "femi@lanehead.example", zone="Europe/London")
        await here.node.mail.settle()
        [confirm] = re.findall(r"/mail/confirm/\S+", box.text())
    zoe = await add_account(here, "zoe")
    left = await here.write(privacy.leave, zoe, keep_listings=False)
    return [
        Corner("/in/nothing", "stranger", invited.path),
        Corner("/in/nothing", "stranger", again.path),
        Corner("/left/nothing", "stranger", left),
        Corner("/vouching/nothing", "secretary", asked),
        Corner("/mail/confirm/nothing", "stranger", confirm),
    ]


async def _read(house: Furnished, who: str, path: str) -> str:
    return (await house.visitors[who].get(path, **FROM_OURS)).text
