"""What makes the demo's coops look lived in: pictures of what they offer, and an open door."""

import asyncio
from collections.abc import Mapping
from typing import Any

from federation.storage import UnitOfWork
from node import joining, media
from node.joining import ConsentText, Form, Particulars, Question
from node.listings import Picture
from node.members import MembershipClass
from node.runtime import Node
from ui.demo import drawing

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
    """Somebody applies, where coops.toml names somebody."""
    if (who := told.get("applicant")) is None:
        return
    given = Particulars(who["name"], phone=who["phone"], answers=tuple(who["answers"]))
    agreed = range(len(told["consents"]))
    await joining.apply(uow, given, membership_class=who["class"], agreed=agreed)
