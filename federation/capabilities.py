"""What this node tells peers that it can do (FEP-844e): each line is held by a conformance test."""

from protocol.jsonld import NAMESPACE

ED25519_SIGNATURES = f"{NAMESPACE}ed25519-http-signatures"
"""We verify RFC 9421 signatures by the Ed25519 keys of `assertionMethod`. Other software refuses
them, so they are used only towards a peer that names this; they cost the sender a tenth of RSA."""

IMPLEMENTS = {
    "https://datatracker.ietf.org/doc/html/rfc9421": "RFC 9421: HTTP Message Signatures",
    "https://w3id.org/fep/8b32": "FEP-8b32: Object Integrity Proofs",
    "https://w3id.org/fep/0837": "FEP-0837: Federated Marketplace",
    "https://w3id.org/fep/c180": "FEP-c180: Problem Details for ActivityPub",
    ED25519_SIGNATURES: "Ed25519 HTTP signatures",
}
