"""Published vectors and recorded traffic, as the protocol tests want them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from protocol import datetimes
from protocol.http_signatures import SignedMessage

FOLDER = Path(__file__).parents[1] / "vectors"


@dataclass(frozen=True)
class Recorded:
    """A request that Fedify sent, when it arrived, and what its actor documents say of keys."""

    message: SignedMessage
    received_at: datetime
    pems: dict[str, str]
    multikeys: dict[str, str]


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def message_of(request: dict[str, Any], authority: str, scheme: str) -> SignedMessage:
    body = request["body"]
    return SignedMessage(
        method=request["method"],
        target=request["target"],
        authority=authority,
        scheme=scheme,
        headers=tuple((name, value) for name, value in request["headers"]),
        body=None if body is None else body.encode(),
    )


def recorded(name: str) -> list[Recorded]:
    """The requests of `fedify/NAME.json`, in order."""
    file = load(f"fedify/{name}.json")
    keys = [actor["publicKey"] for actor in file["actors"]]
    methods = [key for actor in file["actors"] for key in actor["assertionMethod"]]
    return [
        Recorded(
            message=message_of(request, file["authority"], file["scheme"]),
            received_at=datetimes.parse(request["received_at"]),
            pems={key["id"]: key["publicKeyPem"] for key in keys},
            multikeys={key["id"]: key["publicKeyMultibase"] for key in methods},
        )
        for request in file["requests"]
    ]
