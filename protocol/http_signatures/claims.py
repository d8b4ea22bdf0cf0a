"""What a signature says of itself."""

from enum import StrEnum

from msgspec import Struct


class Scheme(StrEnum):
    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


class Claims(Struct, frozen=True):
    """A parsed signature header: unproven until `verify` has taken it."""

    scheme: Scheme
    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    """Names of headers and derived parts, in the order in which they are signed."""
    signature: bytes
    created: int | None
    expires: int | None
    parameters: str = ""
    """RFC 9421 only: the value of `@signature-params`."""
