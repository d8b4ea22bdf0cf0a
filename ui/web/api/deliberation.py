"""Talking about proposals by API, and the rival texts beside them."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from node import council, deliberation, limits
from node.accounts import Duty
from node.council import Amended, AmendmentView
from node.deliberation import Act, CommentView, Scope
from node.errors import NotAllowed
from node.i18n import _
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import LongText, ShortText

table = EndpointTable()
CommentText = Annotated[str, Meta(min_length=1, max_length=limits.COMMENT_LONGEST)]
ReasonText = Annotated[str, Meta(max_length=limits.HIDING_REASON_LONGEST)]


class HidingItem(Struct, frozen=True):
    """coop: who hides it. scope: own (on its pages) or federation. state: hidden, appealed, upheld
    or shown."""

    id: str
    coop: str
    scope: str
    state: str
    reason: str
    hidden_at: datetime
    appeal_by: datetime
    appeal: str
    answer: str


class CommentItem(Struct, frozen=True):
    """text: Markdown; null when it was taken back, or is hidden here. answers: uri of a comment."""

    id: str
    uri: str
    coop: str
    byline: str
    text: str | None
    published_at: datetime
    edited_at: datetime | None
    answers: str | None
    mine: bool
    hidden: bool
    hidings: list[HidingItem]


class CommentList(Struct, frozen=True):
    items: list[CommentItem]
    next: str | None = None


class CommentNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """answers: id of a comment. byline: the name that is read, the account's own if none is given;
    an empty one speaks for the coop."""

    text: CommentText
    answers: ShortText | None = None
    byline: ShortText | None = None


class CommentMade(Struct, frozen=True):
    id: str


class CommentChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: edit (with text), erase, hide (with reason; everywhere: for all coops), appeal, uphold
    (with hiding and reason) or show (with hiding)."""

    event: ShortText
    text: str = ""
    reason: ReasonText = ""
    hiding: ShortText = ""
    everywhere: bool = False


class AmendmentItem(Struct, frozen=True):
    """option: its name on ballots. stands: it goes to the vote. taken: the proposal says the same
    by now."""

    digest: str
    option: str
    coop: str
    title: str
    text: str
    language: str
    policies: dict[str, Any]
    parent: str
    stands: bool
    taken: bool
    withdrawn: bool


class AmendmentList(Struct, frozen=True):
    items: list[AmendmentItem]
    next: str | None = None


class AmendmentNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole text; policies: values by key."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: LongText
    policies: dict[str, Any] = {}
    language: ShortText = "en"


class AmendmentMade(Struct, frozen=True):
    digest: str


class AmendmentChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: take (by the coop that proposed) or retract (by the coop that made it)."""

    event: ShortText
    digest: ShortText


@table.add(
    "GET",
    "/proposals/{id}/comments",
    "What is said about a proposal, in reading order",
    scope="council:read",
    answer=CommentList,
)
async def comments(call: Call) -> CommentList:
    async with call.node.reading() as reader:
        found = await deliberation.discussion(reader, call.path["id"], call.account)
    return CommentList([_comment(each, call) for each in found.comments])


@table.add(
    "POST",
    "/proposals/{id}/comments",
    "Say something about a proposal to all coops of the federation",
    scope="messages",
    body=CommentNew,
    answer=CommentMade,
    status=201,
    example={"text": "Three per cent *would do*."},
)
async def say(call: Call) -> CommentMade:
    given: CommentNew = call.body
    made = await call.node.write(
        lambda uow: deliberation.comment(
            uow,
            call.path["id"],
            given.text,
            by=call.account,
            answers=given.answers,
            byline=given.byline,
        )
    )
    return CommentMade(made)


@table.add(
    "PATCH",
    "/comments/{id}",
    "Change or take back what one said; hide a comment, or decide about an appeal",
    scope="messages",
    body=CommentChange,
    answer=CommentItem,
    example={"event": "edit", "text": "Three per cent would do."},
)
async def change_comment(call: Call) -> CommentItem:
    given: CommentChange = call.body
    await call.node.write(lambda uow: _change(uow, call, given))
    async with call.node.reading() as reader:
        return _comment(await deliberation.remark(reader, call.path["id"], call.account), call)


@table.add(
    "GET",
    "/proposals/{id}/amendments",
    "Rival texts of a proposal",
    scope="council:read",
    answer=AmendmentList,
)
async def amendments(call: Call) -> AmendmentList:
    return await _amendments(call)


@table.add(
    "POST",
    "/proposals/{id}/amendments",
    "Put a rival text beside a proposal",
    scope="council:write",
    body=AmendmentNew,
    answer=AmendmentMade,
    status=201,
    example={
        "title": "Referral fees of at most three per cent",
        "text": "Nobody takes more than three per cent for passing somebody on.",
        "policies": {"referrals.fee_ceiling_percent": "3"},
    },
)
async def amend(call: Call) -> AmendmentMade:
    given: AmendmentNew = call.body
    written = Amended(given.title, given.text, given.policies, given.language)
    made = await call.node.write(
        lambda uow: council.amend(uow, call.path["id"], written, by=call.account.id)
    )
    return AmendmentMade(made)


@table.add(
    "PATCH",
    "/proposals/{id}/amendments",
    "Take a rival text over, or withdraw one of ours",
    scope="council:write",
    body=AmendmentChange,
    answer=AmendmentList,
    example={"event": "retract", "digest": "zQmT"},
)
async def change_amendment(call: Call) -> AmendmentList:
    given: AmendmentChange = call.body
    number, by = call.path["id"], call.account.id
    match given.event:
        case "take":
            await call.node.write(lambda uow: council.take(uow, number, given.digest, by=by))
        case "retract":
            await call.node.write(lambda uow: council.retract(uow, number, given.digest, by=by))
        case _:
            raise NotAllowed(_("This is not something one can say here."), "event-unknown")
    return await _amendments(call)


async def _amendments(call: Call) -> AmendmentList:
    async with call.node.reading() as reader:
        found = await council.amendments(reader, call.path["id"])
    return AmendmentList([_amendment(each) for each in found])


async def _change(uow: Any, call: Call, given: CommentChange) -> None:
    comment, by = call.path["id"], call.account
    match given.event:
        case "edit":
            await deliberation.edit(uow, comment, given.text, by=by)
        case "erase":
            await deliberation.erase(uow, comment, by=by)
        case "hide":
            scope = Scope.FEDERATION if given.everywhere else Scope.OWN
            await deliberation.hide(uow, comment, given.reason, by=by, scope=scope)
        case "appeal":
            await deliberation.appeal(uow, given.hiding, given.reason, by=by)
        case "uphold" | "show":
            act = Act(given.event)
            await deliberation.answer(uow, given.hiding, act, given.reason, by=by)
        case _:
            raise NotAllowed(_("This is not something one can say here."), "event-unknown")


def _comment(view: CommentView, call: Call) -> CommentItem:
    is_shown = view.is_mine or view.hidden is None or call.account.looks_after(Duty.MODERATION)
    return CommentItem(
        id=view.id,
        uri=view.uri,
        coop=view.coop,
        byline=view.byline,
        text=view.text if is_shown else None,
        published_at=view.published_at,
        edited_at=view.edited_at,
        answers=view.parent,
        mine=view.is_mine,
        hidden=view.hidden is not None,
        hidings=[
            HidingItem(
                each.id,
                each.coop,
                each.scope.value,
                each.state.value,
                each.reason,
                each.hidden_at,
                each.appeal_by,
                each.appeal,
                each.answer,
            )
            for each in view.hidings
        ],
    )


def _amendment(view: AmendmentView) -> AmendmentItem:
    return AmendmentItem(
        digest=view.digest,
        option=view.option,
        coop=view.coop,
        title=view.title,
        text=view.text,
        language=view.language,
        policies=view.policies,
        parent=view.parent,
        stands=view.stands,
        taken=view.is_taken,
        withdrawn=view.is_withdrawn,
    )
