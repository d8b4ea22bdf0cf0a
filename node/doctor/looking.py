"""The looks from outside for a page: in the background, told as they come, and kept."""

from collections.abc import Sequence

from federation.guard import Guard
from node import alerts
from node.doctor import outside
from node.doctor.findings import Finding
from node.i18n import Text
from node.runtime import Node, way_to_ourselves


async def look_from_outside(node: Node, guard: Guard | None = None) -> None:
    """Do them all, after `alerts.begin_look`. guard: for tests, where its address is reached."""
    found: list[Finding] = []

    async def note(finding: Finding) -> None:
        found.append(finding)
        await node.write(lambda uow: alerts.note_found(uow, _told(found)))

    try:
        await outside.look(node, guard or way_to_ourselves(node.config), note)
    finally:
        await node.write(alerts.end_look)


def _told(found: Sequence[Finding]) -> list[alerts.Found]:
    return [
        alerts.Found(one.check, one.state.value, *_words(one.said), one.remedy) for one in found
    ]


def _words(said: Text | str) -> tuple[str, dict[str, str]]:
    """A sentence and what fills its places: each reader has it in their own language."""
    if isinstance(said, str):
        return said, {}
    return said.message, {name: str(value) for name, value in said.values.items()}
