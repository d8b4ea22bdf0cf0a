"""Conversations and notices by API, for the account whose token it is."""

from federation.storage import UnitOfWork
from node import listings, notices, threads
from node.errors import NotFound
from node.i18n import _
from node.threads import Event, MessageView, ThreadLine, Topic
from ui.web.api import thread_types, types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.noticing import page_of

table = EndpointTable()


@table.add(
    "GET",
    "/threads",
    "Your conversations; with desk=true those of your teams, or of the coop, that nobody took",
    scope="messages",
    query=thread_types.ThreadSearch,
    answer=thread_types.ThreadList,
)
async def mine(call: Call) -> thread_types.ThreadList:
    async with call.node.reading() as reader:
        lines = await threads.threads(reader, call.account, desk=call.query.desk)
    return thread_types.ThreadList([_item(line) for line in lines])


@table.add(
    "POST",
    "/threads",
    "Write to whoever offers a listing, ours or a mirror; about is its id or uri",
    scope="messages",
    body=thread_types.ThreadNew,
    answer=thread_types.Thread,
    status=201,
    example={"about": "https://pioneer.example/listings/01mbjm", "text": "Is Friday free?"},
)
async def begin(call: Call) -> thread_types.Thread:
    given: thread_types.ThreadNew = call.body
    topic, by = await _topic(call, given.about), threads.account(call.account.id)
    seat = await call.node.write(
        lambda uow: threads.open_thread(uow, by=by, to=topic.provider, about=topic, text=given.text)
    )
    return await _thread(call, seat.thread_id)


@table.add(
    "GET", "/threads/{thread}", "One conversation", scope="messages", answer=thread_types.Thread
)
async def read(call: Call) -> thread_types.Thread:
    return await _thread(call, call.path["thread"])


@table.add(
    "POST",
    "/threads/{thread}/messages",
    "Go on with a conversation",
    scope="messages",
    body=thread_types.MessageNew,
    answer=thread_types.Thread,
    status=201,
    example={"text": "Friday is fine."},
)
async def write(call: Call) -> thread_types.Thread:
    async def work(uow: UnitOfWork) -> None:
        seat = await threads.seat(uow, call.path["thread"], call.account)
        await threads.write(uow, seat, call.body.text)

    await call.node.write(work)
    return await _thread(call, call.path["thread"])


@table.add(
    "DELETE",
    "/threads/{thread}/messages/{id}",
    "Take a message of yours back; the other side is told",
    scope="messages",
    status=204,
)
async def take_back(call: Call) -> None:
    async def work(uow: UnitOfWork) -> None:
        seat = await threads.seat(uow, call.path["thread"], call.account)
        await threads.withdraw(uow, seat, call.path["id"])

    await call.node.write(work)


@table.add(
    "PATCH",
    "/threads/{thread}",
    "Mark as read, close, reopen, take from the desk, block or unblock",
    scope="messages",
    body=thread_types.ThreadChange,
    answer=thread_types.Thread,
    example={"do": "close"},
)
async def change(call: Call) -> thread_types.Thread:
    do = call.body.do

    async def work(uow: UnitOfWork) -> None:
        seat = await threads.seat(uow, call.path["thread"], call.account)
        match do:
            case "read":
                await threads.mark_read(uow, seat, call.account)
            case "claim":
                await threads.claim(uow, seat)
            case "block":
                await threads.block(uow, seat)
            case "unblock":
                await threads.unblock(uow, seat)
            case _:
                await threads.change_state(uow, seat, Event(do))

    await call.node.write(work)
    return await _thread(call, call.path["thread"])


@table.add(
    "POST",
    "/threads/{thread}/reports",
    "Report a conversation to whoever looks after this coop, and to the other coop if you like",
    scope="messages",
    body=thread_types.ReportNew,
    status=204,
    example={"reason": "They threaten me.", "tell_them": False},
)
async def report(call: Call) -> None:
    given: thread_types.ReportNew = call.body

    async def work(uow: UnitOfWork) -> None:
        seat = await threads.seat(uow, call.path["thread"], call.account)
        await threads.report(uow, seat, given.reason, tell_them=given.tell_them)

    await call.node.write(work)


@table.add(
    "DELETE",
    "/threads/{thread}",
    "Delete a conversation with somebody elsewhere, for good",
    scope="messages",
    status=204,
)
async def erase(call: Call) -> None:
    async def work(uow: UnitOfWork) -> None:
        seat = await threads.seat(uow, call.path["thread"], call.account)
        await threads.erase(uow, seat)

    await call.node.write(work)


@table.add(
    "GET", "/notices", "What was told to you, newest first", scope="messages",
    answer=types.NoticeList,
)  # fmt: skip
async def told(call: Call) -> types.NoticeList:
    async with call.node.reading() as reader:
        found = await notices.notices(reader, call.account)
    base = call.node.config.address
    return types.NoticeList(
        [
            types.Notice(
                id=one.id,
                kind=one.kind,
                text=str(one.text),
                url=base + page_of(one),
                created_at=one.created_at,
                read=one.read,
            )
            for one in found
        ]
    )


async def _topic(call: Call, about: str) -> Topic:
    base = f"{call.node.config.address}/listings/"
    async with call.node.reading() as reader:
        listing = await listings.listing(reader, about.removeprefix(base))
        if listing is not None and listings.visible(listing, call.visitor.viewer):
            return listings.topic_of(listing)
        mirror = await listings.mirror(reader, about)
        if mirror is not None and listings.mirror_visible(mirror, call.visitor.viewer):
            return listings.topic_of(mirror)
    raise NotFound(_("There is no such listing, or it is not open to you."))


async def _thread(call: Call, thread_id: str) -> thread_types.Thread:
    async with call.node.reading() as reader:
        seat = await threads.seat(reader, thread_id, call.account)
        view = await threads.thread(reader, seat)
    return thread_types.Thread(
        thread=_item(view.line),
        messages=[_message(one) for one in view.messages],
        blocked=view.blocked,
    )


def _item(line: ThreadLine) -> thread_types.ThreadItem:
    return thread_types.ThreadItem(
        id=line.id,
        state=line.state,
        about=line.about_uri,
        title=line.about_title,
        with_kind=line.other.kind,
        with_name=line.other_name,
        preview=line.preview,
        unread=line.unread,
        last_at=line.last_at,
    )


def _message(message: MessageView) -> thread_types.Message:
    return thread_types.Message(
        id=message.id,
        mine=message.mine,
        text=message.text,
        sent_at=message.sent_at,
        edited_at=message.edited_at,
        withdrawn=message.withdrawn,
        delivery=message.sent,
    )
