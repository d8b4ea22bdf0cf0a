"""Objections of a vote by consent, for people to read."""

from collections.abc import Mapping

from msgspec import Struct

from federation.storage import Reader
from node.council.count import counting
from node.council.rows import store
from node.council.state.objections import MARKS_NEEDED
from node.council.words.choices import is_objection


class Objection(Struct, frozen=True):
    """A coop's objection. marks: coops that say it has no reason, each with why."""

    coop: str
    ballot: str
    reason: str
    aim: str
    marks: Mapping[str, str]
    is_set_aside: bool


async def objections(reader: Reader, proposal_id: str) -> list[Objection]:
    """Those that stand, of each coop its last; as certified, or as it looks by now."""
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal], with_leaves=False)
    proposal = record.proposals.get(row.proposal)
    if proposal is None:
        return []
    aside = (
        set(proposal.certificate["result"].get("setAside", ())) if proposal.certificate else None
    )
    facilitator = record.class_of(proposal).get("facilitator")
    found = []
    for each in counting.last_of_each([ballot for _i, ballot in proposal.ballots]).values():
        if not is_objection(each["choice"]):
            continue
        marks = {
            coop: said["reason"] for coop, (_i, said) in proposal.marks.get(each.object, {}).items()
        }
        is_aside = len(marks) >= MARKS_NEEDED or facilitator in marks
        if aside is not None:
            is_aside = each.object in aside
        said = each["choice"]["objection"]
        found.append(
            Objection(each.coop, each.object, said["reason"], said["aim"], marks, is_aside)
        )
    return found
