"""Two coops in a federation, as far along as an example of the API needs them to be."""

from typing import Any

from node import accounts, council
from node.accounts import Role
from node.council import Named
from tests.stories.council import CLASSES, Council
from tests.support.town import Coop, Town


async def ready(town: Town, coop: Coop, path: str, body: dict[str, Any]) -> tuple[str, Any]:
    """The id that a path of the council takes now, and the body that fits it."""
    five = Council(town, "portici", CLASSES | {"charter": council.DEFAULT_CLASSES["charter"]})
    match path.removeprefix("/api/v1"):
        case "/federations":
            await five.meet()
            return "", body | {"coops": [five.host.uri]}
        case "/federations/{id}":
            await five.invite()
            views = await coop.read(council.federations)
            return next(view.id for view in views if view.state == "invited"), body
        case "/proposals":
            await five.settle()
            number = await _active(coop)
            await coop.write(council.name_delegates, number, [await _admin(coop)], by="operator")
            await five.settle()
            return "", body | {"federation": number}
        case "/federations/{id}/charter" | "/federations/{id}/keys":
            return await _active(coop), body
        case "/proposals/{id}":
            await five.settle()
        case "/proposals/{id}/ballots":
            await five.settle()
            await five.wait(days=26)
            await five.wait(days=1)
    [view] = await coop.read(council.proposals)
    return view.id, body


async def _active(coop: Coop) -> str:
    views = await coop.read(council.federations)
    found: str = next(view.id for view in views if view.state == "active")
    return found


async def _admin(coop: Coop) -> Named:
    admin = await coop.read(accounts.by_handle, "admin")
    roles = {Role.ADMIN, Role.MEMBER, Role.DELEGATE}
    await coop.write(accounts.set_roles, admin.id, roles, by="operator")
    return Named(admin.id)
