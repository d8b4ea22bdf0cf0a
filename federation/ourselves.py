"""How this node describes itself to peers: its two actors, WebFinger, NodeInfo."""

import html
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from msgspec import Struct, field

from federation.capabilities import IMPLEMENTS
from federation.identities import Identities, Identity
from federation.storage.unit_of_work import Reader
from protocol import nodeinfo, proofs, webfinger
from protocol.errors import MalformedDocument
from protocol.keys import did_of
from protocol.vocabulary.actors import Multikey, PublicKeyPem, coop_document, node_document
from protocol.vocabulary.places import PlaceOnWire
from protocol.vocabulary.portraits import NO_PORTRAIT, Portrait
from protocol.webfinger import Handle

REPOSITORY = "https://rochdale.example/source"
COOP_USER = "coop"
NODE_USER = "node"


class CoopProfile(Struct, frozen=True):
    """What the coop says of itself to everybody. lat and lon are rounded already."""

    name: str
    summary: str = ""
    place: str | None = None
    lat: float | None = None
    lon: float | None = None
    languages: tuple[str, ...] = ()
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    policy_heads: tuple[tuple[str, str], ...] = ()
    """(digest of a federation's charter, digest of the policies the coop goes by)."""
    portrait: Portrait = NO_PORTRAIT
    """As it is told to others."""
    names: Mapping[str, str] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    """Name and summary in other languages than the first, by their tags."""
    tongue: str = ""
    """Of the summary, where that was chosen for its reader."""


Profile = Callable[[Reader], Awaitable[CoopProfile]]


def coop_actor(identities: Identities, profile: CoopProfile) -> dict[str, Any]:
    """The coop's actor document, not signed yet."""
    base, coop = identities.base, identities.coop
    place = None
    if profile.place or profile.lat is not None:
        place = PlaceOnWire(profile.place or "", profile.lat, profile.lon)
    document = coop_document(
        id_=coop.uri,
        name=profile.name,
        names=_with_first(profile),
        preferred_username=COOP_USER,
        url=f"{base}/",
        inbox=coop.inbox,
        outbox=f"{coop.uri}/outbox",
        followers=f"{coop.uri}/followers",
        following=f"{coop.uri}/following",
        catalogue=f"{coop.uri}/catalogue",
        correspondence=f"{coop.uri}/correspondence",
        shared_inbox=coop.shared_inbox,
        public_key=public_keys(coop)[0],
        multikeys=multikeys(coop),
        node=identities.node.uri,
        implements=dict(IMPLEMENTS),
        summary_html=_paragraph(profile.summary),
        summaries={tag: _paragraph(text) for tag, text in profile.summaries.items()},
        place=place,
        languages=profile.languages,
        also_known_as=(*profile.also_known_as, *_recovery_names(identities)),
        moved_to=profile.moved_to,
        policy_heads=dict(profile.policy_heads),
        key_vouchers=identities.vouchers_of(coop),
        portrait=profile.portrait,
    )
    return document | all_public_keys(coop)


def node_actor(identities: Identities, profile: CoopProfile) -> dict[str, Any]:
    """The node's own actor document, readable by anybody, that vouches for our fetches."""
    base, node = identities.base, identities.node
    document = node_document(
        id_=node.uri,
        name=profile.name,
        preferred_username=NODE_USER,
        url=f"{base}/",
        inbox=node.inbox,
        outbox=f"{node.uri}/outbox",
        shared_inbox=node.shared_inbox,
        public_key=public_keys(node)[0],
        multikeys=multikeys(node),
        implements=dict(IMPLEMENTS),
        key_vouchers=identities.vouchers_of(node),
    )
    return document | all_public_keys(node)


def signed_coop_actor(reader: Reader, profile: CoopProfile) -> dict[str, Any]:
    """The coop's actor with its own proof, as it goes into `Update` and Move checks."""
    coop = reader.identities.coop
    document = coop_actor(reader.identities, profile)
    return proofs.add_proof(document, coop.ed25519_key, coop.ed25519_key_id, reader.now)


def webfinger_document(identities: Identities, resource: str) -> dict[str, Any] | None:
    """The JRD of the coop or the node; None for any other name. Raises MalformedDocument."""
    asked = webfinger.parse_resource(resource)
    identity = _asked_for(identities, asked)
    if identity is None:
        return None
    user = COOP_USER if identity is identities.coop else NODE_USER
    return webfinger.document(
        f"acct:{user}@{identities.authority}",
        identity.uri,
        profile_page=f"{identities.base}/" if identity is identities.coop else None,
        node_actor=identities.node.uri,
    )


def is_asked_for(identities: Identities, resource: str) -> bool:
    """Whether a question of WebFinger is for the coop or the node, whom everybody may know."""
    try:
        return _asked_for(identities, webfinger.parse_resource(resource)) is not None
    except MalformedDocument:
        return False


def nodeinfo_document(number: str, profile: CoopProfile) -> dict[str, Any]:
    """NodeInfo; how many members or listings there are is nobody's business unless told."""
    return nodeinfo.document(
        number,
        software_version=software_version(),
        repository=REPOSITORY,
        node_name=profile.name,
        open_registrations=False,
        members=None,
        listings=None,
    )


def software_version() -> str:
    try:
        return version("rochdale")
    except PackageNotFoundError:
        return "0"


def _asked_for(identities: Identities, asked: Handle | str) -> Identity | None:
    if isinstance(asked, str):
        plain = asked.rstrip("/")
        if plain == identities.base:
            return identities.coop
        return identities.of(plain)
    host = identities.authority
    if asked.host not in (host, host.partition(":")[0]):
        return None
    if asked.user in (None, COOP_USER):
        return identities.coop
    return identities.node if asked.user == NODE_USER else None


def _paragraph(text: str) -> str:
    """Plain text as one paragraph of HTML."""
    return f"<p>{html.escape(text)}</p>" if text else ""


def _with_first(profile: CoopProfile) -> dict[str, str]:
    """The names by language; that of the first is the plain one."""
    return {profile.languages[0]: profile.name} | dict(profile.names) if profile.names else {}


def _recovery_names(identities: Identities) -> tuple[str, ...]:
    """The recovery key under the name by which peers know it again when our address is lost."""
    key = identities.recovery_key
    return (did_of(key),) if key else ()


def public_keys(identity: Identity) -> tuple[PublicKeyPem, ...]:
    return tuple(PublicKeyPem(key.id, key.owner, key.public) for key in identity.rsa_listed)


def multikeys(identity: Identity) -> tuple[Multikey, ...]:
    return tuple(Multikey(key.id, key.owner, key.public) for key in identity.ed25519_listed)


def all_public_keys(identity: Identity) -> dict[str, Any]:
    """While keys change hands both generations are listed; one key alone stays a plain object."""
    listed = [
        {"id": key.id, "owner": key.owner, "publicKeyPem": key.pem} for key in public_keys(identity)
    ]
    return {"publicKey": listed if len(listed) > 1 else listed[0]}
