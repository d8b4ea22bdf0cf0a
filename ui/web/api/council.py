"""The council by API: federations, proposals, ballots, and files that anybody can check."""

from typing import Any

from aiohttp import web
from msgspec import UNSET

from node import council
from node.accounts import Role
from node.council import Draft, FederationView, Named, ProposalDetail, ProposalView
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from ui.web.api.council_types import (
    BallotCast,
    BallotChoice,
    BallotItem,
    BallotList,
    BallotNew,
    BallotToSign,
    EvidenceItem,
    EvidenceList,
    FederationChange,
    FederationItem,
    FederationList,
    FederationMember,
    FederationNew,
    OwnBallot,
    ProposalChange,
    ProposalItem,
    ProposalList,
    ProposalNew,
    ProposalWhole,
)
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


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
            if stray := given.keys.keys() - {*given.accounts, *given.alternates}:
                said = _("Name these as delegates, too: %(ids)s.", ids=", ".join(sorted(stray)))
                raise InvalidInput({"keys": [said]})
            named, others = (
                [Named(each, given.keys.get(each)) for each in some]
                for some in (given.accounts, given.alternates)
            )
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
    number, by = call.path["id"], _delegate_of(call)
    if given.signed is not None:
        signed = given.signed
        digest = await call.node.write(lambda uow: council.endorse(uow, number, signed, by=by))
    elif given.choice is UNSET:
        raise InvalidInput({"choice": [_("This is nothing that one can choose here.")]})
    else:
        digest = await call.node.write(lambda uow: council.cast(uow, number, given.choice, by=by))
    return BallotCast(digest)


def _delegate_of(call: Call) -> str:
    """The account. Raises NotAllowed."""
    if Role.DELEGATE not in call.account.roles:
        raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    return call.account.id


@table.add(
    "POST",
    "/proposals/{id}/ballots/unsigned",
    "A ballot for a delegate whose key is on a device, to be signed there",
    scope="council:write",
    body=BallotChoice,
    answer=BallotToSign,
    example={"choice": "yes"},
)
async def unsigned(call: Call) -> BallotToSign:
    given: BallotChoice = call.body
    number, by = call.path["id"], _delegate_of(call)
    async with call.node.reading() as reader:
        return BallotToSign(await council.for_device(reader, number, given.choice, by=by))


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
