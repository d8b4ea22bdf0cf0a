"""What a line of the list of who did what is about: a name and the page of it, for a whole page of
lines at once."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from yarl import URL

from federation.storage import Reader
from node import accounts, audit, council, listings, members, policies
from node.audit import AuditLine
from node.i18n import Text, _


class Thing(Struct, frozen=True):
    """text: what it is called; href: its page, empty where it has none."""

    text: Text
    href: str = ""


_PAGES: Mapping[str, tuple[Text, str]] = {
    "agreements": (_("this agreement"), "/agreements/{}"),
    "hours": (_("this work"), "/hours/{}"),
    "joining": (_("this application"), "/applications/{}"),
    "vouching": (_("this request"), "/vouching/{}"),
    "webhooks": (_("this program"), "/settings/webhooks/{}"),
    "referrals": (_("this referral"), "/referrals/{}"),
    "clearing": (_("this claim"), "/owed/{}"),
}
"""Where things of an area lie that have no name of their own."""
_OF_BOOKS = "account"


async def things_of(
    reader: Reader, lines: Sequence[AuditLine], coops: Mapping[str, str]
) -> dict[str, Thing]:
    """By the ids and names that lines are about. coops: names of coops by their address."""
    found: dict[str, Thing] = {}
    areas = {line.what.partition(".")[0] for line in lines}
    everything = {one.subject for one in lines} - {audit.LEFT}
    for account_id, name in (await accounts.names(reader, everything)).items():
        found[account_id] = Thing(name, f"/audit?{_query(actor=account_id)}")
    for member_id, name in (await members.names(reader, everything)).items():
        found[member_id] = Thing(name, f"/members/{member_id}")
    for listing_id, title in (await listings.titles(reader, everything)).items():
        found[listing_id] = Thing(title, f"/listings/{listing_id}")
    if areas & {"council", "group"}:
        found |= await _of_council(reader)
    for line in lines:
        if line.subject not in found and (thing := _plain(line, coops)):
            found[line.subject] = thing
    return found


def _plain(line: AuditLine, coops: Mapping[str, str]) -> Thing | None:
    """What can be said without looking it up."""
    area, _dot, verb = line.what.partition(".")
    if line.subject in coops:
        page = URL("/coops") / (URL(line.subject).authority)
        return Thing(coops[line.subject], str(page))
    if line.subject in policies.REGISTRY:
        key = policies.REGISTRY[line.subject]
        return Thing(key.description, f"/policies/{line.subject}")
    if line.what.startswith("listings.case-"):
        return Thing(_("this report"), f"/moderation/{line.subject}")
    if line.what in ("ledger.enter", "ledger.reverse"):
        return Thing(_("this entry"), f"/ledger/entries/{line.subject}")
    if area == "ledger" and verb.endswith(_OF_BOOKS):
        return Thing(str(line.detail.get("code", "")) or _("this account"))
    if area in ("peers", "domains", "ledger", "node"):
        return Thing(line.subject)
    if area in _PAGES and verb not in ("set-form", "call", "line", "statement"):
        text, page_of = _PAGES[area]
        return Thing(text, page_of.format(line.subject))
    return None


async def _of_council(reader: Reader) -> dict[str, Thing]:
    found = {
        view.id: Thing(view.name or view.host, f"/council/federations/{view.id}")
        for view in await council.federations(reader)
    }
    proposals = await council.proposals(reader)
    return found | {
        view.id: Thing(view.title, f"/council/proposals/{view.id}") for view in proposals
    }


def _query(**asked: str) -> str:
    return URL("").with_query(asked).query_string
