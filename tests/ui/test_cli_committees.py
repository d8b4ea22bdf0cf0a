"""Committees, and members who vouch for applicants, on the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from node import joining
from node.joining import Applied, Form, Particulars
from node.members import MembershipClass
from node.runtime import Node
from tests.ui.commands import folder, in_words, result, run
from ui.cli.common import on_node

__all__ = ["folder"]


def test_a_committee_is_set_up_listed_with_its_seats_and_dropped(folder: Path) -> None:
    run(folder, "member", "add", "Rosa Whitworth", "--class", "worker")
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    seat = ("office", "give", "1", "committee", "--until", until, "--decision", "Board")
    given = result(run(folder, *seat, "--name", "garden"))
    said = ("--purpose", "Beds and tools", "--decision", "Meeting of 12 May")
    made = result(run(folder, "office", "committee", "Garden", *said))
    assert (made["until"], made["seats"]) == (None, [given])
    again = result(run(folder, "office", "committee", "GARDEN", *said, "--until", until))
    assert (again["id"], again["until"]) == (made["id"], until)
    assert result(run(folder, "office", "committees")) == [again]
    assert "Rosa Whitworth" in in_words(folder, "office", "committees")
    run(folder, "office", "drop-committee", made["id"])
    [left] = result(run(folder, "office", "committees"))
    assert (left["id"], left["name"], left["seats"]) == (None, "garden", [given])
    gone = run(folder, "office", "drop-committee", made["id"], code=1)
    assert "office committees" in gone.stderr


def test_a_member_is_asked_to_vouch_and_who_vouches_is_listed(folder: Path) -> None:
    run(folder, "member", "add", "Rosa Whitworth", "--class", "worker")
    words = ("member", "sponsors", on_node(folder, applied))
    assert result(run(folder, *words)) == {"needed": 1, "sponsors": []}
    [asked] = result(run(folder, *words, "--ask", "Rosa Whitworth"))["sponsors"]
    assert (asked["name"], asked["vouches"], asked["counts"]) == ("Rosa Whitworth", None, False)
    assert in_words(folder, *words, "--ask", "Nobody Known").splitlines() == [
        "0 of 1",
        "  Rosa Whitworth: asked",
        "  Nobody Known: named, and no single active member is called so",
    ]
    assert "no such application" in run(folder, "member", "sponsors", "99", code=1).stderr


async def applied(node: Node) -> str:
    """Somebody has applied, for whom one member has to vouch."""
    form = Form(True, "", (MembershipClass.WORKER,), (), (), sponsors=1)
    ada = Particulars("Ada", phone="0161 555 0101")
    await node.write(lambda uow: joining.set_form(uow, form))
    made: Applied = await node.write(
        lambda uow: joining.apply(uow, ada, membership_class=MembershipClass.WORKER)
    )
    return made.id
