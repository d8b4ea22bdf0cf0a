"""What a browser and a passkey say to each other and to us (WebAuthn), by the library `fido2`.

It is imported where it is used, because it costs an idle node ten megabytes; call these functions
off the event loop. Every passkey must have verified its user (finger, face, PIN), and stands for
exactly this node: its host, its whole address.
"""

import json
import struct
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct

from node import limits
from node.errors import NotAllowed
from node.i18n import _

_WHAT_PARSERS_RAISE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    UnsupportedAlgorithm,
    struct.error,
)
_REQUIRED = "required"


class Site(Struct, frozen=True):
    """Whose passkeys these are. address: the node's own, such as https://sunrise.coop"""

    address: str
    name: str

    @property
    def host(self) -> str:
        """The relying party's id: without a port, as the standard has it."""
        return urlsplit(self.address).hostname or ""


class Owner(Struct, frozen=True):
    """Whose a new passkey will be. A device keeps one of each id for a site, and shows names."""

    id: str
    handle: str
    name: str


class Said(Struct, frozen=True):
    """What came from a browser, not verified yet."""

    challenge: bytes
    credential_id: bytes
    response: dict[str, Any]


class Credential(Struct, frozen=True):
    """A new passkey, verified."""

    credential_id: bytes
    data: bytes
    sign_count: int


def creation_options(
    site: Site, who: Owner, challenge: bytes, known: Collection[bytes] = ()
) -> dict[str, Any]:
    """What the browser needs to make a passkey. known: those that the account has already."""
    from fido2.webauthn import (
        AttestedCredentialData,
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    user = PublicKeyCredentialUserEntity(id=who.id.encode(), name=who.handle, display_name=who.name)
    options, _state = _server(site).register_begin(
        user,
        [AttestedCredentialData(data) for data in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge,
    )
    return dict(options)


def request_options(site: Site, challenge: bytes) -> dict[str, Any]:
    """What the browser needs to show a passkey: the same for everybody, it names no account."""
    from fido2.webauthn import UserVerificationRequirement

    options, _state = _server(site).authenticate_begin(
        user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge
    )
    return dict(options)


def read(text: str) -> Said:
    """What a form brought from the browser. Raises NotAllowed for what is no passkey's answer."""
    from fido2.utils import websafe_decode
    from fido2.webauthn import CollectedClientData

    try:
        if len(text) > limits.PASSKEY_ANSWER_LONGEST:
            raise ValueError
        response = json.loads(text)
        client = CollectedClientData(websafe_decode(response["response"]["clientDataJSON"]))
        return Said(client.challenge, websafe_decode(response["rawId"]), response)
    except _WHAT_PARSERS_RAISE:
        raise refused() from None


def registered(site: Site, said: Said) -> Credential:
    """The passkey that was made. Raises NotAllowed if it is not for us, verified nobody, or signs
    in a way that cannot be verified here."""
    from fido2.cose import CoseKey

    try:
        made = _server(site).register_complete(_state(said.challenge), said.response)
        data = made.credential_data
        if data is None or type(data.public_key).verify is CoseKey.verify:
            raise ValueError
        return Credential(data.credential_id, bytes(data), made.counter)
    except _WHAT_PARSERS_RAISE:
        raise refused() from None


def verified(site: Site, said: Said, data: bytes) -> int:
    """The counter of a passkey that signed. Raises NotAllowed when it did not, or not for us."""
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    try:
        known = AttestedCredentialData(data)
        _server(site).authenticate_complete(_state(said.challenge), [known], said.response)
        answer = AuthenticationResponse.from_dict(said.response)
    except _WHAT_PARSERS_RAISE:
        raise refused() from None
    return answer.response.authenticator_data.counter


def refused() -> NotAllowed:
    """One answer for every passkey that does not open the door."""
    return NotAllowed(
        _("This passkey does not open an account here. Try again, or come in another way."),
        "wrong-passkey",
    )


def _state(challenge: bytes) -> dict[str, Any]:
    from fido2.utils import websafe_encode

    return {"challenge": websafe_encode(challenge), "user_verification": _REQUIRED}


def _server(site: Site) -> Any:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    return Fido2Server(
        PublicKeyCredentialRpEntity(id=site.host, name=site.name),
        verify_origin=lambda origin: origin == site.address,
    )
