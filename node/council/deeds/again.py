"""Bringing a proposal of ours again: a second round, or a vote where consent was not found."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from federation.storage import Reader, UnitOfWork
from node import audit
from node.council.deeds import proposing
from node.council.deeds.proposing import Draft
from node.council.rows import store
from node.council.state import rounds
from node.council.state.record import Proposal, Record
from node.council.words import charter as charters
from node.council.words import procedure
from node.errors import Conflict, NotAllowed
from node.i18n import _

_ROOM = timedelta(hours=2)
"""Beside the hours of the class, for its words to travel before notice is given."""


async def may_come_again(reader: Reader, proposal_id: str) -> str | None:
    """ "second" or "vote", if our coop can bring its proposal once more; None if it cannot."""
    row, record, found = await _ours(reader, proposal_id)
    name = rounds.next_round(record, found) if found else None
    if name is None or await store.proposal_named(reader, row.federation_id, name) is not None:
        return None
    return name.rpartition("-")[2]


async def bring_again(uow: UnitOfWork, proposal_id: str, *, by: str) -> str:
    """Put our proposal before the others once more, with the same words; returns its new id.

    It opens a week after the first vote ended, or as soon as the hours of its class allow.
    """
    row, record, found = await _ours(uow, proposal_id)
    name = rounds.next_round(record, found) if found else None
    if found is None or name is None:
        raise Conflict(_("This cannot be put to the vote once more."), "no-such-round")
    if row.mover != uow.identities.coop.uri:
        raise NotAllowed(_("Only the coop that proposed this can bring it again."), "not-the-mover")
    written = _draft(uow, record, found, name)
    made = await proposing.draft(uow, row.federation_id, written, by=by, name=name)
    await proposing.submit(uow, made, by=by)
    await audit.record(uow, by, "council.again", proposal_id, {"as": made})
    return made


def _draft(reader: Reader, record: Record, found: Proposal, name: str) -> Draft:
    text = found.text
    classes = record.rules["classes"]
    converted = procedure.of(record.class_of(found)).converts_to
    of_class = str(converted if name.endswith(rounds.VOTE) else text["class"])
    hours = classes[of_class]
    wait = charters.hours(hours, "commentHours") + charters.hours(hours, "noticeHours")
    closed = text.moment("closesAt")
    opens = max(closed + rounds.BETWEEN, (reader.now + wait + _ROOM).replace(microsecond=0))
    closes = opens + (closed - text.moment("opensAt"))
    ends = {field: text.moment(field) for field in ("reviewBy", "until") if field in text.document}
    return Draft(
        title=text["title"],
        text=text["text"],
        decision_class=of_class,
        opens_at=opens,
        closes_at=closes,
        finalize_by=closes + (text.moment("finalizeBy") - closed),
        policies=text["policies"],
        options=text["options"],
        names=text.document.get("names", {}),
        language=text["language"],
        review_by=ends.get("reviewBy"),
        until=ends.get("until"),
        confirms=text.document.get("confirms"),
        charter=text.document.get("charter"),
        excludes=text.document.get("excludes"),
        is_public=text["public"],
    )


async def _ours(reader: Reader, proposal_id: str) -> tuple[Row[Any], Record, Proposal | None]:
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal], with_leaves=False)
    is_ours = row.mover == reader.identities.coop.uri
    return row, record, record.proposals.get(row.proposal) if is_ours else None
