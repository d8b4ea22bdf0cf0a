"""A federation's charter by API: what it says, how it came to that, changing it; and lost keys."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from federation.storage import UnitOfWork
from node import council
from node.council import CharterChange, Draft, KeyAsked
from node.errors import NotAllowed
from node.i18n import _
from ui.web.api.council import proposal_item
from ui.web.api.council_types import ProposalItem
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import LongText, ShortText

table = EndpointTable()


class RulesChange(Struct, frozen=True):
    """proposal: ours for it. votes: as they were counted. before, after: the rules that differ."""

    at: datetime
    proposal: str
    title: str
    certificate: str
    votes: dict[str, int]
    agreed: int
    before: dict[str, Any]
    after: dict[str, Any]


class KeyWanted(Struct, frozen=True):
    """vouched: coops that said that the new key is really theirs; needed: how many must. contested:
    whether the key that they have says that it is not lost."""

    coop: str
    reason: str
    vouched: list[str]
    needed: int
    contested: bool


class CharterWhole(Struct, frozen=True):
    """charter: the digest of the first one, which names the federation. rules: those in force.
    changes: every change of them, the oldest first. keys_asked: coops that have lost their key."""

    charter: str | None
    rules: dict[str, Any]
    changes: list[RulesChange]
    keys_asked: list[KeyWanted]


class CharterAmendment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put before the other coops at once. changes: rules as the charter has them, of those that are
    to be others: name, classes, scheme, competences, witnessQuorum, delegateTermDays, facilitators,
    dummiesAccepted."""

    title: ShortText
    text: LongText
    changes: Annotated[dict[str, Any], Meta(min_length=1)]
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    language: ShortText = "en"


class KeyChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: replace (our coop's key), vouch (for that of coop), or lost (key, of a delegate, whose
    account is account). reason: with replace and vouch, for all coops to read."""

    event: ShortText
    reason: ShortText = ""
    coop: ShortText = ""
    key: ShortText = ""
    account: ShortText = ""


@table.add(
    "GET",
    "/federations/{id}/charter",
    "The rules in force, and every change of them with the vote that made it",
    scope="council:read",
    answer=CharterWhole,
)
async def charter(call: Call) -> CharterWhole:
    return await _charter(call)


@table.add(
    "POST",
    "/federations/{id}/charter",
    "Propose to change the charter",
    scope="council:write",
    body=CharterAmendment,
    answer=ProposalItem,
    status=201,
    example={
        "title": "Delegates serve for two years",
        "text": "After two years their coop names somebody anew.",
        "changes": {"delegateTermDays": 730},
        "opens_at": "2027-03-01T10:00:00Z",
        "closes_at": "2027-03-08T10:00:00Z",
        "finalize_by": "2027-03-15T10:00:00Z",
    },
)
async def amend(call: Call) -> ProposalItem:
    given: CharterAmendment = call.body
    number, by = call.path["id"], call.account.id
    written = Draft(
        title=given.title,
        text=given.text,
        decision_class="charter",
        opens_at=given.opens_at,
        closes_at=given.closes_at,
        finalize_by=given.finalize_by,
        language=given.language,
        charter=given.changes,
    )

    async def work(uow: UnitOfWork) -> str:
        made = await council.draft(uow, number, written, by=by)
        await council.submit(uow, made, by=by)
        return made

    made = await call.node.write(work)
    async with call.node.reading() as reader:
        return proposal_item((await council.proposal(reader, made)).proposal)


@table.add(
    "POST",
    "/federations/{id}/keys",
    "Replace a key that was lost or stolen, or vouch for another coop's new one",
    scope="admin",
    body=KeyChange,
    answer=CharterWhole,
    status=201,
    example={"event": "replace", "reason": "A laptop was stolen."},
)
async def change_keys(call: Call) -> CharterWhole:
    given: KeyChange = call.body
    number, by, whose = call.path["id"], call.account.id, given.account or call.account.id
    coop, reason, key = given.coop, given.reason, given.key
    match given.event:
        case "replace":
            await call.node.write(lambda uow: council.replace_key(uow, number, reason, by=by))
        case "vouch":
            await call.node.write(lambda uow: council.vouch(uow, number, coop, reason, by=by))
        case "lost":
            await call.node.write(
                lambda uow: council.lost_key(uow, number, key, account_id=whose, by=by)
            )
        case _:
            raise NotAllowed(_("This is not something one can say here."), "event-unknown")
    return await _charter(call)


async def _charter(call: Call) -> CharterWhole:
    number = call.path["id"]
    async with call.node.reading() as reader:
        return CharterWhole(
            (await council.federation(reader, number)).digest,
            dict(await council.agreed_rules(reader, number)),
            list(map(_change, await council.charter_changes(reader, number))),
            list(map(_key, await council.keys_asked(reader, number))),
        )


def _change(one: CharterChange) -> RulesChange:
    return RulesChange(
        one.at,
        one.proposal_id,
        one.title,
        one.certificate,
        dict(one.votes),
        one.agreed,
        dict(one.before),
        dict(one.after),
    )


def _key(one: KeyAsked) -> KeyWanted:
    return KeyWanted(one.coop, one.reason, list(one.vouched), one.needed, one.is_contested)
