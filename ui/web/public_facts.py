"""What the public pages beside the coop's own and its listings say to search engines: schema.org.

As in `cards`: only what anybody can see on the page, and nothing to whoever is signed in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web
from yarl import URL

from federation.ourselves import CoopProfile
from node.council import Told as Proposal
from node.group import GroupView
from node.i18n import Text
from node.offices import Committee, Holding
from node.peers import PeerView, Told
from ui.web.cards import Card, coop_card, coop_facts
from ui.web.context import node_of, visitor_of

Facts = Mapping[str, Any]


async def public_card(
    request: web.Request, path: str, title: Text, facts: Facts | None = None
) -> Card | None:
    """The card of one of these pages for a stranger. facts: of what it is about; None: of us."""
    if visitor_of(request).account is not None:
        return None
    node = node_of(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
    return coop_card(node.config.address, node.weave, profile, path, title, facts)


def neighbour_facts(peer: PeerView, told: Told) -> Facts:
    """Of another coop, as it told us."""
    return _said(
        {
            "@type": "Organization",
            "@id": peer.uri,
            "name": peer.name,
            "url": f"{URL(peer.uri).origin()}/",
            "description": peer.summary,
            "address": peer.place,
            "legalName": told.line("legal-name"),
            "foundingDate": told.line("founded-on"),
            "keywords": list(told.lines("sectors")),
            "areaServed": told.line("area"),
            "sameAs": told.line("register-page"),
            "knowsLanguage": list(told.languages),
        }
    )


def federation_facts(shown: GroupView, found: Iterable[Proposal]) -> Facts:
    """Of a federation whose log is kept here, and what it decides in public."""
    return _said(
        {
            "@type": "Organization",
            "@id": shown.uri,
            "name": shown.name,
            "url": shown.uri,
            "subjectOf": [
                _page(f"{shown.uri}/proposals/{one.view.name}", one.title) for one in found
            ],
        }
    )


def proposal_facts(page: str, shown: Proposal, federation_uri: str, federation: str) -> Facts:
    """Of what a federation decides."""
    about = {"@type": "Organization", "@id": federation_uri, "name": federation}
    return {**_page(page, shown.title), "about": about}


def rules_facts(address: str, path: str, title: Text) -> Facts:
    """Of our rules, or of one."""
    return {**_page(address + path, title), "publisher": {"@id": f"{address}/coop"}}


def offices_facts(address: str, profile: CoopProfile, held: Iterable[Holding]) -> Facts:
    """Who holds which office with us."""
    return {**coop_facts(address, profile), "member": [_role(one) for one in held]}


def committee_facts(address: str, path: str, one: Committee) -> Facts:
    """A committee of ours, and who sits in it."""
    return _said(
        {
            "@type": "Organization",
            "name": one.name,
            "url": address + path,
            "description": one.purpose,
            "parentOrganization": {"@id": f"{address}/coop"},
            "member": [_role(seat) for seat in one.held],
        }
    )


def _role(one: Holding) -> Facts:
    return {
        "@type": "OrganizationRole",
        "roleName": str(one.title),
        "startDate": one.starts_on.isoformat(),
        "endDate": one.until.isoformat(),
        "member": {"@type": "Person", "name": one.member_name},
    }


def _page(url: str, name: Text) -> dict[str, Any]:
    return {"@type": "WebPage", "@id": url, "url": url, "name": str(name)}


def _said(facts: Mapping[str, Any]) -> Facts:
    return {name: value for name, value in facts.items() if value}
