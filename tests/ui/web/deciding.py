"""Two coops in a federation, as far along as an example of the API needs them to be."""

from datetime import timedelta
from typing import Any

from node import accounts, council, deliberation
from node.accounts import AccountView, Role
from node.council import Amended, Draft, Named
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
        case "/proposals/{id}/comments":
            return await _proposed(coop, five), body
        case "/comments/{id}":
            number, admin = await _proposed(coop, five), await _account(coop)
            return await coop.write(deliberation.comment, number, "Three.", by=admin), body
        case "/proposals/{id}/amendments":
            number = await _proposed(coop, five)
            if "digest" not in body:
                return number, body
            written = Amended("Three", "At most three per cent.")
            made = await coop.write(council.amend, number, written, by="operator")
            await five.settle()
            return number, body | {"digest": made}
    [view] = await coop.read(council.proposals)
    return view.id, body


async def _proposed(coop: Coop, five: Council) -> str:
    """Another proposal of the coop, under discussion."""
    await five.settle()  # what the coop says is signed with the key that the log has for it
    opens = five.town.clock.now() + timedelta(days=30)
    written = Draft(
        title="Fees",
        text="Five.",
        decision_class="ordinary",
        opens_at=opens,
        closes_at=opens + timedelta(days=7),
        finalize_by=opens + timedelta(days=14),
    )
    made: str = await coop.write(council.draft, await _active(coop), written, by="operator")
    await coop.write(council.submit, made, by="operator")
    await five.settle()
    return made


async def _active(coop: Coop) -> str:
    views = await coop.read(council.federations)
    found: str = next(view.id for view in views if view.state == "active")
    return found


async def _account(coop: Coop) -> AccountView:
    found: AccountView = await coop.read(accounts.by_handle, "admin")
    return found


async def _admin(coop: Coop) -> Named:
    admin = await _account(coop)
    roles = {Role.ADMIN, Role.MEMBER, Role.DELEGATE}
    await coop.write(accounts.set_roles, admin.id, roles, by="operator")
    return Named(admin.id)
