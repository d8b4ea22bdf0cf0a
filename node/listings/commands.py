"""What people of this coop can do with its listings, and what the clock does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import select, update

from federation.storage.unit_of_work import UnitOfWork
from node import audit, content, members, notices, places
from node.accounts import AccountView
from node.errors import Conflict, InvalidInput
from node.events import events
from node.i18n import _
from node.listings import index, lasting, reviewing, rules, vocabulary
from node.listings.availability.commands import drop_unfitting, rename_variants
from node.listings.checking import checked
from node.listings.events import ListingChange, ListingsChanged
from node.listings.models import LIFE, NOT_THE_OWNERS, RESTORES, Event, State, listing_table
from node.listings.publishing import Change, carry_out, keep
from node.listings.queries import own
from node.listings.redrafting import draft_of
from node.listings.rules import COOP, ListingDraft, Terms
from node.listings.terms import check_may_offer, terms
from node.listings.views import ListingView, uri_of
from node.notices import NoticeKind

EXPIRE_AT_ONCE = 500
_OFFERED_ANEW = frozenset({Event.PUBLISH, Event.RENEW})
_NOT_OUT_YET = frozenset({State.DRAFT, State.IN_REVIEW})


async def at_hand() -> None:
    """Have loaded what it takes to write a listing, off the event loop. Await it before `create`
    and `edit`, outside of any unit of work."""
    await places.at_hand()
    await content.at_hand()


async def create(
    uow: UnitOfWork, draft: ListingDraft, *, by: str | None, publish: bool = False
) -> ListingView:
    """Write a listing; with publish it is out at once, or waits for those who look at it first.

    Await `at_hand` before, as `edit` wants, too. Raises InvalidInput.
    """
    in_force = await terms(uow)
    tidy = await checked(uow, draft, in_force, by=by, publish=publish)
    state = State.DRAFT
    if publish:
        waits = await reviewing.is_looked_at_first(uow, by)
        state = State.IN_REVIEW if waits else State.PUBLISHED
    [view] = await create_many(uow, [(tidy, state)], in_force, by=by)
    if state is State.IN_REVIEW:
        await reviewing.ask(uow, view)
    await audit.record(uow, by or audit.OPERATOR, "listings.create", view.id)
    return view


async def create_many(
    uow: UnitOfWork,
    drafts: Sequence[tuple[ListingDraft, State]],
    in_force: Terms,
    *,
    by: str | None,
) -> list[ListingView]:
    """Write many listings as lists of rows. drafts: as `rules.clean` returned them."""
    new = [_new(uow, draft, state, in_force, by=by) for draft, state in drafts]
    return await carry_out(uow, [Change(None, view) for view in new])


async def edit(
    uow: UnitOfWork, listing_id: str, draft: ListingDraft, *, by: str | None, expected_version: int
) -> ListingView:
    """Replace what a listing says, draft being of its `latest`; saving without a change changes
    nothing. Where listings are looked at first, one that is out stays as it was until somebody has
    looked at its new words.

    Raises Conflict when somebody else was quicker, or when it was taken down; InvalidInput.
    """
    before = await own(uow, listing_id)
    if before.version != expected_version:
        raise Conflict(
            _("Somebody changed this listing meanwhile. Look at it again, then change it."),
            "edited-meanwhile",
        )
    if before.state is State.RETIRED:
        raise Conflict(_("This listing was taken down, and that is final."), "listing-state")
    in_force = await terms(uow)
    tidy = await checked(uow, draft, in_force, by=by, before=before.latest)
    if before.state is State.PUBLISHED:
        await members.check_takes_part(uow, before.by)
    waits = await reviewing.waits(uow, before, by)
    [view] = await edit_many(uow, [(before, tidy)], in_force, waits=waits)
    if view.version != before.version:
        await notices.withdraw(uow, NoticeKind.LISTING_ENDS, view.id)
        await audit.record(uow, by or audit.OPERATOR, "listings.edit", view.id)
    return view


async def edit_many(
    uow: UnitOfWork,
    edits: Sequence[tuple[ListingView, ListingDraft]],
    in_force: Terms,
    *,
    waits: bool = False,
) -> list[ListingView]:
    """Replace what many listings say. drafts: as `rules.clean` returned them; order is kept.
    waits: other words or pictures are looked at before they are out."""
    after = [_edited(uow, before, draft, in_force, waits=waits) for before, draft in edits]
    pairs = list(zip((before for before, _draft in edits), after, strict=True))
    await drop_unfitting(uow, {new.id: new.kind for old, new in pairs if new.kind != old.kind})
    await rename_variants(uow, pairs)
    changed = [(old, new) for old, new in pairs if new is not old]
    felt = [Change(old, new) for old, new in changed if new.updated_at != old.updated_at]
    await keep(uow, [new for old, new in changed if new.updated_at == old.updated_at])
    done = await carry_out(uow, felt)
    for old, new in changed:
        await reviewing.follow(uow, old, new)
    by_id = {view.id: view for view in done}
    return [by_id.get(view.id, view) for view in after]


def loses_change(before: ListingView, draft: ListingDraft) -> bool:
    """Whether a change that waits for nobody would be in place of one that waits or was sent back,
    and says something else. Pure."""
    said, waiting = _said(before, draft), before.rewritten or {}
    is_replaced = reviewing.at_once(before, said).rewritten is None
    return is_replaced and any(getattr(said, name) != new for name, new in waiting.items())


async def change_state(
    uow: UnitOfWork, listing_id: str, event: str, *, by: str | None
) -> ListingView:
    """publish, pause, resume, renew, retire or take-back; what is looked at first is sent in by
    publish. What runs out is offered for another term by renew. Of what is out, take-back drops
    what was rewritten.

    Raises Conflict naming what is possible instead, and InvalidInput for what is offered anew and
    breaks the rules of today; what is only resumed stays as it was.
    """
    before = await own(uow, listing_id)
    if event not in set(Event) - NOT_THE_OWNERS:
        raise InvalidInput({"event": [_("There is no such step.")]})
    taken = Event(event)
    if taken is Event.TAKE_BACK and before.rewritten:
        return await _drop_change(uow, before, by=by)
    if taken is Event.PUBLISH and await reviewing.is_looked_at_first(uow, by):
        taken = Event.SUBMIT
    state = LIFE.next_state(before.state, taken)
    in_force = await terms(uow)
    if event in _OFFERED_ANEW and (faults := rules.broken(draft_of(before), in_force)):
        raise InvalidInput(faults)
    if event in _OFFERED_ANEW:
        lasting.check_not_over(before.details, uow.now.date())
        await check_may_offer(uow, before.by)
    if taken is Event.RESUME:
        await members.check_takes_part(uow, before.by)
    goes_on = taken is Event.RENEW and before.state is State.PUBLISHED
    if goes_on and not lasting.ends_soon(before.updated_at, before.expires_at, uow.now):
        raise Conflict(
            _("This does not run out soon. To offer it for longer, change its last day."),
            "listing-state",
        )
    ending = replace(before, expires_on=None) if goes_on else before
    if before.rewritten is None:
        ending = replace(ending, review_note=None)
    if state is State.RETIRED:
        ending = reviewing.without_change(ending)
    after = _in_state(uow, ending, state, in_force)
    [view] = await carry_out(uow, [Change(before, after)])
    await notices.withdraw(uow, NoticeKind.LISTING_ENDS, view.id)
    if taken is Event.SUBMIT:
        await reviewing.ask(uow, view)
    await audit.record(uow, by or audit.OPERATOR, f"listings.{taken}", view.id)
    return view


async def _drop_change(uow: UnitOfWork, before: ListingView, *, by: str | None) -> ListingView:
    view = replace(reviewing.without_change(before), version=before.version + 1)
    await keep(uow, [view])
    await reviewing.follow(uow, before, view)
    await audit.record(uow, by or audit.OPERATOR, f"listings.{Event.TAKE_BACK}", view.id)
    return view


async def review(
    uow: UnitOfWork,
    listing_id: str,
    act: str,
    *,
    by: AccountView,
    expected_version: int,
    words: str = "",
) -> ListingView:
    """approve or send-back what waits to be looked at. words: what its owner reads. What is out
    keeps the state that it has: what is paused or over only says something else from now on.

    Raises NotAllowed, InvalidInput, Conflict for what waits no longer or was changed meanwhile.
    """
    before = await own(uow, listing_id)
    is_change = before.rewritten_at is not None
    if not is_change:
        LIFE.next_state(before.state, Event.APPROVE)  # what waits no longer needs no better words
    event, note = reviewing.checked(act, words, by)
    if before.version != expected_version:
        raise Conflict(
            _("Somebody changed this listing meanwhile. Look at it again, then decide."),
            "edited-meanwhile",
        )
    in_force = await terms(uow)
    if event is Event.APPROVE:
        await check_may_offer(uow, before.by)
    wanted = draft_of(before.latest)
    if event is Event.APPROVE and (faults := rules.broken(wanted, in_force)):
        raise InvalidInput(faults)
    if not is_change:
        state = LIFE.next_state(before.state, event)
        after = replace(_in_state(uow, before, state, in_force), review_note=note)
        [view] = await carry_out(uow, [Change(before, after)])
    elif event is Event.APPROVE:
        [view] = await edit_many(uow, [(before, wanted)], in_force)
    else:
        view = replace(before, rewritten_at=None, review_note=note, version=before.version + 1)
        await keep(uow, [view])
    await reviewing.tell_owner(uow, view, event, by, is_change=is_change)
    return view


async def withhold(uow: UnitOfWork, listing_id: str) -> State:
    """Nobody else has it any more, here or elsewhere; how it stood. Raises Conflict."""
    before = await own(uow, listing_id)
    await _moderate(uow, before, Event.WITHHOLD)
    return before.state


async def restore(uow: UnitOfWork, listing_id: str, stood: State) -> None:
    """Give a withheld listing back as it stood, without a new term. Raises Conflict."""
    before = await own(uow, listing_id)
    ran_out = before.expires_at is not None and before.expires_at <= uow.now
    is_over = stood is State.PUBLISHED and ran_out
    await _moderate(uow, before, RESTORES[State.EXPIRED if is_over else stood])


async def expire_due(uow: UnitOfWork) -> int:
    """End the listings whose time is over; returns how many. Peers read the end in what they have.

    Entries that ran out leave the index, mirrored ones too, and unused words the vocabulary.
    """
    over = (
        select(listing_table.c.id, listing_table.c.publication_id)
        .where(listing_table.c.state == State.PUBLISHED, listing_table.c.expires_at <= uow.now)
        .limit(EXPIRE_AT_ONCE)
    )
    rows = await uow.rows(over)
    ended = update(listing_table).where(listing_table.c.id.in_([row.id for row in rows]))
    state = LIFE.next_state(State.PUBLISHED, Event.EXPIRE)
    await uow.execute(ended.values(state=state, version=listing_table.c.version + 1))
    await index.remove_over(uow, uow.now)
    await vocabulary.forget_unused_words(uow)
    base = uow.identities.base
    changes = [
        ListingChange(row.id, uri_of(base, row.publication_id or row.id), State.PUBLISHED, state)
        for row in rows
    ]
    await events.announce(uow, ListingsChanged(tuple(changes)))
    return len(rows)


def _new(
    uow: UnitOfWork, draft: ListingDraft, state: State, in_force: Terms, *, by: str | None
) -> ListingView:
    new_id = uow.new_id()
    uri = uri_of(uow.identities.base, new_id)
    blank = ListingView.blank(new_id, uri, draft.visibility, draft.kind, draft.title, uow.now)
    written = _said(replace(blank, conditions=draft.conditions, by=by), draft)
    if state is State.DRAFT:
        return written
    if state is State.IN_REVIEW:
        return replace(written, state=state)
    if state is State.EXPIRED:
        return replace(written, state=state, published_at=uow.now)
    opened = _in_state(uow, written, State.PUBLISHED, in_force)
    return replace(opened, state=state, version=written.version, updated_at=uow.now)


def _edited(
    uow: UnitOfWork, before: ListingView, draft: ListingDraft, in_force: Terms, *, waits: bool
) -> ListingView:
    said = _said(before, draft)
    held = reviewing.held_back(before, said, uow.now)
    after = held if waits else reviewing.at_once(before, said)
    if after == before:
        return before
    if reviewing.is_same_outside(before, after):
        return replace(after, version=before.version + 1)
    runs_out = before.expires_at
    if before.state not in _NOT_OUT_YET:
        last = lasting.last_day(after.expires_on, after.details)
        runs_out = lasting.runs_out(last, uow.now, in_force)
    return replace(
        after, version=before.version + 1, updated_at=_later(uow, before), expires_at=runs_out
    )


def _said(view: ListingView, draft: ListingDraft) -> ListingView:
    """The listing with the words and facts of the draft."""
    return replace(
        view,
        visibility=draft.visibility,
        kind=draft.kind,
        title=draft.title,
        summary=draft.summary,
        body=draft.body,
        category=draft.category,
        tags=draft.tags,
        language=draft.language,
        languages=draft.languages,
        translations=draft.translations,
        place_name=draft.place,
        position=_position(view, draft),
        radius_km=draft.radius_km,
        prices=draft.prices,
        extras=draft.extras,
        conditions=draft.conditions,
        details=draft.details,
        pictures=draft.pictures,
        expires_on=draft.expires_on,
        source_id=draft.source_id,
        source=draft.source,
        by=None if draft.provider else view.by,
        team=_team(view, draft),
    )


def _team(view: ListingView, draft: ListingDraft) -> str | None:
    if not draft.provider:
        return view.team
    return None if draft.provider == COOP else draft.provider


def _position(view: ListingView, draft: ListingDraft) -> tuple[float, float] | None:
    """Where it is: as given; as before while the place reads the same; else the town it names."""
    if draft.lat is not None and draft.lon is not None:
        return draft.lat, draft.lon
    if draft.place is None:
        return None
    if draft.place == view.place_name:
        return view.position
    town = places.best(draft.place)
    return None if town is None else (town.lat, town.lon)


def _in_state(uow: UnitOfWork, before: ListingView, state: State, in_force: Terms) -> ListingView:
    after = replace(before, state=state, version=before.version + 1)
    if before.publication_id or state is State.PUBLISHED:
        after = replace(after, updated_at=_later(uow, before))
    if state is not State.PUBLISHED:
        return after
    # A named last day that is over meanwhile cannot hold for the new term.
    day = after.expires_on
    named = day if day is not None and day >= uow.now.date() else None
    return replace(
        after,
        published_at=before.published_at or uow.now,
        expires_on=named,
        expires_at=lasting.runs_out(lasting.last_day(named, after.details), uow.now, in_force),
    )


def _later(uow: UnitOfWork, before: ListingView) -> datetime:
    """Now; peers take only what is newer than what they have, so two changes never share a time."""
    return max(uow.now, before.updated_at + timedelta(microseconds=1))


async def _moderate(uow: UnitOfWork, before: ListingView, event: Event) -> None:
    state = LIFE.next_state(before.state, event)
    after = replace(before, state=state, version=before.version + 1, updated_at=_later(uow, before))
    await carry_out(uow, [Change(before, after)])
