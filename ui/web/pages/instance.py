"""What directories of the fediverse ask any server, in Mastodon's form: who we are, for reading.

There is no more of Mastodon's API here, and none of it is for its apps. Numbers that the coop does
not show on its own page are null.
"""

from aiohttp import web

from federation.ourselves import REPOSITORY, CoopProfile, software_version
from node import joining, peers
from node.peers import Figure, Told
from node.runtime import Node
from ui.web.context import node_of

routes = web.RouteTableDef()
_LOGO_SIZE = 800
_HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


@routes.get("/api/v1/instance")
async def first(request: web.Request) -> web.StreamResponse:
    """https://docs.joinmastodon.org/entities/V1_Instance/"""
    node = node_of(request)
    profile, told, mail, is_open = await _said(node)
    figures = dict(told.figures)
    document = {
        "uri": node.config.authority,
        "title": profile.name,
        "short_description": profile.summary,
        "description": told.story_html or profile.summary,
        "email": mail,
        "version": _version(),
        "urls": {},
        "stats": {
            "user_count": figures.get(Figure.MEMBERS),
            "status_count": figures.get(Figure.LISTINGS),
            "domain_count": figures.get(Figure.COOPS),
        },
        "thumbnail": _thumbnail(node, told),
        "languages": list(profile.languages) or [node.config.language],
        "registrations": is_open,
        "approval_required": True,
        "invites_enabled": False,
        "configuration": {},
        "contact_account": None,
        "rules": [],
    }
    return web.json_response(document, headers=_HEADERS)


@routes.get("/api/v2/instance")
async def second(request: web.Request) -> web.StreamResponse:
    """https://docs.joinmastodon.org/entities/Instance/"""
    node = node_of(request)
    profile, told, mail, is_open = await _said(node)
    join = f"{node.config.address}/join" if is_open else None
    document = {
        "domain": node.config.authority,
        "title": profile.name,
        "version": _version(),
        "source_url": REPOSITORY,
        "description": profile.summary,
        "usage": {"users": {"active_month": None}},
        "thumbnail": {"url": _thumbnail(node, told)},
        "languages": list(profile.languages) or [node.config.language],
        "configuration": {},
        "registrations": {
            "enabled": is_open,
            "approval_required": True,
            "message": None,
            "url": join,
        },
        "contact": {"email": mail, "account": None},
        "rules": [],
    }
    return web.json_response(document, headers=_HEADERS)


async def _said(node: Node) -> tuple[CoopProfile, Told, str, bool]:
    async with node.reading() as reader:
        ways = (await peers.our_telling(reader)).contact
        return (
            await node.profile(reader),
            await peers.told_by_us(reader),
            next((way for way in ways if "@" in way and " " not in way), ""),
            await joining.is_open(reader),
        )


def _version() -> str:
    """Who looks for Mastodon's version finds whose this is."""
    return f"{software_version()} (Rochdale)"


def _thumbnail(node: Node, told: Told) -> str:
    base = node.config.address
    return base + told.logo.at(_LOGO_SIZE) if told.logo else f"{base}/weave/{node.weave}.svg"
