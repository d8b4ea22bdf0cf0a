"""JSON-LD contexts: those we send, and copies of those we read. Nothing is ever fetched.

A remote context is a tracking beacon, a single point of failure and a way to change the meaning
of a signed message after the fact. So ours is inlined in each message, and a URL that has no
copy here is taken out before a document is read (its terms keep their plain names).
"""

import json
from functools import cache
from importlib import resources
from typing import Any

AS2 = "https://www.w3.org/ns/activitystreams"
NAMESPACE = "https://w3id.org/rochdale/ns#"
"""Our own terms, prefix `coop`: properties only, never types (strict peers refuse those)."""

CONTEXT: list[Any] = [
    AS2,
    "https://w3id.org/security/data-integrity/v2",
    {
        "vf": "https://w3id.org/valueflows/ont/vf#",
        "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
        "coop": NAMESPACE,
        "Hashtag": "as:Hashtag",
        "searchableBy": {"@id": "http://fedibird.com/ns#searchableBy", "@type": "@id"},
        "Proposal": "vf:Proposal",
        "Intent": "vf:Intent",
        "Agreement": "vf:Agreement",
        "Commitment": "vf:Commitment",
        "action": "vf:action",
        "purpose": "vf:purpose",
        "publishes": "vf:publishes",
        "reciprocal": "vf:reciprocal",
        "unitBased": "vf:unitBased",
        "stipulates": "vf:stipulates",
        "stipulatesReciprocal": "vf:stipulatesReciprocal",
        "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
        "provider": {"@id": "vf:provider", "@type": "@id"},
        "receiver": {"@id": "vf:receiver", "@type": "@id"},
        "resourceConformsTo": {"@id": "vf:resourceConformsTo", "@type": "@id"},
        "resourceClassifiedAs": {"@id": "vf:resourceClassifiedAs", "@type": "@id"},
        "resourceQuantity": "vf:resourceQuantity",
        "availableQuantity": "vf:availableQuantity",
        "minimumQuantity": "vf:minimumQuantity",
        "hasBeginning": "vf:hasBeginning",
        "hasEnd": "vf:hasEnd",
        "hasUnit": "om2:hasUnit",
        "hasNumericalValue": "om2:hasNumericalValue",
        "kind": "coop:kind",
        "category": "coop:category",
        "languages": "coop:languages",
        "providerName": "coop:providerName",
        "byline": "coop:byline",
        "digestMultibase": "https://www.w3.org/ns/credentials/v2#digestMultibase",
        "votersCount": "http://joinmastodon.org/ns#votersCount",
        "freeTimes": {"@id": "coop:freeTimes", "@type": "@id"},
        "pickupInTerms": "coop:pickupInTerms",
        "variantsLeft": {"@id": "coop:variantsLeft", "@type": "@json"},
        "timeZone": "coop:timeZone",
        "priceUnit": "coop:priceUnit",
        "conditions": {"@id": "coop:conditions", "@type": "@json"},
        "details": {"@id": "coop:details", "@type": "@json"},
        "detailsMap": {"@id": "coop:detailsMap", "@type": "@json"},
        "phrasesMap": {"@id": "coop:phrasesMap", "@type": "@json"},
        "priceText": "coop:priceText",
        "quantities": {"@id": "coop:quantities", "@type": "@json"},
        "wholePrice": {"@id": "coop:wholePrice", "@type": "@json"},
        "minimumPrice": "coop:minimumPrice",
        "maximumPrice": "coop:maximumPrice",
        "alternatives": "coop:alternatives",
        "federationPrices": "coop:federationPrices",
        "extras": "coop:extras",
        "terms": {"@id": "coop:terms", "@type": "@json"},
        "termsDigest": "coop:termsDigest",
        "delivered": {"@id": "coop:delivered", "@type": "@json"},
        "amounts": {"@id": "coop:amounts", "@type": "@json"},
        "lots": {"@id": "coop:lots", "@type": "@json"},
        "method": "coop:method",
        "handoff": {"@id": "coop:handoff", "@type": "@id"},
        "personalData": {"@id": "coop:personalData", "@type": "@json"},
        "urgency": "coop:urgency",
        "budget": "coop:budget",
        "currency": "coop:currency",
        "feeKind": "coop:feeKind",
        "feeAmount": "coop:feeAmount",
        "feePercent": "coop:feePercent",
        "feeAtMost": "coop:feeAtMost",
        "feeDue": "coop:feeDue",
        "jobValue": "coop:jobValue",
        "consentUntil": "coop:consentUntil",
        "policyVersion": "coop:policyVersion",
        "stage": "coop:stage",
        "reason": "coop:reason",
        "outcome": "coop:outcome",
        "answersDigest": "coop:answersDigest",
        "proposalDigest": "coop:proposalDigest",
        "facts": {"@id": "coop:facts", "@type": "@json"},
        "sequence": "coop:sequence",
        "quorum": "coop:quorum",
        "threshold": "coop:threshold",
        "electorate": {"@id": "coop:electorate", "@type": "@id"},
        "electorateDigest": "coop:electorateDigest",
        "memberTally": {"@id": "coop:memberTally", "@type": "@json"},
        "ballots": {"@id": "coop:ballots", "@type": "@id", "@container": "@list"},
    },
]
"""`@context` of every activity and object we send, actors apart."""

ACTOR_CONTEXT: list[Any] = [
    AS2,
    "https://w3id.org/security/v1",
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/data-integrity/v2",
    {
        "toot": "http://joinmastodon.org/ns#",
        "indexable": "toot:indexable",
        "discoverable": "toot:discoverable",
        "suspended": "toot:suspended",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "implements": {
            "@id": "https://w3id.org/fep/844e/implements",
            "@type": "@id",
            "@container": "@list",
        },
        "coop": NAMESPACE,
        "catalogue": {"@id": "coop:catalogue", "@type": "@id"},
        "correspondence": {"@id": "coop:correspondence", "@type": "@id"},
        "keyVouchers": {"@id": "coop:keyVouchers", "@type": "@json"},
        "languages": "coop:languages",
        "policyHead": {"@id": "coop:policyHead", "@type": "@json"},
        "charterDigest": "coop:charterDigest",
        "opening": "coop:opening",
        "governance": "coop:governance",
        "assetLock": "coop:assetLock",
        "vouchesFor": {"@id": "coop:vouchesFor", "@type": "@id"},
        "digestMultibase": "https://www.w3.org/ns/credentials/v2#digestMultibase",
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "propertyID": "schema:propertyID",
        "value": "schema:value",
        "valueMap": {"@id": "coop:valueMap", "@type": "@json"},
    },
]
"""`@context` of actors. Strict peers find our Ed25519 key only through did/v1 and multikey/v1."""

_FILES = {
    AS2: "activitystreams",
    f"{AS2}#": "activitystreams",
    f"{AS2}.jsonld": "activitystreams",
    "https://w3id.org/security/v1": "security-v1",
    "https://w3id.org/security/data-integrity/v1": "data-integrity-v1",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2",
    "https://w3id.org/security/multikey/v1": "multikey-v1",
    "https://www.w3.org/ns/did/v1": "did-v1",
    "https://www.w3.org/ns/cid/v1": "cid-v1",
    "https://w3id.org/identity/v1": "identity-v1",
    "http://joinmastodon.org/ns": "joinmastodon",
    "https://gotosocial.org/ns": "gotosocial",
    "https://purl.archive.org/socialweb/webfinger": "webfinger",
    "https://purl.archive.org/miscellany": "miscellany",
    "https://join-lemmy.org/context.json": "join-lemmy",
    "https://litepub.social/context.jsonld": "litepub-0.1",
    "https://w3id.org/fep/0837": "fep-0837",
    "https://w3id.org/fep/268d": "fep-268d",
    "https://w3id.org/fep/5711": "fep-5711",
    "https://w3id.org/fep/7628": "fep-7628",
    "https://w3id.org/fep/844e": "fep-844e",
    "https://w3id.org/fep/ef61": "fep-ef61",
}
BUNDLED_URLS = frozenset(_FILES)

# Pleroma and Akkoma serve the same document from every host.
_LITEPUB_PATH = "/schemas/litepub-0.1.jsonld"


def bundled(url: str) -> Any | None:
    """The `@context` value of our copy of the document at `url`, or None if we have no copy."""
    name = "litepub-0.1" if url.endswith(_LITEPUB_PATH) else _FILES.get(url)
    return None if name is None else _load(name)


@cache
def _load(name: str) -> Any:
    text = resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)["@context"]
