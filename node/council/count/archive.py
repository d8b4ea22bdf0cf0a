"""A decision as one file that anybody can recount with nothing else. Pure.

It holds the whole log up to a head that covers the attestations, the statements that say who
belongs, and those about the one proposal. Every byte is bound: the head's signatures bind the
entries, the entries the statements, and what is not in canonical form is refused.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from node.council.count import counting
from node.council.count.replaying import replay
from node.council.state import heads, rounds, variants
from node.council.state.record import Entry, Inadmissible, Proposal, Record, read_entry
from node.council.words import naming, statements
from node.council.words.statements import STRUCTURE, Kind, Statement
from protocol import jcs, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.strict_json import JsonLimits

FORMAT = "rochdale-archive/1"
LIMITS = JsonLimits(max_depth=8, max_members=2_000_000)
_FIELDS = {"format", "charter", "proposal", "entries", "statements", "head"}


class ArchiveRefused(Exception):
    """The file does not prove what it says; code and a plain sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Verdict(Struct, frozen=True):
    """What a recount of an archive gives. names: of coops; labels: of options."""

    charter: str
    name: str
    proposal: str
    title: str
    proposal_digest: str
    result: Mapping[str, Any]
    result_digest: str
    agreed: tuple[str, ...]
    dissented: tuple[str, ...]
    members: tuple[str, ...]
    names: Mapping[str, str]
    labels: Mapping[str, str]
    is_decided: bool
    """Whether a quorum of coops counted the same."""


def write(
    proposal: str, entries: Sequence[Entry], found: Mapping[str, Statement], head: str, charter: str
) -> bytes:
    """The archive. found: statements by object digest, of which the needed ones are taken."""
    about = subjects(proposal, entries)
    wanted = [found[each.digest].text for each in entries if is_needed(each, about)]
    document = {
        "format": FORMAT,
        "charter": charter,
        "proposal": proposal,
        "entries": [each.text for each in entries],
        "statements": wanted,
        "head": head,
    }
    return jcs.canonical(document)


def subjects(proposal: str, entries: Iterable[Entry]) -> set[str]:
    """The proposal and those that changed the charter or excluded a coop, with their earlier
    rounds: what a recount asks for."""
    changes = {each.subject for each in entries if each.kind in (Kind.RULES, Kind.EXCLUSION)}
    return rounds.family([proposal, *changes])


def is_needed(entry: Entry, about: Collection[str]) -> bool:
    """Whether a recount that is about these asks for the statement of an entry."""
    return entry.kind in STRUCTURE or entry.subject in about


def verify(data: bytes, charter: str | None = None) -> Verdict:
    """Recount an archive. charter: what the federation's charter digest is known to be.

    Raises ArchiveRefused.
    """
    try:
        return _verify(data, charter)
    except Inadmissible as error:
        raise ArchiveRefused(error.code, str(error)) from None
    except ProtocolError as error:
        raise ArchiveRefused(error.code, str(error)) from None


def replayed(data: bytes) -> tuple[Record, Proposal]:
    """The record and the proposal of an archive, every byte of it bound by its head.

    Raises ArchiveRefused, ProtocolError, Inadmissible.
    """
    document = _read(data)
    entries = [read_entry(index, text) for index, text in enumerate(document["entries"])]
    proposal = document["proposal"]
    texts = iter(document["statements"])
    about = subjects(proposal, entries)
    paired = [(each, _next(texts, each) if is_needed(each, about) else None) for each in entries]
    if next(texts, None) is not None:
        raise ArchiveRefused("too-much", "The archive holds statements that are not in its log.")
    record = replay(paired)
    if record.federation != document["charter"]:
        raise ArchiveRefused("other-charter", "The archive is of another federation than it says.")
    head = heads.read_head(record, document["head"], strict=True)
    if head.size != len(entries):
        raise ArchiveRefused("other-size", "The checkpoint does not cover the log as it is here.")
    found = record.proposals.get(proposal)
    if found is None or found.certificate is None or found.certificate_index >= head.size:
        raise ArchiveRefused("not-certified", "The archive holds no certified decision.")
    return record, found


def _verify(data: bytes, charter: str | None) -> Verdict:
    record, proposal = replayed(data)
    if charter is not None and charter != record.federation:
        raise ArchiveRefused(
            "other-charter",
            f"This was decided in the federation {record.federation}, not in {charter}.",
        )
    ours = counting.recount(record, proposal)
    digest = counting.result_digest(ours)
    certificate = proposal.certificate
    if certificate is None or certificate["resultDigest"] != digest:
        raise ArchiveRefused("wrong-tally", _difference(certificate, ours))
    if certificate["result"] != ours:
        raise ArchiveRefused("wrong-tally", _difference(certificate, ours))
    said, decided = proposal.attestations.values(), variants.carried(proposal) or proposal.text
    agreed = tuple(sorted(each.coop for each in said if each["verdict"] == "agree"))
    return Verdict(
        charter=record.federation,
        name=record.rules["name"],
        proposal=proposal.id,
        title=decided["title"],
        proposal_digest=decided.content,
        result=ours,
        result_digest=digest,
        agreed=agreed,
        dissented=tuple(sorted(each.coop for each in said if each["verdict"] == "dissent")),
        members=tuple(sorted(record.members)),
        names={coop: each.name for coop, each in record.members.items()},
        labels=naming.names_in(proposal.text.document),
        is_decided=len(agreed) >= record.quorum,
    )


def _difference(certificate: Statement | None, ours: Mapping[str, Any]) -> str:
    theirs = certificate["result"] if certificate else {}
    found = counting.first_difference(theirs if isinstance(theirs, dict) else {}, ours)
    return f"The certificate is not what the ballots give: it differs first in “{found['field']}”."


def _read(data: bytes) -> dict[str, Any]:
    document = strict_json.loads(data, LIMITS)
    lists = (document.get("entries"), document.get("statements"))
    texts = (document.get("charter"), document.get("proposal"), document.get("head"))
    is_right = (
        set(document) == _FIELDS
        and document["format"] == FORMAT
        and all(isinstance(each, str) for each in texts)
        and all(isinstance(each, list) and _are_texts(each) for each in lists)
    )
    if not is_right:
        raise MalformedDocument("This is no archive of a decision.", code="not-an-archive")
    if jcs.canonical(document) != data:
        raise MalformedDocument("The archive is not in canonical form.", code="not-canonical")
    return document


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _next(texts: Any, entry: Entry) -> Statement:
    text = next(texts, None)
    if text is None:
        raise ArchiveRefused("too-little", "A statement of the log is missing in the archive.")
    statement = statements.read(text)
    if statement.object != entry.digest:
        raise ArchiveRefused("other-digest", "A statement is not the one that was logged.")
    return statement
