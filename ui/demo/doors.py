"""What makes the demo's coops look lived in: pictures of what they offer, and an open door."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from federation.storage import UnitOfWork
from node import accounts, audit, joining, listings, media, members, offices
from node.joining import ConsentText, Form, Particulars, Question
from node.listings import Complaint, Picture, SearchQuery, Viewer
from node.members import MembershipClass
from node.runtime import Node
from ui.demo import drawing

A_YEAR = timedelta(days=365)
Pictures = Mapping[str, Picture]
"""By scene; what is on one stands with the listing, in its language."""


async def hang_pictures(node: Node, script: Mapping[str, Any]) -> Pictures:
    """Draw what the coop's listings show, and keep it at the node."""
    shown = [each for entry in script["listing"] for each in entry.get("pictures", ())]
    scenes = sorted({each["scene"] for each in shown})
    contents = await asyncio.to_thread(lambda: [drawing.drawn(each) for each in scenes])
    digests = await asyncio.gather(*(node.pictures.take_ours(each) for each in contents))
    async with node.reading() as reader:
        sizes = await media.known(reader, digests)
    return {
        scene: Picture(digest, "", *sizes[digest])
        for scene, digest in zip(scenes, digests, strict=True)
    }


async def open_door(uow: UnitOfWork, told: Mapping[str, Any]) -> None:
    """Take applications, by the coop's own form. told: `joining` of coops.toml."""
    await joining.set_form(uow, form_of(told))


def form_of(told: Mapping[str, Any]) -> Form:
    """What the coop asks of whoever wants to join."""
    return Form(
        is_open=True,
        intro=told["intro"],
        classes=tuple(MembershipClass(each) for each in told["classes"]),
        questions=tuple(Question(**each) for each in told["questions"]),
        consents=tuple(ConsentText(**each) for each in told["consents"]),
    )


async def knock(uow: UnitOfWork, told: Mapping[str, Any]) -> None:
    """Those apply whom coops.toml names, and the coop takes its next step with some of them."""
    for who in told.get("applicants", ()):
        given = Particulars(who["name"], phone=who["phone"], answers=tuple(who["answers"]))
        agreed = range(len(told["consents"]))
        done = await joining.apply(uow, given, membership_class=who["class"], agreed=agreed)
        if "then" in who:
            await _answer(uow, done.id, who)


async def entrust(uow: UnitOfWork, script: Mapping[str, Any]) -> None:
    """An office is held, and something was reported, where coops.toml says so."""
    for told in script.get("offices", ()):
        holder = await accounts.by_handle(uow, told["held_by"])
        member = await members.by_account(uow, holder.id) if holder else None
        if member is None:
            continue
        first, office = uow.now.date(), offices.Office(told["office"])
        given = offices.Given(office, first, first + A_YEAR, told["decision"])
        await offices.give(uow, member.id, given, by=audit.OPERATOR)
    for told in script.get("reports", ()):
        reporter = await accounts.by_handle(uow, told["by"])
        wanted = SearchQuery(q=told["title"], origin="remote", limit=1)
        found = await listings.search(uow, wanted, Viewer("member"), uow.now)
        mirror = await listings.mirror(uow, found.hits[0].id) if found.hits else None
        if mirror is not None and reporter is not None:
            said = Complaint(told["reason"], told["words"], account=reporter.id)
            await listings.report(uow, mirror, said)


async def _answer(uow: UnitOfWork, application_id: str, who: Mapping[str, Any]) -> None:
    reviewer = await accounts.by_handle(uow, who["by"])
    await joining.step(
        uow,
        application_id,
        joining.Event(who["then"]),
        actor=joining.Actor.REVIEWER,
        by=reviewer.id if reviewer else audit.OPERATOR,
        message=who.get("words", ""),
    )
