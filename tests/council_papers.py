"""What FEDERATION.md shows of the council: statements of a small federation, and their bearers."""

from datetime import timedelta
from typing import Any

from node import group
from node.council.rows import wire
from node.council.rows.wire import Message
from node.council.state import keepers
from node.council.words.statements import Kind
from node.deliberation import wire as wire_of
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from protocol.vocabulary.actors import Multikey, PublicKeyPem, group_document
from protocol.vocabulary.comments import CommentOnWire, comment_note
from protocol.vocabulary.council import CouncilMessage, council_document
from protocol.vocabulary.questions import OptionOnWire, QuestionOnWire, question
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
        "rules": _said(chamber, Kind.RULES, **_changed(ballot["electorateDigest"])),
        "exclusion": _said(chamber, Kind.EXCLUSION, **_excluded(ballot["electorateDigest"])),
        "replacement": _said(chamber, Kind.REPLACEMENT, **_keys()),
        "seen": dict(seen.document) | {"proof": ["(proof)"]},
        "passed-on": _message(
            OURS, Message.PASSED_ON, {"federation": charter.content, "statements": [_TEXT, "…"]}
        ),
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
            Message.RECALLED,
            {
                "federation": charter.content,
                "mandate": None,
                "cosigned": "(a signed note)",
                "newest": "(a signed note)",
            },
        ),
        "touched": _message(
            OURS,
            Message.TOUCHED,
            {
                "federation": charter.content,
                "proposal": "p1",
                "proposalDigest": proposal.content,
                "counts": {"agreements": [0, 12], "referrals": [3, 41]},
            },
        ),
        "head": _message(
            HOST, Message.HEAD, {"federation": charter.content, "head": "(a signed note)"}
        ),
    }
    told |= _talk(charter.content)
    return {f"council-{name}": document for name, document in told.items()}


def _said(chamber: Chamber, kind: Kind, **fields: Any) -> dict[str, Any]:
    statement = chamber.say("camara", kind, **fields)
    return dict(statement.document) | {"proof": ["(proof)"]}


def _changed(certificate: str) -> dict[str, Any]:
    changes = {"delegateTermDays": 730, "witnessQuorum": "3n/4+1"}
    return {"proposal": "p2", "certificate": certificate, "changes": changes}


def _excluded(certificate: str) -> dict[str, Any]:
    coop = "https://mawimbi.example/coop"
    return {"proposal": "p3", "certificate": certificate, "member": coop}


def _keys() -> dict[str, str]:
    uses = {"old": "coop", "key": "new", "witness": "new witness"}
    found = {field: public("camara", use) for field, use in uses.items()}
    return found | {"reason": "A laptop was stolen."}


def _talk(charter: str) -> dict[str, Any]:
    """A comment, a word about it, and the vote as anybody reads it."""
    base = OURS.removesuffix("/coop")
    comment, asked = f"{base}/comments/1", group.question_uri(HOST, charter, "p1")
    note = CommentOnWire(
        uri=comment,
        attributed_to=OURS,
        byline="Ada Ferrante",
        context=wire_of.thread(charter, "p1"),
        in_reply_to=asked,
        content_html="<p>Three <em>would do</em>.</p>\n",
        markdown="Three *would do*.",
        published=START,
        to=(HOST, "https://pioneer.example/coop"),
    )
    hidden = {
        "federation": charter,
        "comment": comment,
        "scope": "federation",
        "reason": "It is about people, not about the rule.",
        "appealBy": datetimes.format(START + timedelta(days=14)),
        "act": "hide",
    }
    told = comment_note(note)
    federation = group.group_uri(HOST, charter)
    shown = QuestionOnWire(
        uri=asked,
        group=federation,
        name="A ceiling for referral fees",
        content_html="<p>Nobody takes more than five per cent.</p><p>Carried.</p>",
        language="en",
        options=(OptionOnWire("yes", 2), OptionOnWire("no", 1), OptionOnWire("abstain")),
        several=False,
        voters=3,
        published=START,
        updated=START + timedelta(days=7, hours=1),
        ends_at=START + timedelta(days=7),
        closed_at=START + timedelta(days=7),
        outcome="passed",
        proposal_digest="zQmf6vf3ktUHPFVUr3BEieXvRNxwHwYE2FGhpcZe3kWyBT9",
        to=(PUBLIC,),
        cc=(f"{federation}/followers",),
    )
    said = activities.create(f"{base}/activities/2", OURS, told | {"proof": {}}, note.to)
    return {
        "comment": said | {"proof": {}},
        "moderation": _create(
            HOST, wire_of.MODERATION, hidden, name="A comment is hidden", about=comment
        ),
        "question": _told(federation, question(shown)),
        "group": _group(federation, charter),
        "group-move": _moved(charter),
    }


def _told(federation: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The result of a vote, as followers hear it."""
    to, cc = (PUBLIC,), (f"{federation}/followers",)
    said = activities.update(f"{HOST[:-5]}/activities/3", federation, asked | {"proof": {}}, to, cc)
    return said | {"proof": {}}


def _group(federation: str, charter: str) -> dict[str, Any]:
    base = HOST.removesuffix("/coop")
    return group_document(
        id_=federation,
        name="Toad Lane",
        preferred_username="toad_lane",
        inbox=f"{federation}/inbox",
        shared_inbox=f"{base}/inbox",
        public_key=PublicKeyPem(f"{federation}#main-key", federation, "-----BEGIN"),
        multikeys=(Multikey(f"{federation}#ed25519-key", federation, "z6Mk"),),
        node=f"{base}/node",
        charter=charter,
        published=datetimes.format(START),
        summary_html="<p>A federation of 5 coops. Follow it to hear what they decide.</p>",
    )


def _moved(charter: str) -> dict[str, Any]:
    old, new = group.group_uri(HOST, charter), group.group_uri(OURS, charter)
    move = activities.move(f"{HOST[:-5]}/activities/4", old, old, new, (f"{old}/followers",))
    return move | {"proof": {}}


def _message(author: str, kind: Message, facts: dict[str, Any]) -> dict[str, Any]:
    names = {
        Message.INVITATION: "Invitation to found a federation",
        Message.ENTRIES: "New in the council's log",
        Message.COSIGNATURE: "The log grows as it should",
        Message.HEAD: "Stored by a quorum of coops",
        Message.HOST: "Who is to keep the log",
        Message.RECALLED: "So far",
        Message.TOUCHED: "What it would touch here",
        Message.PASSED_ON: "You lack what others said",
    }
    return _create(author, kind.value, facts, name=names[kind])


def _create(author: str, kind: str, facts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    base = author.removesuffix("/coop")
    message = CouncilMessage(f"{base}/council/1", kind, author, START, facts=facts, **fields)
    to = (OURS if author == HOST else HOST,)
    said = activities.create(f"{base}/activities/1", author, council_document(message), to)
    return said | {"proof": {}}
