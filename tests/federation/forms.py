"""The forms of trade, referrals and votes that servers of this kind understand, as any program
could write them: one of each, said by the farm to loaf."""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.addressing import PUBLIC

LOAF = "http://loaf.example"
CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v2",
    {
        "vf": "https://w3id.org/valueflows/ont/vf#",
        "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
        "Proposal": "vf:Proposal",
        "Intent": "vf:Intent",
        "Agreement": "vf:Agreement",
        "Commitment": "vf:Commitment",
        "purpose": "vf:purpose",
        "publishes": "vf:publishes",
        "stipulates": "vf:stipulates",
        "stipulatesReciprocal": "vf:stipulatesReciprocal",
        "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
        "resourceQuantity": "vf:resourceQuantity",
        "hasUnit": "om2:hasUnit",
        "hasNumericalValue": "om2:hasNumericalValue",
        "coop": "https://rochdale.example/ns#",
        "kind": "coop:kind",
        "pollDigest": "coop:pollDigest",
        "sequence": "coop:sequence",
        "quorum": "coop:quorum",
        "threshold": "coop:threshold",
        "electorate": {"@id": "coop:electorate", "@type": "@id"},
        "electorateDigest": "coop:electorateDigest",
        "memberTally": {"@id": "coop:memberTally", "@type": "@json"},
        "ballots": {"@id": "coop:ballots", "@type": "@id", "@container": "@list"},
        "handoff": {"@id": "coop:handoff", "@type": "@id"},
    },
]
NOW = "2027-01-05T10:00:00Z"


def _quantity(number: str) -> dict[str, str]:
    return {"hasUnit": "one", "hasNumericalValue": number}


def _listing(base: str) -> dict[str, Any]:
    return {
        "id": f"{base}/p/7",
        "type": "Proposal",
        "purpose": "offer",
        "name": "Sourdough, 800 g",
        "content": "<p>Of yesterday's dough.</p>",
        "published": NOW,
        "updated": NOW,
        "endTime": "2027-02-05T00:00:00Z",
        "to": [PUBLIC],
        "unitBased": True,
        "publishes": {
            "id": f"{base}/p/7#primary",
            "type": "Intent",
            "action": "transfer",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q7802",
            "resourceQuantity": _quantity("1"),
            "availableQuantity": _quantity("40"),
            "minimumQuantity": _quantity("6"),
        },
        "reciprocal": {
            "id": f"{base}/p/7#reciprocal",
            "type": "Intent",
            "action": "transfer",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q25224",
            "resourceQuantity": _quantity("3.20"),
        },
    }


def _agreement(base: str, number: str = "") -> dict[str, Any]:
    named = {"id": f"{base}/ag/{number}"} if number else {}
    return {
        **named,
        "type": "Agreement",
        "stipulates": {
            "type": "Commitment",
            "satisfies": f"{LOAF}/p/7#primary",
            "resourceQuantity": _quantity("12"),
        },
        "stipulatesReciprocal": {
            "type": "Commitment",
            "satisfies": f"{LOAF}/p/7#reciprocal",
            "resourceQuantity": _quantity("38.40"),
        },
    }


def _question(base: str) -> dict[str, Any]:
    def option(name: str) -> dict[str, Any]:
        return {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}

    return {
        "id": f"{base}/q/4",
        "type": "Question",
        "kind": "policy",
        "context": f"{base}/q/4/thread",
        "name": "Shared sourcing policy v2",
        "content": "<p>full text</p>",
        "published": NOW,
        "endTime": "2027-01-26T10:00:00Z",
        "quorum": "5",
        "threshold": "2/3",
        "electorate": f"{base}/q/4/electorate",
        "electorateDigest": "zQmElectorate",
        "oneOf": [option(name) for name in ("for", "against", "abstain")],
    }


def _document(base: str, kind: str, **more: Any) -> dict[str, Any]:
    document = {"id": f"{base}/d/{kind}", "type": "Document", "kind": kind, "published": NOW}
    return document | more


Said = tuple[str, Any, dict[str, Any]]
"""A verb, its object, and what else stands in the activity."""

FORMS: Mapping[str, Callable[[str], Said]] = {
    "listing": lambda base: ("Create", _listing(base), {}),
    "stock": lambda base: ("Update", _listing(base), {}),
    "order": lambda base: ("Offer", _agreement(base), {"endTime": "2027-01-12T00:00:00Z"}),
    "yes-to-an-order": lambda base: ("Accept", f"{LOAF}/a/9", {"result": _agreement(base, "3")}),
    "no-to-an-order": lambda _base: ("Reject", f"{LOAF}/a/9", {"content": "<p>Sold out.</p>"}),
    "order-taken-back": lambda base: ("Undo", f"{base}/a/offer", {}),
    "confirmation": lambda base: (
        "Create",
        _document(base, "confirmation", name="Delivered", context=f"{LOAF}/ag/3"),
        {},
    ),
    "referral": lambda base: (
        "Offer",
        {
            "id": f"{base}/ref/5",
            "type": "Note",
            "kind": "referral",
            "content": "<p>Café wants 30 loaves a week from February</p>",
            "inReplyTo": f"{LOAF}/p/7",
            "handoff": f"{base}/ref/5/contact",
            "to": [f"{LOAF}/coop"],
        },
        {"target": f"{LOAF}/coop", "endTime": "2027-01-20T00:00:00Z"},
    ),
    "yes-to-a-referral": lambda base: (
        "Accept",
        f"{LOAF}/a/20",
        {"result": _agreement(base, "8") | {"provider": f"{base}/coop"}},
    ),
    "vote": lambda base: ("Create", _question(base), {}),
    "ballot": lambda base: (
        "Create",
        {
            "id": f"{base}/b/4",
            "type": "Note",
            "kind": "ballot",
            "inReplyTo": f"{LOAF}/q/4",
            "name": "for",
            "sequence": 1,
            "pollDigest": "zQmPoll",
            "memberTally": {"eligible": 40, "for": 21, "against": 4, "abstain": 2},
            "published": NOW,
            "to": [f"{LOAF}/coop"],
        },
        {},
    ),
    "receipt-of-a-ballot": lambda base: (
        "Accept",
        f"{LOAF}/a/40",
        {"result": _document(base, "ballotReceipt", context=f"{base}/q/4", sequence=2)},
    ),
    "tally": lambda base: (
        "Create",
        _document(
            base,
            "tally",
            name="Result",
            context=f"{base}/q/4",
            pollDigest="zQmPoll",
            ballots=[f"{LOAF}/b/4"],
            memberTally={"for": 4, "against": 1, "abstain": 0, "electorate": 6, "carried": True},
        ),
        {},
    ),
}


def form(name: str, base: str) -> dict[str, Any]:
    """One of them, said by the coop at this address."""
    coop = f"{base}/coop"
    verb, said, more = FORMS[name](base)
    if isinstance(said, dict):
        said = {"@context": CONTEXT, "attributedTo": coop} | said
    if "result" in more:
        more = {"result": {"@context": CONTEXT, "attributedTo": coop} | more["result"]}
    activity = {
        "@context": CONTEXT,
        "id": f"{base}/a/{name}",
        "type": verb,
        "actor": coop,
        "to": [f"{LOAF}/coop"],
        "object": said,
    }
    return activity | more
