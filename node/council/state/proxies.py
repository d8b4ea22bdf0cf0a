"""Proxies: a coop that does not vote itself lets another one's ballot speak for it. Pure.

A grant is for a class of decisions, or for one proposal of it, until a day; the last one in the log
stands, and one without a holder takes it back. Nobody stands in for more coops than the charter
says (GenG s. 43(5) allows two). A grant goes one step: who votes by proxy hands nothing on. It is
used only where the holder votes itself, so only then does it count for a quorum; a ballot of the
coop's own always stands before it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.council.state.heads import Head
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import procedure
from node.council.words.choices import is_split
from node.council.words.statements import Statement


class Used(Struct, frozen=True):
    """A coop that votes by proxy: by which grant, and with whose ballot."""

    coop: str
    grant: Statement
    ballot: Statement


def check(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    classes = record.rules["classes"]
    if statement["class"] not in classes:
        raise Inadmissible("class-unknown", "The charter knows no such class of decisions.")
    said = [each["sequence"] for _i, each in record.proxies if each.coop == member.coop]
    if statement["sequence"] <= max(said, default=0):
        raise Inadmissible("sequence-used", "There is a grant of this number already.", 409)
    holder = statement["holder"]
    if holder is None:
        return
    if holder == member.coop or holder not in record.members:
        raise Inadmissible("no-such-holder", "Another member of the federation stands in.")
    most = procedure.of(classes[statement["class"]]).proxies
    others = {
        coop
        for coop, grant in _standing(record, statement["class"], statement["only"]).items()
        if grant["holder"] == holder
        and coop != member.coop
        and coop in record.members
        and grant["until"] > statement["published"]
    }
    if len(others) >= most:
        raise Inadmissible("too-many-proxies", f"Nobody stands in for more than {most} here.", 409)


def used(
    record: Record,
    proposal: Proposal,
    counted: Mapping[str, Statement],
    in_time: Sequence[Head],
) -> list[Used]:
    """Who votes by proxy, given the ballots that count themselves."""
    rule = record.class_of(proposal)
    most, closes = procedure.of(rule).proxies, proposal.text["closesAt"]
    last = max((head.size for head in in_time), default=0)
    grants = _standing(record, proposal.text["class"], proposal.id, before=last)
    held: dict[str, list[Used]] = {}
    for coop, grant in grants.items():
        holder = grant["holder"]
        if coop in counted or holder not in counted or grant["until"] < closes:
            continue
        if coop in proposal.roll() and not is_split(counted[holder]["choice"]):
            held.setdefault(holder, []).append(Used(coop, grant, counted[holder]))
    # Where a grant was moved to a holder who has enough, the numbers decide, and nobody's name.
    return sorted(
        (each for some in held.values() for each in some[:most]), key=lambda one: one.coop
    )


def grants_of(record: Record, coop: str) -> list[Statement]:
    """A coop's grants that stand, one for each class and proposal."""
    found: dict[tuple[str, str | None], Statement] = {}
    for _index, each in record.proxies:
        if each.coop == coop:
            found[each["class"], each["only"]] = each
    return [each for each in found.values() if each["holder"] is not None]


def _standing(
    record: Record, of_class: str, only: str | None, before: int | None = None
) -> dict[str, Statement]:
    """The grant of each coop for a proposal: that for it alone before that for its class."""
    wide: dict[str, Statement] = {}
    narrow: dict[str, Statement] = {}
    for index, each in record.proxies:
        if each["class"] != of_class or (before is not None and index >= before):
            continue
        if each["only"] is None:
            wide[each.coop] = each
        elif each["only"] == only:
            narrow[each.coop] = each
    return {coop: each for coop, each in (wide | narrow).items() if each["holder"] is not None}
