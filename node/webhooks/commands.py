"""Choosing whom to tell of what, and sending again what did not arrive."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import delete, func, insert, select, update

from federation.errors import AddressBlocked
from federation.guard import Guard
from federation.storage import Reader, UnitOfWork
from node import audit, limits, notices
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from node.notices import NoticeKind
from node.webhooks.kinds import KIND_WORDS, Kind
from node.webhooks.models import delivery_table, webhook_table
from node.webhooks.queries import WebhookView, webhook
from node.webhooks.queue import switch_off
from node.webhooks.rules import LIFE, Event, Off, State, secret_text
from protocol.errors import MalformedDocument
from protocol.iri import parse_iri, read_iri

_w, _d = webhook_table.c, delivery_table.c


class Draft(Struct, frozen=True):
    """What an admin chooses. kinds: none means all of them."""

    url: str
    kinds: Collection[str] = ()
    description: str = ""


async def create(
    uow: UnitOfWork, draft: Draft, guard: Guard, *, by: str | None
) -> tuple[WebhookView, str]:
    """Tell a program from now on; returns its secret too, which nobody is shown again.

    guard: what this node may dial. Raises InvalidInput, Conflict.
    """
    tidy = _checked(draft, guard)
    if (await uow.scalar(select(func.count()).select_from(webhook_table)) or 0) >= limits.WEBHOOKS:
        raise Conflict(_("There are too many webhooks already. Remove one first."), "too-many")
    secret = uow.entropy.token(limits.SECRET_BYTES)
    new_id = uow.new_id()
    await uow.execute(
        insert(webhook_table).values(
            id=new_id,
            url=tidy.url,
            secret=secret,
            description=tidy.description,
            kinds=list(tidy.kinds),
            created_at=uow.now,
        )
    )
    await audit.record(uow, by or audit.OPERATOR, "webhooks.create", new_id)
    return await webhook(uow, new_id), secret_text(secret)


async def change(
    uow: UnitOfWork,
    webhook_id: str,
    guard: Guard,
    *,
    url: str | None = None,
    kinds: Collection[str] | None = None,
    description: str | None = None,
    on: bool | None = None,
    by: str | None,
) -> WebhookView:
    """Change what is given. on: send there, or no longer. Raises NotFound, InvalidInput."""
    before = await webhook(uow, webhook_id)
    draft = Draft(
        before.url if url is None else url,
        before.kinds if kinds is None else kinds,
        before.description if description is None else description,
    )
    # What was chosen long ago may be beyond reach by now; it can be switched off all the same.
    is_called = url is not None or on is True
    tidy = _checked(draft, guard if is_called else None)
    said = {"url": tidy.url, "kinds": list(tidy.kinds), "description": tidy.description}
    await uow.execute(update(webhook_table).where(_w.id == webhook_id).values(said))
    if on is True and before.off_at is not None:
        await _switch_on(uow, webhook_id)
    if on is False and before.off_at is None:
        await switch_off(uow, webhook_id, Off.BY_HAND)
    await audit.record(uow, by or audit.OPERATOR, "webhooks.change", webhook_id)
    return await webhook(uow, webhook_id)


async def remove(uow: UnitOfWork, webhook_id: str, *, by: str | None) -> None:
    """Tell it nothing more, and forget what was sent there. Raises NotFound."""
    await webhook(uow, webhook_id)
    await uow.execute(delete(webhook_table).where(_w.id == webhook_id))
    await notices.withdraw(uow, NoticeKind.WEBHOOK_OFF, webhook_id)
    await audit.record(uow, by or audit.OPERATOR, "webhooks.remove", webhook_id)


async def replay(
    uow: UnitOfWork, webhook_id: str, deliveries: Sequence[str] | None = None, *, by: str | None
) -> int:
    """Send messages again, also such as arrived; without a choice all that were given up.

    How many. Each keeps its id, by which the program there knows it again. Raises NotFound,
    Conflict while the webhook is off or a message is on its way.
    """
    if (await webhook(uow, webhook_id)).off_at is not None:
        raise Conflict(_("This webhook is off. Switch it on, then send again."), "webhook-off")
    chosen = await _chosen(uow, webhook_id, deliveries)
    again = {
        "state": LIFE.initial.value,
        "tries": 0,
        "next_attempt_at": uow.now,
        "give_up_at": uow.now + limits.WEBHOOK_TRIED_FOR,
    }
    if chosen:
        await uow.execute(update(delivery_table).where(_d.id.in_(chosen)).values(again))
    detail = {"messages": len(chosen)}
    await audit.record(uow, by or audit.OPERATOR, "webhooks.replay", webhook_id, detail)
    return len(chosen)


async def _chosen(reader: Reader, webhook_id: str, deliveries: Sequence[str] | None) -> list[str]:
    theirs = select(_d.id, _d.state).where(_d.webhook_id == webhook_id).order_by(_d.id)
    if deliveries is None:
        failed = theirs.where(_d.state == State.FAILED.value).limit(limits.WEBHOOK_REPLAYED)
        return [row.id for row in await reader.rows(failed)]
    rows = await reader.rows(theirs.where(_d.id.in_(deliveries)))
    if len(rows) < len(set(deliveries)):
        raise NotFound(_("This is not in the log (any more)."))
    for row in rows:
        LIFE.next_state(State(row.state), Event.REPLAY)
    return [row.id for row in rows]


async def _switch_on(uow: UnitOfWork, webhook_id: str) -> None:
    chosen = update(webhook_table).where(_w.id == webhook_id)
    await uow.execute(chosen.values(off_at=None, off_reason=None, failing_since=None))
    await notices.withdraw(uow, NoticeKind.WEBHOOK_OFF, webhook_id)


def _checked(draft: Draft, guard: Guard | None) -> Draft:
    """The choice as stored. guard: None to leave the address alone. Raises InvalidInput, all at
    once."""
    url, description = draft.url.strip(), " ".join(draft.description.split())
    problems: dict[str, list[Text]] = {}
    if guard is not None and (complaint := _complaint(url, guard)):
        problems["url"] = [complaint]
    if len(description) > limits.NAME_LONGEST or not description.isprintable():
        problems["description"] = [
            _("Say it in one line of at most %(n)s characters.", n=limits.NAME_LONGEST)
        ]
    if set(draft.kinds) - set(KIND_WORDS):
        problems["events"] = [_("Choose from: %(names)s.", names=", ".join(KIND_WORDS))]
    if problems:
        raise InvalidInput(problems)
    chosen = set(draft.kinds) or set(KIND_WORDS)
    kinds = tuple(kind.value for kind in Kind if kind in chosen)
    return replace(draft, url=url, kinds=kinds, description=description)


def _complaint(url: str, guard: Guard) -> Text | None:
    """Why nothing can be sent to an address; None if it can."""
    try:
        guard.check(iri := read_iri(url))
        parse_iri(url, insecure_hosts=guard.insecure_hosts)
    except MalformedDocument:
        return _("Write the address of the program that is to be told, beginning with https://.")
    except AddressBlocked:
        return _(
            "This is a development node: it calls only the addresses that it was given as peers. "
            "Name %(host)s under dev_peers, then start the node again.",
            host=iri.origin.authority,
        )
    return None
