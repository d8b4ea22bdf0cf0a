"""What FEDERATION.md shows of the council: statements of a small federation, and their bearers."""

from typing import Any

from node.council import keepers, wire
from node.council.statements import Kind
from node.council.wire import Message
from protocol import datetimes
from protocol.vocabulary import activities
from protocol.vocabulary.council import CouncilMessage, council_document
from tests.node.council.chamber import Chamber, public
from tests.support.clock import START

OURS = "https://lanehead.example/coop"
HOST = "https://camara.example/coop"
_TEXT = "(the statement, as text)"


def examples() -> dict[str, dict[str, Any]]:
    """By name. Long texts are cut."""
    chamber = Chamber().found()
    proposal = chamber.opened()
    ballot = chamber.ballot("lanehead", "yes")
    charter = chamber.record.charter
    assert charter is not None
    about = {"proposal": "p1", "ballot": ballot.object}
    seen = chamber.say("pioneer", Kind.SEEN, **about, at=datetimes.format(chamber.now))
    asked = {"invitation": "01mbjm0000000000000000000a", "rules": {"name": "Toad Lane"}}
    entry = chamber.entries[-1][0]
    entries = {
        "federation": charter.content,
        "old": entry.index,
        "entries": [entry.text],
        "statements": [_TEXT],
        "checkpoint": "(a signed note)",
    }
    mandate = keepers.mandate(
        OURS,
        charter.content,
        chamber.now,
        epoch=1,
        log_key=public("lanehead", "log"),
        start=(len(chamber.entries), chamber.record.root_at(len(chamber.entries))),
    ) | {"proof": ["(proof)", "…"]}
    shown = {"federation": charter.content, "checkpoint": "(a signed note)"}
    told = {
        "statement": dict(ballot.document) | {"proof": ["(proof)", "(proof)"]},
        "charter": dict(charter.document)
        | {
            "members": [charter["members"][0], "…"],
            "classes": {"ordinary": charter["classes"]["ordinary"]},
            "proof": ["(proof)", "…"],
        },
        "log-entry": {name: getattr(entry, name) for name in ("kind", "subject", "digest", "at")}
        | {"v": 1},
        "seen": dict(seen.document) | {"proof": ["(proof)"]},
        "invitation": _message(HOST, Message.INVITATION, asked),
        "proposal": _create(
            "https://portici.example/coop",
            wire.kind_of(Kind.PROPOSAL),
            {"statement": _TEXT},
            name=proposal["title"],
            proposal_digest=proposal.content,
            ends_at=proposal.moment("closesAt"),
            options=("yes", "no", "abstain"),
        ),
        "ballot": _create(
            OURS,
            wire.kind_of(Kind.BALLOT),
            {"statement": _TEXT},
            name="Our ballot",
            about=f"urn:rochdale:{charter.content}:p1",
            proposal_digest=proposal.content,
            electorate_digest=ballot["electorateDigest"],
            sequence=1,
        ),
        "entries": _message(HOST, Message.ENTRIES, entries),
        "cosignature": _message(OURS, Message.COSIGNATURE, shown | {"cosignature": "— (a line)"}),
        "host": _message(
            OURS, Message.HOST, {"federation": charter.content, "mandate": dict(mandate)}
        ),
        "marked": _message(
            OURS,
            Message.MARKED,
            {
                "federation": charter.content,
                "mandate": None,
                "cosigned": "(a signed note)",
                "newest": "(a signed note)",
            },
        ),
        "head": _message(
            HOST, Message.HEAD, {"federation": charter.content, "head": "(a signed note)"}
        ),
    }
    return {f"council-{name}": document for name, document in told.items()}


def _message(author: str, kind: Message, facts: dict[str, Any]) -> dict[str, Any]:
    names = {
        Message.INVITATION: "Invitation to found a federation",
        Message.ENTRIES: "New in the council's log",
        Message.COSIGNATURE: "The log grows as it should",
        Message.HEAD: "Stored by a quorum of coops",
        Message.HOST: "Who is to keep the log",
        Message.MARKED: "So far",
    }
    return _create(author, kind.value, facts, name=names[kind])


def _create(author: str, kind: str, facts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    base = author.removesuffix("/coop")
    message = CouncilMessage(f"{base}/council/1", kind, author, START, facts=facts, **fields)
    to = (OURS if author == HOST else HOST,)
    said = activities.create(f"{base}/activities/1", author, council_document(message), to)
    return said | {"proof": {}}
