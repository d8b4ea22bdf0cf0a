"""Federations that a coop can ask to be let into: what we tell coops in touch with us of ours, and
what a neighbour tells of its own when somebody here asks."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from federation.documents import Answer, DocumentTable, Protected, Requester
from federation.runtime import Federation as Peers
from federation.storage import Reader
from node.council.deeds import founding
from node.council.rows import store
from node.council.rows.models import federation_table
from node.council.state.record import Record
from node.council.steps import following
from node.council.words import charter, shapes
from node.council.words.charter import Rules
from node.council.words.statements import MOST_COOPS
from node.errors import InvalidInput, NotFound
from node.i18n import _
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import new_document
from protocol.vocabulary.council import facts_of

documents = DocumentTable()

KIND = "councilFederations"
_PATH = "/federations"
_MOST = 20
_SHAPES: Mapping[str, shapes.Shape] = {
    "charterDigest": shapes.digest,
    "host": shapes.coop,
    "rules": lambda value: isinstance(value, dict),
    "coops": shapes.whole(1, MOST_COOPS),
    "quorum": shapes.whole(1, MOST_COOPS),
    "saidYes": shapes.list_of(shapes.title, MOST_COOPS),
}
_IS_TOLD = shapes.fields(_SHAPES, also=("saidYes",))


class Findable(Struct, frozen=True):
    """A federation, as a coop that belongs to it tells. said_yes: coops that would let us in, by
    their names; None if it does not know that we asked."""

    charter: str
    host: str
    rules: Rules
    coops: int
    quorum: int
    said_yes: tuple[str, ...] | None


@documents.at("/coop/federations")
async def ours(reader: Reader, requester: Requester) -> Answer:
    """Those that we belong to, with their rules, for coops in touch with us. Who else belongs to
    them is told to nobody; who has said yes, to the coop that asked."""
    if not requester.is_peer:
        return Protected()
    f = federation_table.c
    chosen = select(federation_table).where(f.state == following.ACTIVE).order_by(f.id)
    told = []
    for known in await reader.rows(chosen.limit(_MOST)):
        record = await store.record(reader, known, with_leaves=False)
        told.append(_told(record, known.host, requester.actor))
    coop = reader.identities.coop.uri
    return new_document(
        "Document",
        f"{coop}{_PATH}",
        kind=KIND,
        attributedTo=coop,
        facts={"federations": told},
    )


async def findable(peers: Peers, text: str) -> list[Findable]:
    """What the coop behind what a person typed belongs to, or the federation of that address.

    Raises InvalidInput, or what fetching raises, with a sentence for people.
    """
    coop, _slash, wanted = text.strip().partition("/federations/")
    wanted = wanted.partition("/")[0]
    uri = await peers.actors.resolve(coop)
    document = await peers.remote_documents.fetch_document(f"{uri}{_PATH}")
    listed = facts_of(document).get("federations")
    if document.get("attributedTo") != uri or not isinstance(listed, list):
        raise MalformedDocument("The federations must be a list.", code="bad-property")
    found = [_read(each) for each in listed[:_MOST]]
    return [each for each in found if wanted in ("", each.charter)]


async def ask_to_join(peers: Peers, text: str, digest: str, *, by: str) -> str:
    """Ask to be let into one of those that are found so. Returns its id here. Raises NotFound."""
    found = next((each for each in await findable(peers, text) if each.charter == digest), None)
    if found is None:
        raise NotFound(_("There is no such federation here."))
    await peers.actors.actor(found.host)
    made: str = await peers.database.write(
        lambda uow: founding.apply(uow, found.host, digest, agreed=found.rules, by=by)
    )
    return made


async def said_yes(peers: Peers, federation_id: str) -> tuple[str, ...]:
    """Who would let us in, as the coop tells that keeps the log. Raises what fetching raises."""
    async with peers.database.reading() as reader:
        known = await store.federation(reader, federation_id)
    found = await findable(peers, f"{known.host}/federations/{known.digest}")
    return found[0].said_yes or () if found else ()


def _told(record: Record, host: str, asker: str | None) -> dict[str, Any]:
    asked = [each for each in record.applications.values() if each.coop == asker]
    told = {
        "charterDigest": record.federation,
        "host": host,
        "rules": dict(record.rules),
        "coops": len(record.members),
        "quorum": record.quorum,
    }
    if not asked:
        return told
    yes = record.approvals.get(asked[-1].content, set()) & set(record.members)
    return told | {"saidYes": [record.members[coop].name for coop in sorted(yes)]}


def _read(told: Any) -> Findable:
    """Raises MalformedDocument."""
    facts = {name: told[name] for name in _SHAPES if name in told} if isinstance(told, dict) else {}
    if not _IS_TOLD(facts):
        raise MalformedDocument("A federation is not told as it should be.", code="bad-property")
    try:
        agreed = charter.read_rules(facts["rules"])
    except InvalidInput as error:
        raise MalformedDocument(str(error), code="bad-property") from None
    yes = facts.get("saidYes")
    said = None if yes is None else tuple(yes[: facts["coops"]])
    return Findable(
        facts["charterDigest"], facts["host"], agreed, facts["coops"], facts["quorum"], said
    )
