"""Actors: a coop (`Organization`), its node (`Application`), a federation of coops (`Group`)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from protocol.contexts import ACTOR_CONTEXT
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import (
    as_list,
    boolean,
    by_language,
    ids,
    new_document,
    nodes,
    one_id,
    one_node,
    part,
    required_text,
    text,
    texts,
)
from protocol.vocabulary.places import PlaceOnWire, parse_place, place_document
from protocol.vocabulary.portraits import NO_PORTRAIT, Portrait, portrait_fields

ACTOR_TYPES = frozenset({"Organization", "Application", "Group", "Person", "Service"})


class PublicKeyPem(Struct, frozen=True):
    """An RSA key for HTTP signatures; the PEM is not parsed yet."""

    id: str
    owner: str
    pem: str


class Multikey(Struct, frozen=True):
    """An Ed25519 key for object proofs (FEP-521a); the multibase text is not parsed yet."""

    id: str
    controller: str
    multibase: str


class ActorProfile(Struct, frozen=True):
    """An actor as its own server describes it. `summary_html` is not sanitised."""

    id: str
    type: str
    name: str
    preferred_username: str
    inbox: str
    summary_html: str = ""
    url: str | None = None
    outbox: str | None = None
    shared_inbox: str | None = None
    followers: str | None = None
    following: str | None = None
    catalogue: str | None = None
    correspondence: str | None = None
    """Where a coop that was restored reads what passed between it and this one."""
    public_keys: tuple[PublicKeyPem, ...] = ()
    multikeys: tuple[Multikey, ...] = ()
    key_vouchers: tuple[Any, ...] = ()
    """As they were sent: see `protocol.succession`."""
    place: PlaceOnWire | None = None
    moved_to: str | None = None
    also_known_as: tuple[str, ...] = ()
    implements: tuple[str, ...] = ()
    """URIs of what its server can do (FEP-844e)."""
    node: str | None = None
    """The node actor, from `generator`."""
    languages: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    """Name and summary by language; like `summary_html` not sanitised."""
    manually_approves: bool = False
    indexable: bool = False
    suspended: bool = False


def parse_actor(document: dict[str, Any]) -> ActorProfile:
    """Read a normalised actor. Raises MalformedDocument without id, actor type or inbox.

    Keys that name another owner are left out: they would let one actor sign for another.
    """
    actor_id, type_ = required_text(document, "id"), required_text(document, "type")
    if type_ not in ACTOR_TYPES:
        raise MalformedDocument("The document is not an actor.", code="unsupported-type")
    inbox = one_id(document.get("inbox"))
    if inbox is None:
        raise MalformedDocument("The actor has no inbox.", code="missing-property")
    endpoints = one_node(document.get("endpoints")) or {}
    generator = one_node(document.get("generator")) or {}
    username = text(document, "preferredUsername") or ""
    return ActorProfile(
        id=actor_id,
        type=type_,
        name=text(document, "name") or username,
        preferred_username=username,
        inbox=inbox,
        summary_html=text(document, "summary") or "",
        url=next(iter(ids(document.get("url"))), None),
        outbox=one_id(document.get("outbox")),
        shared_inbox=one_id(endpoints.get("sharedInbox")),
        followers=one_id(document.get("followers")),
        following=one_id(document.get("following")),
        catalogue=one_id(document.get("catalogue")),
        correspondence=one_id(document.get("correspondence")),
        public_keys=tuple(_public_keys(document, actor_id)),
        multikeys=tuple(_multikeys(document, actor_id)),
        key_vouchers=tuple(as_list(document.get("keyVouchers"))),
        place=parse_place(document.get("location")),
        moved_to=one_id(document.get("movedTo")),
        also_known_as=ids(document.get("alsoKnownAs")),
        implements=ids(document.get("implements")) or ids(generator.get("implements")),
        node=one_id(document.get("generator")),
        languages=texts(document, "languages"),
        names=by_language(document, "name"),
        summaries=by_language(document, "summary"),
        manually_approves=boolean(document, "manuallyApprovesFollowers"),
        indexable=boolean(document, "indexable"),
        suspended=boolean(document, "suspended"),
    )


def public_keys_in(document: dict[str, Any]) -> tuple[PublicKeyPem, ...]:
    """The keys in what a key id leads to: a key on its own, an actor, or an actor's stub.

    The owner is what the document claims; the owner's own document must list the key too.
    """
    holder = one_id(document.get("id"))
    if "publicKeyPem" in document:
        return tuple(_public_keys({"publicKey": document}, one_id(document.get("owner"))))
    return tuple(_public_keys(document, holder))


def policy_heads_in(document: dict[str, Any]) -> dict[str, str]:
    """By which policies an actor says it goes: the digest for each federation, by its charter's."""
    said = document.get("policyHead")
    if not isinstance(said, dict):
        return {}
    return {name: head for name, head in said.items() if isinstance(head, str)}


def coop_document(
    *,
    id_: str,
    name: str,
    preferred_username: str,
    url: str,
    inbox: str,
    outbox: str,
    followers: str,
    following: str,
    shared_inbox: str,
    public_key: PublicKeyPem,
    multikeys: tuple[Multikey, ...],
    node: str,
    implements: Mapping[str, str],
    catalogue: str | None = None,
    correspondence: str | None = None,
    summary_html: str = "",
    names: Mapping[str, str] | None = None,
    summaries: Mapping[str, str] | None = None,
    place: PlaceOnWire | None = None,
    languages: tuple[str, ...] = (),
    also_known_as: tuple[str, ...] = (),
    moved_to: str | None = None,
    policy_heads: Mapping[str, str] | None = None,
    key_vouchers: tuple[dict[str, Any], ...] = (),
    portrait: Portrait = NO_PORTRAIT,
) -> dict[str, Any]:
    """A coop's actor. `implements` maps URI to name."""
    return new_document(
        "Organization",
        id_,
        ld_context=ACTOR_CONTEXT,
        preferredUsername=preferred_username,
        name=name,
        nameMap=names,
        summary=summary_html,
        summaryMap=summaries,
        **portrait_fields(portrait),
        url=url,
        inbox=inbox,
        outbox=outbox,
        followers=followers,
        following=following,
        catalogue=catalogue,
        correspondence=correspondence,
        endpoints={"sharedInbox": shared_inbox},
        manuallyApprovesFollowers=True,
        discoverable=True,
        indexable=True,
        location=place_document(place),
        languages=languages,
        alsoKnownAs=also_known_as,
        movedTo=moved_to,
        policyHead=dict(policy_heads or {}),
        publicKey=_public_key_node(public_key),
        assertionMethod=[_multikey_node(key) for key in multikeys],
        keyVouchers=key_vouchers,
        generator=part("Application", node, implements=_links(implements)),
    )


def group_document(
    *,
    id_: str,
    name: str,
    preferred_username: str,
    inbox: str,
    shared_inbox: str,
    public_key: PublicKeyPem,
    multikeys: tuple[Multikey, ...],
    node: str,
    charter: str,
    published: str,
    summary_html: str = "",
    also_known_as: tuple[str, ...] = (),
    moved_to: str | None = None,
) -> dict[str, Any]:
    """A federation of coops, which anybody may follow. It is attributed to nobody: it speaks for
    itself, and a server that asks for the owner of an actor finds the actor."""
    return new_document(
        "Group",
        id_,
        ld_context=ACTOR_CONTEXT,
        preferredUsername=preferred_username,
        name=name,
        summary=summary_html,
        url=id_,
        inbox=inbox,
        outbox=f"{id_}/outbox",
        followers=f"{id_}/followers",
        endpoints={"sharedInbox": shared_inbox},
        manuallyApprovesFollowers=False,
        discoverable=True,
        indexable=True,
        published=published,
        charterDigest=charter,
        alsoKnownAs=also_known_as,
        movedTo=moved_to,
        publicKey=_public_key_node(public_key),
        assertionMethod=[_multikey_node(key) for key in multikeys],
        generator=part("Application", node),
    )


def node_document(
    *,
    id_: str,
    name: str,
    preferred_username: str,
    url: str,
    inbox: str,
    outbox: str,
    shared_inbox: str,
    public_key: PublicKeyPem,
    multikeys: tuple[Multikey, ...],
    implements: Mapping[str, str],
    key_vouchers: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """The node's own actor, readable unsigned, that signs its fetches (FEP-2677, FEP-d556)."""
    return new_document(
        "Application",
        id_,
        ld_context=ACTOR_CONTEXT,
        preferredUsername=preferred_username,
        name=name,
        url=url,
        inbox=inbox,
        outbox=outbox,
        endpoints={"sharedInbox": shared_inbox},
        manuallyApprovesFollowers=True,
        implements=_links(implements),
        publicKey=_public_key_node(public_key),
        assertionMethod=[_multikey_node(key) for key in multikeys],
        keyVouchers=key_vouchers,
    )


def _public_keys(document: dict[str, Any], actor_id: str | None) -> list[PublicKeyPem]:
    found = []
    for node in nodes(document.get("publicKey")):
        key_id, owner = one_id(node), one_id(node.get("owner") or node.get("controller"))
        pem = node.get("publicKeyPem")
        if actor_id and key_id and isinstance(pem, str) and owner in (None, actor_id):
            found.append(PublicKeyPem(key_id, actor_id, pem))
    return found


def _multikeys(document: dict[str, Any], actor_id: str) -> list[Multikey]:
    found = []
    for node in nodes(document.get("assertionMethod")):
        key_id, controller = one_id(node), one_id(node.get("controller"))
        multibase = node.get("publicKeyMultibase")
        if key_id and isinstance(multibase, str) and controller == actor_id:
            found.append(Multikey(key_id, actor_id, multibase))
    return found


def _public_key_node(key: PublicKeyPem) -> dict[str, str]:
    return {"id": key.id, "owner": key.owner, "publicKeyPem": key.pem}


def _multikey_node(key: Multikey) -> dict[str, Any]:
    return part("Multikey", key.id, controller=key.controller, publicKeyMultibase=key.multibase)


def _links(implements: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"href": uri, "name": name} for uri, name in implements.items()]
