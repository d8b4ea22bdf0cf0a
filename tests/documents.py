"""The examples and limits of FEDERATION.md, which `python -m tests.documents` writes anew.

What differs from run to run (ids, keys, signatures) is cut, and so are the contexts, which are
shown once.
"""

import asyncio
import json
import re
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from federation.settings import FederationSettings
from node import alerts
from node.making import create_node
from node.runtime import Node, open_node
from protocol import http_signatures
from protocol.contexts import ACTOR_CONTEXT, CONTEXT
from protocol.http_signatures import Profile
from protocol.media_types import LD_JSON_AS2
from protocol.strict_json import DEFAULT_LIMITS
from tests import papers
from tests.federation.test_probe_matrix import ROWS
from tests.speaking import say_all
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

ROOT = Path(__file__).parent.parent
FEDERATION = ROOT / "FEDERATION.md"
OPERATING = ROOT / "docs" / "operating.md"
PICTURES = ROOT / "docs" / "pictures"

_BLOCK = re.compile(
    r"<!-- example: (?P<name>[a-z0-9-]+) -->\n```(?P<kind>json|http)\n(?P<text>.*?)```\n", re.DOTALL
)
_LIMIT = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<name>[a-z_]+)` \| (?P<told>[^|]+) \|$", re.MULTILINE
)
_PROBE_HEAD = "| probe | status | taken |\n|---|---|---|\n"
_PROBES = re.compile(re.escape(_PROBE_HEAD) + r"(?:\|[^\n]*\n)+")
ALERTS_HEAD = "| alert | what is watched | told when | looked at every |\n|---|---|---|---|\n"
_ALERTS = re.compile(re.escape(ALERTS_HEAD) + r"(?:\|[^\n]*\n)*")
_ID = re.compile(r"\b[0-9a-z]{26}\b")
_CUT = {
    "proof": "(proof)",
    "proofValue": "z…",
    "publicKeyMultibase": "z6Mk…",
    "publicKeyPem": "-----BEGIN PUBLIC KEY-----\n…",
    "alsoKnownAs": ["did:key:z6Mk…"],
}


def shown_pictures() -> set[str]:
    """The names of the pictures that documents show."""
    texts = [path.read_text("utf-8") for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
    return set(re.findall(r"/pictures/([\w-]+\.webp)\)", "".join(texts)))


def written(text: str) -> dict[str, str]:
    """The examples in a document, by name."""
    return {match["name"]: match["text"] for match in _BLOCK.finditer(text)}


def rewritten(text: str, examples: dict[str, str]) -> str:
    """The document with every example, every limit and every probe as they are now."""

    def block(match: re.Match[str]) -> str:
        name, kind = match["name"], match["kind"]
        return f"<!-- example: {name} -->\n```{kind}\n{examples[name]}```\n"

    def limit(match: re.Match[str]) -> str:
        value = settings.get(match["name"])
        told = match["told"] if value is None else quantity(match["name"], value)
        return f"| {match['what']} | `{match['name']}` | {told} |"

    settings = {**asdict(FederationSettings()), **DEFAULT_LIMITS._asdict()}
    return _PROBES.sub(probes(), _LIMIT.sub(limit, _BLOCK.sub(block, text)))


def probes() -> str:
    """The table of what other servers may send, and what our inbox answers."""
    rows = [
        f"| `{name}` | {status} | {'yes' if is_taken else 'no'} |\n"
        for name, (status, is_taken, _build) in ROWS.items()
    ]
    return "".join([_PROBE_HEAD, *rows])


async def examples(folder: Path) -> dict[str, str]:
    """Every example by name, as FEDERATION.md shows it. folder: an empty one for the node."""
    made = await create_node(
        folder,
        name="Lanehead Cleaners",
        address="https://lanehead.example",
        summary="Homes and offices, cleaned by the people who own the firm.",
        place="Rochdale, GB",
        currency="GBP",
    )
    async with open_node(made.config, clock=FixedClock(), entropy=SeededEntropy()) as node:
        documents = await say_all(node) | papers.examples()
        shown = {name: _shown(document) for name, document in documents.items()}
        proof = documents["follow"]["proof"]
        once = {
            "context": CONTEXT,
            "actor-context": ACTOR_CONTEXT,
            "proof": {name: _cut(value, name) for name, value in proof.items()},
        }
        return shown | {name: _json(value) for name, value in once.items()} | _requests(node)


def _requests(node: Node) -> dict[str, str]:
    """A delivery in each of our dialects, as it looks on the wire."""
    coop, now, body = node.database.identities.coop, node.clock.now(), b"{}"
    found = {}
    for signed_as in Profile:
        with_ed25519 = signed_as is Profile.RFC9421_ED25519
        headers = http_signatures.sign(
            "POST",
            "https://portici.example/inbox",
            body,
            key_id=coop.ed25519_key_id if with_ed25519 else coop.rsa_key_id,
            private_key=coop.ed25519_key if with_ed25519 else coop.rsa_key,
            now=now,
            profile=signed_as,
            content_type=LD_JSON_AS2,
        )
        lines = ["POST /inbox HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        long_base64 = re.compile(r"[A-Za-z0-9+/]{80,}=*")
        found[f"signed-{signed_as.value}"] = long_base64.sub("…", "\n".join(lines)) + "\n"
    return found


def _shown(document: dict[str, Any]) -> str:
    text = _json(_cut(document))
    for number, ulid in enumerate(dict.fromkeys(_ID.findall(text)), 1):
        text = text.replace(ulid, f"{ulid[:6]}…{number}")
    return text


def _cut(value: Any, key: str = "") -> Any:
    """The value without what stands elsewhere in the document, or differs in every run."""
    if key == "@context":
        return "(context of actors)" if value == ACTOR_CONTEXT else "(context)"
    if key == "verificationMethod" and str(value).startswith("did:key:"):
        return "did:key:z6Mk…#z6Mk…"
    if key in _CUT:
        return _CUT[key]
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, dict):
        return {name: _cut(inner, name) for name, inner in value.items()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def quantity(name: str, value: object) -> str:
    """A limit as the documents write it: "256 KiB", "30 days", "1,000"."""
    if isinstance(value, timedelta):
        return _duration(int(value.total_seconds()))
    if name.lower().endswith("_seconds"):
        return _duration(int(float(str(value))))
    if isinstance(value, int):
        if name.endswith("_bytes") and value >= 1024:
            return f"{value // 1024:,} KiB"
        return f"{value:,}"
    return str(value)


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        number, rest = divmod(seconds, length)
        if number and not rest:
            return f"{number} {unit}" + ("s" if number > 1 else "")
    return "0 seconds"


def alert_table() -> str:
    """What whoever looks after a node is told of, for the operators' guide."""
    lines = [
        f"| `{watch.alert}` | {watch.watched} | {_from_when(watch)} | {quantity('', watch.every)} |"
        for watch in alerts.TABLE
    ]
    return ALERTS_HEAD + "".join(f"{line}\n" for line in lines)


def _from_when(watch: alerts.Watch) -> str:
    notes = [f"`{watch.setting}`"] if watch.setting else []
    notes += [] if watch.is_told_again else ["told once"]
    return f"{watch.threshold} ({', '.join(notes)})" if notes else str(watch.threshold)


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        now = await examples(Path(folder) / "node")
    FEDERATION.write_text(rewritten(FEDERATION.read_text("utf-8"), now), "utf-8")
    OPERATING.write_text(_ALERTS.sub(alert_table(), OPERATING.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    asyncio.run(_main())
