"""One proposal: its text, how it counts, our ballot and its receipt, what came out."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from federation.storage import UnitOfWork
from node import council, deliberation, policies
from node.council import Event, ProposalDetail, State
from node.errors import Conflict, InvalidInput, NodeError, NotAllowed
from node.i18n import Text, _
from ui.web import council_after
from ui.web import council_talk as talk
from ui.web import council_words as words
from ui.web import count_words as counting
from ui.web.charter_words import differences
from ui.web.context import admin_of, member_of, node_of
from ui.web.marking import marked
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.pages.asking import home_zone
from ui.web.reading import Form, read_form
from ui.web.templating import render

routes = web.RouteTableDef()

_MOST_VOTES = 10**9 - 1

RANKED = frozenset({"schulze", "stv", "irv", "ranked-pairs", "variants"})
TICKED = frozenset({"approval"})
SPOKEN = frozenset({"motion"})
CONSENT = "consent"
SHAPES = {
    **dict.fromkeys(SPOKEN, "spoken"),
    **dict.fromkeys(TICKED, "ticked"),
    **dict.fromkeys(RANKED, "ranked"),
    CONSENT: CONSENT,
}


@routes.get("/council/proposals/{id}")
async def page(request: web.Request) -> web.StreamResponse:
    member_of(request)
    return await _page(request)


@routes.post("/council/proposals/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """A step of the coop that proposed it: put a draft before the coops, or throw it away; freeze
    the text and announce the vote, or withdraw."""
    account, number = speaker_of(request), request.match_info["id"]
    match (await read_form(request)).get("do"):
        case "submit":
            return await _submit(request, account)
        case "drop":
            view = await node_of(request).write(lambda uow: _drop(uow, number, account))
            return see_other(f"/council/federations/{view}", told="council-dropped")
        case Event.FREEZE.value:
            await node_of(request).write(lambda uow: council.freeze(uow, number, by=account))
        case Event.WITHDRAW.value:
            await node_of(request).write(lambda uow: council.withdraw(uow, number, by=account))
        case _:
            raise web.HTTPBadRequest
    return see_other(f"/council/proposals/{number}", told="council-said")


async def _submit(request: web.Request, account: str) -> web.StreamResponse:
    number = request.match_info["id"]
    try:
        await node_of(request).write(lambda uow: council.submit(uow, number, by=account))
    except InvalidInput as error:
        wrong = [said for about in error.fields.values() for said in about]
        return await _page(request, status=422, wrong=wrong)
    return see_other(f"/council/proposals/{number}", told="council-proposed")


async def _drop(uow: UnitOfWork, number: str, account: str) -> str:
    """Returns the federation that it was for."""
    view = await council.place(uow, number)
    await council.drop(uow, number, by=account)
    return view.federation_id


@routes.post("/council/proposals/{id}/ballot")
async def vote(request: web.Request) -> web.StreamResponse:
    """One tap shows the ballot, the next one casts it."""
    account, data, number = member_of(request), await read_form(request), request.match_info["id"]
    async with node_of(request).reading() as reader:
        behind = await council.background(reader, number)
        turn = await council.turn_of(reader, number, account)
        if turn in council.WHY_NOT:
            raise Conflict(council.WHY_NOT[turn], "not-your-turn")
        if turn is None:
            raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    try:
        choice = _choice(data, str(behind.rule.get("method")), behind.options)
        if data.get("do") != "cast":
            return await _page(request, looked=choice)
        if turn is council.VoteTurn.ON_DEVICE:
            await _endorse(request, str(data.get("signed", "")))
        else:
            await node_of(request).write(
                lambda uow: council.cast(uow, number, choice, by=account.id)
            )
    except InvalidInput as error:
        wrong = [said for about in error.fields.values() for said in about]
        return await _page(request, status=422, wrong=wrong, typed=data)
    except NodeError as error:
        return await _page(request, status=409, wrong=[error.public_message])
    return see_other(f"/council/proposals/{number}", told="council-voted")


async def _endorse(request: web.Request, signed: str) -> None:
    """signed: by the delegate's own device; empty where it has no such key, or runs no script."""
    if not signed:
        raise Conflict(words.NOT_THIS_DEVICE, "key-elsewhere")
    number, by = request.match_info["id"], member_of(request).id
    await node_of(request).write(lambda uow: council.endorse(uow, number, signed, by=by))


@routes.get("/council/proposals/{id}/receipts/{digest}")
async def receipt(request: web.Request) -> web.StreamResponse:
    """The proof that a ballot of ours is counted, as a file that proves itself."""
    member_of(request)
    number, digest = request.match_info["id"], request.match_info["digest"]
    try:
        async with node_of(request).reading() as reader:
            data = await council.receipt_of(reader, number, digest)
    except Conflict as error:
        return await _page(request, status=409, wrong=[error.public_message])
    return json_file(data, f"receipt-{digest[-8:]}.json")


@routes.get("/council/proposals/{id}/archive")
async def archive(request: web.Request) -> web.StreamResponse:
    """The whole decision as one file, which `rochdale verify` recounts."""
    member_of(request)
    number = request.match_info["id"]
    try:
        async with node_of(request).reading() as reader:
            data = await council.archive_of(reader, number)
    except Conflict as error:
        return await _page(request, status=409, wrong=[error.public_message])
    return json_file(data, f"decision-{number}.json")


def json_file(data: bytes, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type="application/json", headers=headers)


def _choice(data: Form, method: str, options: Sequence[str]) -> Any:
    """The ballot that was filled in, in the form of its method. Raises InvalidInput."""
    if method == CONSENT:
        return _answer(data)
    if method in SPOKEN:
        said = data.get("choice")
        if said == "split":
            return _split(data)
        if said not in words.CHOICES:
            raise InvalidInput({"choice": [_("Choose yes, no, or abstain.")]})
        return said
    if method in TICKED:
        return [option for option in options if data.get(f"tick:{option}")]
    if method not in RANKED:
        raise InvalidInput({"choice": [_("This kind of vote is cast by a program of yours.")]})
    placed: dict[int, list[str]] = {}
    if data.get("next") in options:
        placed[len(options) + 1] = [str(data["next"])]
    for option in options:
        rank = whole(str(data.get(f"rank:{option}", "")), len(options))
        if rank and option != data.get("next"):
            placed.setdefault(rank, []).append(option)
    if method in ("stv", "irv") and any(len(each) > 1 for each in placed.values()):
        raise InvalidInput({"choice": [_("Give each place only once.")]})
    tiers = [placed[rank] for rank in sorted(placed)]
    return [each[0] if len(each) == 1 else each for each in tiers]


def _answer(data: Form) -> Any:
    """Consent, abstaining, or an objection with its reason and aim. Raises InvalidInput."""
    said = data.get("choice")
    if said in ("consent", "abstain"):
        return said
    reason, aim = (str(data.get(name, "")).strip() for name in ("reason", "aim"))
    if said != "objection" or not reason or not aim:
        raise InvalidInput({"choice": [_("Say why you object, and which aim it would harm.")]})
    return {"objection": {"reason": reason, "aim": aim}}


def _split(data: Form) -> Any:
    """So many votes for each answer. Raises InvalidInput."""
    typed = {word: str(data.get(f"votes:{word}", "")).strip() or "0" for word in words.SIDES}
    read = {word: whole(text, _MOST_VOTES) for word, text in typed.items()}
    if None in read.values():
        raise InvalidInput({"choice": [_("Write whole numbers of votes.")]})
    parts = [{"weight": votes, "choice": word} for word, votes in read.items() if votes]
    if len(parts) < 2:
        raise InvalidInput({"choice": [_("To split our votes, give some to each of two sides.")]})
    return {"split": parts}


async def page_with(request: web.Request, status: int, wrong: list[Text]) -> web.StreamResponse:
    """The page of the proposal, with what was wrong on top."""
    return await _page(request, status=status, wrong=wrong)


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    looked: Any = None,
    wrong: list[Text] | None = None,
    typed: Form | None = None,
) -> web.StreamResponse:
    """looked: a ballot, to be looked at before it is cast. typed: one that must be put right."""
    account, number = member_of(request), request.match_info["id"]
    node = node_of(request)
    async with node.reading() as reader:
        detail = await council.proposal(reader, number)
        behind = await council.background(reader, number)
        federation = await council.federation(reader, detail.proposal.federation_id)
        ballots = await council.ballots(reader, number) if detail.digest else []
        view = detail.proposal
        is_open = view.state is State.OPEN and view.opens_at <= node.clock.now() < view.closes_at
        turn = await council.turn_of(reader, number, account) if is_open else None
        by_device = turn is council.VoteTurn.ON_DEVICE
        to_sign = None
        if by_device and looked is not None:
            to_sign = await council.for_device(reader, number, looked, by=account.id)
        evidence = await council.found_evidence(reader, federation.id)
        names = {each.coop: each.name for each in federation.members}
        rivals = await talk.rivals(reader, detail, names)
        said = await talk.newest(reader, detail, account)
        touched = await talk.touched(reader, detail.proposal, detail.text.get("policies") or {})
        counts = await talk.counts(reader, detail, touched)
        after = await council_after.shown(reader, detail, behind.decision_class)
    text = str(detail.text.get("text", ""))
    method = str(behind.rule.get("method", "motion"))
    ours = reader.identities.coop.uri
    turns = None
    if detail.result:
        turns = await asyncio.to_thread(council.turns, detail.result, detail.weights)
    return await render(
        request,
        "council/proposal.html",
        status=status,
        here="council",
        detail=detail,
        view=view,
        federation=federation,
        behind=behind,
        members=behind.members,
        text=text,
        runs=marked(str(behind.earlier[-1]["text"]), text) if behind.earlier else None,
        lines=words.rule_lines(behind.rule, behind.rules.get("scheme", {})),
        differences=differences(behind.rules, detail.text.get("charter") or {}),
        method=method,
        shape=SHAPES.get(method, ""),
        **after,
        options=behind.options,
        labels=words.option_labels(detail.text, {one.view.option: one.coop for one in rivals}),
        rivals=rivals,
        said=said,
        can_amend=talk.can_amend(view, behind) and _speaks(request),
        is_frozen=view.state not in talk.CHANGEABLE,
        last={each.coop: each for each in ballots},
        turns=turns,
        names=names,
        counting=counting,
        turnout=turnout_of(detail, behind.rule),
        can_vote=turn is council.VoteTurn.MAY or by_device,
        by_device=by_device,
        to_sign=to_sign,
        why_not=council.WHY_NOT.get(turn, "") if turn else "",
        touched=touched,
        counts=counts,
        known_keys=policies.REGISTRY,
        looked=looked,
        wrong=wrong or [],
        typed=typed or {},
        evidence=[each for each in evidence if each.about in ("", view.name)],
        is_mover=view.mover == ours and _speaks(request),
        speaks=_speaks(request),
        is_open=said.is_open,
        life=deliberation.LIFE,
        can_change=(view.state, Event.CHANGE) in council.LIFE.table,
        steps=[
            each
            for each in (Event.FREEZE, Event.WITHDRAW)
            # What the log says may find us after the opening; nobody begins it then.
            if (view.state, each) in council.LIFE.table
            and view.state not in (State.OPEN, State.CLOSED)
        ],
        ours=ours,
        words=words,
        zone=home_zone(request),
    )


def speaker_of(request: web.Request) -> str:
    """The account of a delegate, or of whoever looks after the node. Raises NotAllowed."""
    account = member_of(request)
    if "delegate" in account.roles:
        return account.id
    return admin_of(request).id


def turnout_of(detail: ProposalDetail, rule: Any) -> dict[str, Any] | None:
    """How many votes have come, of all there are, and where the quorum lies; None before a roll."""
    if not detail.weights:
        return None
    uses_weights = rule.get("use_weights", True)
    weights = detail.weights if uses_weights else dict.fromkeys(detail.weights, 1)
    everybody = sum(weights.values())
    counted = detail.result["counted"] if detail.result else ()
    came = sum(
        weights.get(coop, 0) for coop in {*detail.voted, *(each["coop"] for each in counted)}
    )
    return {"came": came, "all": everybody, "needed": council.quorum_of(rule, everybody)}


def _speaks(request: web.Request) -> bool:
    account = member_of(request)
    return bool({"delegate", "admin"} & {str(role) for role in account.roles})
