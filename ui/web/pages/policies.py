"""The register of rules: what holds here, where it comes from, and our own stricter choice."""

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from node import council, policies
from node.errors import InvalidInput
from node.i18n import Text, _
from node.policies import Decision, Entry, InForce, PolicyView, Preview
from ui.web.cards import Card
from ui.web.context import admin_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.policy_words import grouped, options_of, way_to_ask
from ui.web.public_facts import public_card, rules_facts
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/policies")
async def register(request: web.Request) -> web.StreamResponse:
    """Everybody can read the rules; who looks after the node sees who goes by other ones."""
    async with node_of(request).reading() as reader:
        entries = await policies.entries(reader)
        passed = await policies.passed(reader)
        votes = await council.votes_behind(reader, [one.certificate for one in passed])
        behind = await policies.behind(reader) if visitor_of(request).is_admin else []
        now = reader.now
    return await render(
        request,
        "policies/register.html",
        here="more",
        card=await _card(request, _("Our rules")),
        groups=grouped(entries),
        passed=passed,
        title_of=_titles(passed),
        known_keys=policies.REGISTRY,
        votes=votes,
        behind=behind,
        at=now,
        open_ones=[entry for entry in entries if entry.now.is_open],
        decided=[entry for entry in entries if entry.now.decisions],
    )


@routes.get("/policies/{name}")
async def rule(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        entry = await policies.entry(reader, request.match_info["name"])
    return await _page(request, entry, _typed(entry))


@routes.post("/policies/{name}")
async def choose(request: web.Request) -> web.StreamResponse:
    """Show what our own choice would bring about; once that was seen, make it."""
    account, node, name = admin_of(request), node_of(request), request.match_info["name"]
    async with node.reading() as reader:
        entry = await policies.entry(reader, name)
    form = await read_form(request)
    typed = ", ".join(str(text) for text in form.getall("value", []))
    try:
        stored = policies.stored_from(entry.key.kind, typed)
        if form.get("step") == "choose":
            await node.write(lambda uow: policies.choose(uow, name, stored, by=account.id))
            return see_other(f"/policies/{name}", told="saved")
        async with node.reading() as reader:
            preview = await policies.preview(reader, name, stored)
    except InvalidInput as error:
        complaints = [text for texts in error.fields.values() for text in texts]
        return await _page(request, entry, typed, errors=complaints, status=422)
    return await _page(request, entry, typed, preview=preview)


@routes.post("/policies/{name}/lapse")
async def lapse(request: web.Request) -> web.StreamResponse:
    """Take our own choice back."""
    account = admin_of(request)
    name = request.match_info["name"]
    key = policies.key_named(name)
    await node_of(request).write(lambda uow: policies.lapse(uow, key, by=account.id))
    return see_other(f"/policies/{name}", told="withdrawn")


def _titles(passed: Sequence[PolicyView]) -> Callable[[InForce[Any] | Decision[Any]], str]:
    """What the policy behind a value is called; its identifier where it has no title."""
    titles: dict[tuple[str | None, str, str], str] = {
        (one.federation, one.policy_id, one.version): one.title for one in passed
    }
    return lambda one: titles.get((one.federation, one.policy, one.version)) or one.policy


def _typed(entry: Entry) -> str:
    value = entry.ours.value if entry.ours else entry.now.value
    return policies.typed_from(entry.key.kind, entry.key.kind.write(value))


async def _card(request: web.Request, title: Text) -> Card | None:
    address, path = node_of(request).config.address, request.path
    return await public_card(request, path, title, rules_facts(address, path, title))


async def _page(
    request: web.Request,
    entry: Entry,
    typed: str,
    *,
    preview: Preview | None = None,
    errors: list[Text] | None = None,
    status: int = 200,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        passed = await policies.passed(reader)
    shown: dict[str, Any] = {
        "entry": entry,
        "title_of": _titles(passed),
        "key": entry.key,
        "typed": typed,
        "chosen": [word.strip() for word in typed.split(",")],
        "way": way_to_ask(entry.key),
        "options": options_of(entry.key),
        "mode_words": policies.MODE_WORDS[entry.key.mode],
        "preview": preview,
        "errors": errors or [],
        "card": await _card(request, entry.key.description),
    }
    return await render(request, "policies/rule.html", status=status, here="more", **shown)
