"""Papers: signed `Document`s by which coops say what they owe each other and set it off.

What a paper says stands in its `facts` as JSON, read as it was signed and never expanded. One that
answers another names it (`inReplyTo`) and carries its digest (`answersDigest`): the SHA-256 of the
other's canonical JSON without its proof, as multibase. So no answer can be passed off as one to
something else.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct, field

from protocol import datetimes, jcs, multibase, proofs
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import moment, new_document, one_id, required_text, text


class Paper(Struct, frozen=True):
    """One paper. name: for readers that know AS2 and nothing else."""

    uri: str
    kind: str
    author: str
    published: datetime
    name: str
    answers: str | None = None
    answers_digest: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def paper_document(paper: Paper) -> dict[str, Any]:
    """The Document, ready to be signed."""
    return new_document(
        "Document",
        paper.uri,
        kind=paper.kind,
        name=paper.name,
        attributedTo=paper.author,
        published=datetimes.format(paper.published),
        inReplyTo=paper.answers,
        answersDigest=paper.answers_digest,
        facts=paper.facts,
    )


def parse_paper(document: dict[str, Any]) -> Paper:
    """Read a paper. Raises MalformedDocument."""
    if document.get("type") != "Document":
        raise MalformedDocument("A paper is a Document.", code="unsupported-type")
    facts = document.get("facts", {})
    if not isinstance(facts, dict):
        raise MalformedDocument("The facts must be one JSON object.", code="bad-property")
    published = moment(document, "published")
    author = one_id(document.get("attributedTo"))
    if author is None or published is None:
        raise MalformedDocument(
            "A paper says whose it is and when it was written: attributedTo, published.",
            code="missing-property",
        )
    return Paper(
        uri=required_text(document, "id"),
        kind=required_text(document, "kind"),
        author=author,
        published=published,
        name=text(document, "name") or "",
        answers=one_id(document.get("inReplyTo")),
        answers_digest=text(document, "answersDigest"),
        facts=facts,
    )


def digest_of(document: dict[str, Any]) -> str:
    """What an answer to a document carries: it is the same whoever sent it, signed anew or not."""
    return multibase.encode(sha256(jcs.canonical(proofs.strip(document))).digest())
