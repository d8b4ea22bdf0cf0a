"""How an actor's keys follow from each other: each new one is vouched for by the one before.

A voucher is a Multikey with a proof by the Ed25519 key that signed for the actor until then. An
actor lists its last ones (`keyVouchers`), so that whoever knew it by an older key can tell a change
of keys from a new owner of its address, who can copy vouchers, but has no key to make one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol import keys, proofs
from protocol.errors import ProtocolError
from protocol.keys import PublicKey

CHANGES_MISSED = 4
"""So many changes of keys may somebody have missed; each has a voucher for either kind of key."""
VOUCHERS_LISTED = 2 * CHANGES_MISSED


def voucher(
    *,
    key_id: str,
    owner: str,
    key: PublicKey,
    by: Ed25519PrivateKey,
    by_id: str,
    created: datetime,
) -> dict[str, Any]:
    """The statement of an older key that this one is its owner's too."""
    document = {
        "id": key_id,
        "type": "Multikey",
        "controller": owner,
        "publicKeyMultibase": keys.multikey_of(key),
    }
    return proofs.add_proof(document, by, by_id, created)


def follow(
    fresh: Iterable[PublicKey],
    known: Iterable[Ed25519PublicKey],
    vouchers: Sequence[Any],
    owner: str,
) -> bool:
    """Whether chains of vouchers lead from the keys known as the owner's to all these.

    When they were made does not matter: a coop whose clock was wrong that day stays itself.
    """
    vouched = {keys.multikey_of(one) for one in known}
    listed = [one for one in vouchers[-VOUCHERS_LISTED:] if isinstance(one, dict)]
    # They may stand in any order: as many rounds as there are changes reach the end of a chain.
    for _round in range(CHANGES_MISSED):
        vouched |= {str(one["publicKeyMultibase"]) for one in listed if _holds(one, vouched, owner)}
    return vouched >= {keys.multikey_of(one) for one in fresh}


def _holds(document: dict[str, Any], vouched: Iterable[str], owner: str) -> bool:
    if document.get("controller") != owner or not document.get("publicKeyMultibase"):
        return False
    return any(_is_proven(document, text) for text in vouched)


def _is_proven(document: dict[str, Any], key: str) -> bool:
    try:
        found = keys.public_from_multikey(key)
        if not isinstance(found, Ed25519PublicKey):
            return False
        proofs.verify_proof(document, found, proofs.NO_CLOCK)
    except ProtocolError:
        return False
    return True
