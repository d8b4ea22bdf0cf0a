"""The journal as a chain of hashes. Pure.

An entry's document says everything that a figure in the books rests on: its lines, each with its
account's code, type, fund and party, so that an account cannot change sides afterwards either.
`content` is SHA-256 of its words as the vault sealed them, 32 zero bytes when it has none: once
their key is destroyed nobody can read them or guess them, and the chain still holds.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from node import hash_chain
from node.money import Money
from protocol import datetimes


class ChainedLine(Struct, frozen=True):
    """One posting as it is chained; money above zero is a debit."""

    number: int
    account: str
    fund: str
    party: str | None
    money: Money


class ChainedEntry(Struct, frozen=True):
    """One entry as it is chained."""

    seq: int
    id: str
    day: date
    period: str
    recipe: str
    source: str
    party: str | None
    reverses: str | None
    by: str
    at: datetime
    policy_versions: Mapping[str, str]
    lines: tuple[ChainedLine, ...]
    content_digest: bytes
    previous: bytes
    digest: bytes = b""

    @property
    def document(self) -> dict[str, Any]:
        """What is hashed. Amounts are text: JSON numbers end at 2**53."""
        return {
            "seq": self.seq,
            "id": self.id,
            "date": self.day.isoformat(),
            "period": self.period,
            "recipe": self.recipe,
            "source": self.source,
            "party": self.party,
            "reverses": self.reverses,
            "by": self.by,
            "at": datetimes.format(self.at),
            "policies": dict(self.policy_versions),
            "lines": [
                {
                    "line": line.number,
                    "account": line.account,
                    "fund": line.fund,
                    "party": line.party,
                    "amount": str(line.money.amount),
                    "currency": line.money.currency,
                    "scale": line.money.scale,
                }
                for line in self.lines
            ],
            "content": self.content_digest.hex(),
            "previous": self.previous.hex(),
        }


def chained(entry: ChainedEntry) -> ChainedEntry:
    """The entry with its digest."""
    return replace(entry, digest=hash_chain.digest_of(entry.document))


def content_digest(sealed: bytes | None) -> bytes:
    """What the chain holds of an entry's words. Key and nonce are random: they are its salt."""
    return sha256(sealed).digest() if sealed is not None else bytes(32)
