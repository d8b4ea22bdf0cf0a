"""The council by API: federations, proposals, ballots, and files that anybody can check."""

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta, Struct

from node import council
from node.accounts import Role
from node.council import Draft, FederationView, Named, ProposalDetail, ProposalView
from node.errors import NotAllowed
from node.i18n import _
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import LongText, ShortText

table = EndpointTable()


class FederationMember(Struct, frozen=True):
    """key: its coop key in the federation, as multikey."""

    coop: str
    name: str
    key: str
    members: int


class FederationItem(Struct, frozen=True):
    """charter: the digest of its charter, by which members recognise it. stopped: why we cosign
    nothing more of its host."""

    id: str
    name: str
    charter: str | None
    host: str
    state: str
    quorum: int
    members: list[FederationMember]
    applicants: list[str]
    invited: list[str]
    log_size: int
    log_cosigned: int
    stopped: str | None


class FederationList(Struct, frozen=True):
    items: list[FederationItem]
    next: str | None = None


class FederationNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """coops: whom to found it with, by uri. facilitators: those of them that look after discussions
    for all. The rules are the ordinary ones if none are given."""

    name: ShortText
    coops: Annotated[list[ShortText], Meta(min_length=1, max_length=200)]
    classes: dict[str, Any] | None = None
    scheme: dict[str, Any] | None = None
    competences: list[ShortText] | None = None
    dummies_accepted: bool = False
    witness_quorum: ShortText | None = None
    delegate_term_days: int | None = None
    facilitators: list[ShortText] | None = None


class FederationChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: join, invite, admit, leave, delegates; hand-over, accept-handover or take-over of the
    log. coop: with invite, admit and hand-over. accounts and alternates: with delegates, ids of
    accounts."""

    event: ShortText
    coop: ShortText = ""
    accounts: list[ShortText] = []
    alternates: list[ShortText] = []


class ProposalItem(Struct, frozen=True):
    id: str
    federation: str
    title: str
    decision_class: str
    public: bool
    mover: str
    state: str
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    outcome: str | None


class OwnBallot(Struct, frozen=True):
    """counted: a quorum of coops has stored the log with it."""

    digest: str
    sequence: int
    choice: Any
    promised: bool
    seen_by: int
    counted: bool


class ProposalWhole(Struct, frozen=True):
    """charter: the charter's rules that it changes, if it does. excludes: the coop whose membership
    it ends. option_names: what each option is called. result: as certified, with its stages.
    attestations: what each coop said of it."""

    proposal: ProposalItem
    proposal_digest: str | None
    text: str
    policies: dict[str, Any]
    charter: dict[str, Any] | None
    excludes: str | None
    options: list[str]
    option_names: dict[str, str]
    weights: dict[str, int]
    missing: list[str]
    voted: list[str]
    result: dict[str, Any] | None
    attestations: dict[str, str]
    own_ballots: list[OwnBallot]


class ProposalList(Struct, frozen=True):
    items: list[ProposalItem]
    next: str | None = None


class ProposalNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put before the other coops at once. policies: values by key; options: for elections, ids of
    small letters, digits and hyphens; option_names: what they are called, where that differs.
    public: anybody may read of it. review_by, until: of its policies. confirms: proposal_digest of
    what was decided urgently. excludes: the coop whose membership is to end.
    """

    federation: ShortText
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: LongText
    decision_class: ShortText = "ordinary"
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    policies: dict[str, Any] = {}
    options: list[ShortText] = []
    option_names: dict[ShortText, ShortText] = {}
    review_by: datetime | None = None
    until: datetime | None = None
    confirms: ShortText | None = None
    excludes: ShortText | None = None
    language: ShortText = "en"
    public: bool = False


class ProposalChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: submit (a draft of ours), freeze or withdraw."""

    event: ShortText


class BallotItem(Struct, frozen=True):
    """standing: logged, timely, late or void."""

    coop: str
    choice: Any
    weight: int
    sequence: int
    digest: str
    standing: str


class BallotList(Struct, frozen=True):
    items: list[BallotItem]
    next: str | None = None


class EvidenceItem(Struct, frozen=True):
    """code: E1 to E7, as FEDERATION.md tells. proposal: its name in the log."""

    id: str
    code: str
    culprit: str
    proposal: str | None
    found_by: str
    at: datetime


class EvidenceList(Struct, frozen=True):
    items: list[EvidenceItem]
    next: str | None = None


class BallotNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """choice: "yes", "no" or "abstain", or what the method takes. signed: instead, a ballot that a
    delegate signed on their own device, as text."""

    choice: Any = None
    signed: LongText | None = None


class BallotCast(Struct, frozen=True):
    digest: str


@table.add(
    "GET",
    "/federations",
    "Federations that we belong to",
    scope="council:read",
    answer=FederationList,
)
async def federations(call: Call) -> FederationList:
    async with call.node.reading() as reader:
        return FederationList([_federation(view) for view in await council.federations(reader)])


@table.add(
    "POST",
    "/federations",
    "Invite coops to found a federation, whose log our node keeps",
    scope="admin",
    body=FederationNew,
    answer=FederationItem,
    status=201,
    example={"name": "Toad Lane Federation", "coops": ["https://portici.example/coop"]},
)
async def found(call: Call) -> FederationItem:
    given: FederationNew = call.body
    said: dict[str, Any] = {
        "classes": given.classes,
        "scheme": given.scheme,
        "competences": given.competences,
        "witness_quorum": given.witness_quorum,
        "delegate_term_days": given.delegate_term_days,
        "facilitators": given.facilitators,
    }
    said = {name: value for name, value in said.items() if value is not None}
    agreed = council.rules(given.name, dummies_accepted=given.dummies_accepted, **said)
    made = await call.node.write(
        lambda uow: council.found(uow, agreed, given.coops, by=call.account.id)
    )
    return await _one(call, made)


@table.add(
    "GET", "/federations/{id}", "One federation", scope="council:read", answer=FederationItem
)
async def federation(call: Call) -> FederationItem:
    return await _one(call, call.path["id"])


@table.add(
    "PATCH",
    "/federations/{id}",
    "Join, invite, admit, leave, say who votes for us, or change who keeps the log",
    scope="admin",
    body=FederationChange,
    answer=FederationItem,
    example={"event": "join"},
)
async def change_federation(call: Call) -> FederationItem:
    given: FederationChange = call.body
    number, by = call.path["id"], call.account.id
    match given.event:
        case "join":
            await call.node.write(lambda uow: council.join(uow, number, by=by))
        case "invite":
            await call.node.write(lambda uow: council.invite(uow, number, given.coop, by=by))
        case "admit":
            await call.node.write(lambda uow: council.admit(uow, number, given.coop, by=by))
        case "leave":
            await call.node.write(lambda uow: council.leave(uow, number, by=by))
        case "hand-over":
            await call.node.write(lambda uow: council.hand_over(uow, number, given.coop, by=by))
        case "accept-handover":
            await call.node.write(lambda uow: council.accept_handover(uow, number, by=by))
        case "take-over":
            await call.node.write(lambda uow: council.take_over(uow, number, by=by))
        case "delegates":
            named = [Named(each) for each in given.accounts]
            others = [Named(each) for each in given.alternates]
            await call.node.write(
                lambda uow: council.name_delegates(uow, number, named, others, by=by)
            )
        case _:
            raise NotAllowed(_("This is not something one can say here."), "event-unknown")
    return await _one(call, number)


@table.add(
    "GET", "/proposals", "Proposals, the newest first", scope="council:read", answer=ProposalList
)
async def proposals(call: Call) -> ProposalList:
    async with call.node.reading() as reader:
        return ProposalList([proposal_item(view) for view in await council.proposals(reader)])


@table.add(
    "POST",
    "/proposals",
    "Put something before the other coops",
    scope="council:write",
    body=ProposalNew,
    answer=ProposalItem,
    status=201,
    example={
        "federation": "01mbjm",
        "title": "Referral fees of at most five per cent",
        "text": "Nobody takes more than five per cent for passing somebody on.",
        "policies": {"referrals.fee_ceiling_percent": "5"},
        "opens_at": "2027-02-01T10:00:00Z",
        "closes_at": "2027-02-08T10:00:00Z",
        "finalize_by": "2027-02-15T10:00:00Z",
    },
)
async def propose(call: Call) -> ProposalItem:
    given: ProposalNew = call.body
    written = Draft(
        title=given.title,
        text=given.text,
        decision_class=given.decision_class,
        opens_at=given.opens_at,
        closes_at=given.closes_at,
        finalize_by=given.finalize_by,
        policies=given.policies,
        options=given.options,
        names=given.option_names,
        language=given.language,
        is_public=given.public,
        review_by=given.review_by,
        until=given.until,
        confirms=given.confirms,
        excludes=given.excludes,
    )

    async def work(uow: Any) -> str:
        made = await council.draft(uow, given.federation, written, by=call.account.id)
        await council.submit(uow, made, by=call.account.id)
        return made

    return (await _detail(call, await call.node.write(work))).proposal


@table.add(
    "GET",
    "/proposals/{id}",
    "One proposal, with its result",
    scope="council:read",
    answer=ProposalWhole,
)
async def proposal(call: Call) -> ProposalWhole:
    return await _detail(call, call.path["id"])


@table.add(
    "PATCH",
    "/proposals/{id}",
    "Put our draft before the coops, freeze our text and give notice of the vote, or withdraw it",
    scope="council:write",
    body=ProposalChange,
    answer=ProposalWhole,
    example={"event": "freeze"},
)
async def change_proposal(call: Call) -> ProposalWhole:
    given: ProposalChange = call.body
    number, by = call.path["id"], call.account.id
    match given.event:
        case "submit":
            await call.node.write(lambda uow: council.submit(uow, number, by=by))
        case "freeze":
            await call.node.write(lambda uow: council.freeze(uow, number, by=by))
        case "withdraw":
            await call.node.write(lambda uow: council.withdraw(uow, number, by=by))
        case _:
            raise NotAllowed(_("This is not something one can say here."), "event-unknown")
    return await _detail(call, number)


@table.add(
    "GET",
    "/proposals/{id}/ballots",
    "Every ballot in the log, and what becomes of it",
    scope="council:read",
    answer=BallotList,
)
async def ballots(call: Call) -> BallotList:
    async with call.node.reading() as reader:
        views = await council.ballots(reader, call.path["id"])
    return BallotList(
        [
            BallotItem(
                each.coop, each.choice, each.weight, each.sequence, each.digest, each.standing
            )
            for each in views
        ]
    )


@table.add(
    "POST",
    "/proposals/{id}/ballots",
    "Vote for our coop, or change its vote",
    scope="council:write",
    body=BallotNew,
    answer=BallotCast,
    status=201,
    example={"choice": "yes"},
)
async def vote(call: Call) -> BallotCast:
    given: BallotNew = call.body
    number, by = call.path["id"], call.account.id
    if Role.DELEGATE not in call.account.roles:
        raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    if given.signed is not None:
        signed = given.signed
        digest = await call.node.write(lambda uow: council.endorse(uow, number, signed, by=by))
    else:
        digest = await call.node.write(lambda uow: council.cast(uow, number, given.choice, by=by))
    return BallotCast(digest)


@table.add(
    "GET",
    "/proposals/{id}/ballots/{digest}/receipt",
    "The proof that a ballot is in the log that a quorum of coops has stored",
    scope="council:read",
    media=("application/json",),
)
async def receipt(call: Call) -> web.StreamResponse:
    async with call.node.reading() as reader:
        data = await council.receipt_of(reader, call.path["id"], call.path["digest"])
    return web.Response(body=data, content_type="application/json")


@table.add(
    "GET",
    "/proposals/{id}/archive",
    "A certified decision as one file, for `rochdale verify`",
    scope="council:read",
    media=("application/json",),
)
async def archive(call: Call) -> web.StreamResponse:
    async with call.node.reading() as reader:
        data = await council.archive_of(reader, call.path["id"])
    return web.Response(body=data, content_type="application/json")


@table.add(
    "GET",
    "/federations/{id}/evidence",
    "What is proven against coops that broke the rules",
    scope="council:read",
    answer=EvidenceList,
)
async def evidence(call: Call) -> EvidenceList:
    async with call.node.reading() as reader:
        await council.federation(reader, call.path["id"])
        found = await council.found_evidence(reader, call.path["id"])
    return EvidenceList(
        [
            EvidenceItem(
                each.id, each.code, each.culprit, each.about or None, each.found_by, each.at
            )
            for each in found
        ]
    )


@table.add(
    "GET",
    "/federations/{id}/evidence/{evidence}",
    "The proof as one file, for `rochdale verify`",
    scope="council:read",
    media=("application/json",),
)
async def proof(call: Call) -> web.StreamResponse:
    async with call.node.reading() as reader:
        data = await council.evidence_of(reader, call.path["id"], call.path["evidence"])
    return web.Response(body=data, content_type="application/json")


async def _one(call: Call, number: str) -> FederationItem:
    async with call.node.reading() as reader:
        return _federation(await council.federation(reader, number))


async def _detail(call: Call, number: str) -> ProposalWhole:
    async with call.node.reading() as reader:
        return _whole(await council.proposal(reader, number))


def _federation(view: FederationView) -> FederationItem:
    return FederationItem(
        id=view.id,
        name=view.name,
        charter=view.digest,
        host=view.host,
        state=view.state,
        quorum=view.quorum,
        members=[
            FederationMember(each.coop, each.name, each.key, each.members) for each in view.members
        ],
        applicants=list(view.applicants),
        invited=list(view.invited),
        log_size=view.size,
        log_cosigned=view.cosigned,
        stopped=view.stopped_because,
    )


def proposal_item(view: ProposalView) -> ProposalItem:
    return ProposalItem(
        view.id,
        view.federation_id,
        view.title,
        view.decision_class,
        view.is_public,
        view.mover,
        view.state.value,
        view.opens_at,
        view.closes_at,
        view.finalize_by,
        view.outcome,
    )


def _whole(detail: ProposalDetail) -> ProposalWhole:
    return ProposalWhole(
        proposal=proposal_item(detail.proposal),
        proposal_digest=detail.digest,
        text=str(detail.text.get("text", "")),
        policies=dict(detail.text.get("policies", {})),
        charter=detail.text.get("charter"),
        excludes=detail.text.get("excludes"),
        options=list(detail.text.get("options", [])),
        option_names=council.names_in(detail.text),
        weights=detail.weights,
        missing=list(detail.missing),
        voted=list(detail.voted),
        result=detail.result,
        attestations=detail.attestations,
        own_ballots=[
            OwnBallot(
                each.digest,
                each.sequence,
                each.choice,
                each.is_promised,
                each.seen_by,
                each.is_counted,
            )
            for each in detail.ours
        ],
    )
