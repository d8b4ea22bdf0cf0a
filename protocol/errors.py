"""What can be wrong with something that came over the wire.

Every error carries one plain sentence for the peer's administrator, a status for the answer and
a short reason code for logs and problem documents. Nothing in `protocol/` lets another exception
escape for hostile input.
"""

from typing import ClassVar


class ProtocolError(Exception):
    """A message or document from outside breaks a rule; `str(error)` is one plain sentence."""

    status_hint: ClassVar[int] = 400
    default_code: ClassVar[str] = "protocol-error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code or self.default_code
        """Which check failed, in kebab-case, stable: "digest-mismatch", "duplicate-key"."""


class MalformedDocument(ProtocolError):
    """The bytes, the JSON or a value in it do not have the form that the standard asks for."""

    default_code = "malformed-document"


class SignatureMissing(ProtocolError):
    """The request carries no HTTP signature at all."""

    status_hint = 401
    default_code = "signature-missing"


class SignatureInvalid(ProtocolError):
    """The HTTP signature does not cover what it must, or does not fit the request or the key."""

    status_hint = 401
    default_code = "signature-invalid"


class SignatureExpired(ProtocolError):
    """The HTTP signature was made too long ago, or in the future."""

    status_hint = 401
    default_code = "signature-expired"


class ProofInvalid(ProtocolError):
    """The document carries an object integrity proof (FEP-8b32) that does not hold."""

    status_hint = 401
    default_code = "proof-invalid"


class KeyUnusable(ProtocolError):
    """A key is of a kind or a size that we do not accept, or cannot be read."""

    status_hint = 401
    default_code = "key-unusable"


class WrongAuthority(ProtocolError):
    """The request was made for another host than ours."""

    status_hint = 421
    default_code = "wrong-authority"


def quoted(text: str, limit: int = 80) -> str:
    """A stranger's text made safe to show inside a sentence: ASCII, one line, cut at `limit`."""
    shown = text if len(text) <= limit else text[:limit] + "…"
    return ascii(shown)
