"""Decisions, evidence and receipts as files that anybody can check with nothing else. Pure.

Evidence and receipts bring their `context`, which a stranger has to believe to be whole: so both
tell who belonged by it. Every byte of a file is bound by a signature or by the way to the root that
a quorum signed, and what is not in canonical form is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from node.council.count import archive, contexts, evidence
from node.council.count.archive import ArchiveRefused, Verdict
from node.council.count.evidence import Finding, ProvesNothing
from node.council.state import heads
from node.council.state.record import Entry, Inadmissible, Record, read_entry, subject_of
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol import jcs, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.transparency import merkle, notes

EVIDENCE = "rochdale-evidence/1"
RECEIPT = "rochdale-receipt/1"


class Proven(Struct, frozen=True):
    """What evidence proves. found_by: the coop that shows it, if it signed that."""

    charter: str
    name: str
    finding: Finding
    found_by: str | None
    is_by_former_key: bool
    """Whether it rests on a key that counts no more, which somebody may have stolen."""
    names: Mapping[str, str]
    """Of those who belonged, by the file."""


class Stored(Struct, frozen=True):
    """What a receipt proves: a quorum stored the log, so long, with a ballot in it, by `at`."""

    charter: str
    name: str
    ballot: Statement
    index: int
    size: int
    at: datetime
    stored_by: tuple[str, ...]
    names: Mapping[str, str]
    """Of those who belonged, by the file."""


def of_evidence(statement: Statement) -> bytes:
    """The file of a statement that is evidence."""
    charter = statement.federation
    return jcs.canonical({"format": EVIDENCE, "charter": charter, "evidence": statement.text})


def of_receipt(
    context: Sequence[str], ballot: str, entry: Entry, leaves: Sequence[bytes], head: str
) -> bytes:
    """The file that shows a ballot in the log. leaves: of the log as far as the head."""
    charter = statements.read(ballot).federation
    path = [notes.encode(each) for each in merkle.inclusion_proof(leaves, entry.index)]
    document: dict[str, Any] = {
        "format": RECEIPT,
        "charter": charter,
        "context": list(context),
        "ballot": ballot,
        "entry": entry.text,
        "index": entry.index,
        "path": path,
        "head": head,
    }
    return jcs.canonical(document)


def verify(data: bytes, charter: str | None = None) -> Verdict | Proven | Stored:
    """What a file proves. charter: what the federation's charter digest is known to be.

    Raises ArchiveRefused.
    """
    try:
        document = strict_json.loads(data, archive.LIMITS)
        read = _READS.get(str(document.get("format")))
        if read is None:
            return archive.verify(data, charter)
        if jcs.canonical(document) != data:
            raise MalformedDocument("The file is not in canonical form.", code="not-canonical")
        found = read(document)
    except (Inadmissible, ProtocolError) as error:
        raise ArchiveRefused(error.code, str(error)) from None
    except (ProvesNothing, contexts.TooMuch) as error:
        raise ArchiveRefused("proves-nothing", str(error)) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise ArchiveRefused("bad-file", "Its parts are not those of such a file.") from None
    _same_charter(found.charter, document["charter"])
    if charter is not None:
        _same_charter(found.charter, charter)
    return found


def _proven(document: Mapping[str, Any]) -> Proven:
    _only(document, "evidence")
    said = statements.read(document["evidence"])
    if said.kind is not Kind.EVIDENCE:
        raise ProvesNothing("It is no evidence.")
    signed = statements.signers(said)
    finding = evidence.check(said["code"], said["context"], said["parts"], document["charter"])
    record = contexts.known(said["context"])
    return Proven(
        record.federation,
        record.rules["name"],
        finding,
        said.coop if _is_by(record, said.coop, signed) else None,
        _rests_on_former_key(record, finding, said["parts"]),
        _names(record),
    )


def _stored(document: Mapping[str, Any]) -> Stored:
    _only(document, "context", "ballot", "entry", "index", "path", "head")
    for each in document["context"]:
        statements.signers(statements.read(each))  # what has no effect must be whole, too
    record, index = contexts.known(document["context"]), document["index"]
    ballot, entry = statements.read(document["ballot"]), read_entry(index, document["entry"])
    head = heads.signed_head(record, document["head"], strict=True)
    path = [notes.decode(each) for each in document["path"]]
    merkle.check_inclusion(entry.leaf, index, head.size, path, head.root)
    _is_logged_ballot(record, ballot, entry)
    by_name = {each.cosigner: each.coop for each in record.members.values()}
    return Stored(
        record.federation,
        record.rules["name"],
        ballot,
        index,
        head.size,
        head.at,
        tuple(sorted(by_name[each.name] for each in head.lines)),
        _names(record),
    )


def _is_logged_ballot(record: Record, ballot: Statement, entry: Entry) -> None:
    """Raises ProvesNothing."""
    filed = (entry.kind, entry.digest, entry.subject)
    if filed != (Kind.BALLOT, ballot.object, subject_of(ballot)):
        raise ProvesNothing("The ballot is not the one that was logged.")
    signed = statements.signers(ballot)
    is_theirs = _is_by(record, ballot.coop, signed) and ballot["delegate"] in signed
    if ballot.federation != record.federation or not is_theirs:
        raise ProvesNothing("It is not a member's signed ballot in this federation.")


def _is_by(record: Record, coop: str, signed: frozenset[str]) -> bool:
    try:
        return bool(contexts.keys_of(record, coop) & signed)
    except Inadmissible:
        return False


def _rests_on_former_key(record: Record, finding: Finding, parts: Sequence[Any]) -> bool:
    """Two words of one coop are all the proof: who stole its key could have made one of them."""
    former = set(record.former_keys.get(finding.culprit, ()))
    if finding.code not in evidence.BY_ONE_COOP or not former:
        return False
    return any(former & statements.signers(statements.read(each)) for each in parts)


def _names(record: Record) -> dict[str, str]:
    return {coop: each.name for coop, each in sorted(record.members.items())}


def _only(document: Mapping[str, Any], *fields: str) -> None:
    if set(document) != {"format", "charter", *fields}:
        raise MalformedDocument("It has other fields than such a file has.", code="bad-file")


def _same_charter(found: str, named: Any) -> None:
    if named != found:
        raise ArchiveRefused(
            "other-charter", f"This was said in the federation {found}, not in {named}."
        )


_READS: Mapping[str, Callable[[Mapping[str, Any]], Proven | Stored]] = {
    EVIDENCE: _proven,
    RECEIPT: _stored,
}
