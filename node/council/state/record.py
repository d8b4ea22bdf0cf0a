"""What the log of a federation says, entry by entry. Pure: nodes and the offline verifier share it.

`replaying` fills it entry by entry, in their order. One that breaks a rule has no effect and stands
in `refused`, for everybody alike: what is decided depends on the log and on nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct, field
from msgspec.structs import asdict

from node.council.state import keepers
from node.council.state.electors import NOBODY, Electors, cosigner_of
from node.council.state.keepers import Keeper
from node.council.words import charter as charters
from node.council.words import shapes, statements
from node.council.words.shapes import Shape
from node.council.words.statements import Kind, Statement
from node.errors import Conflict
from protocol import jcs, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.transparency import merkle
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.merkle import leaf_hash
from protocol.transparency.notes import Note

_ENTRY: Sequence[tuple[str, Shape]] = (
    ("v", shapes.whole(1, 1)),
    ("kind", shapes.one_of(*Kind)),
    ("subject", lambda value: shapes.name(value) or shapes.coop(value)),
    ("digest", shapes.digest),
    ("at", shapes.moment),
)
ENTRY_FIELDS = {name for name, _is_right in _ENTRY}


class Inadmissible(Conflict):
    """A statement that may not be in the log, or has no effect there; code as peers hear it."""

    def __init__(self, code: str, sentence: str, status: int = 422) -> None:
        super().__init__(sentence, code)
        self.status = status


class Entry(Struct, frozen=True):
    """One line of the log. text: its canonical JSON, which is the leaf of the tree."""

    index: int
    kind: Kind
    subject: str
    digest: str
    at: str
    text: str

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.text.encode())


class Member(Struct, frozen=True):
    """A coop of the federation, by its keys there. members: as it says itself."""

    coop: str
    name: str
    key: str
    witness: str
    members: int

    @property
    def cosigner(self) -> str:
        return cosigner_of(self.coop)


class Wanted(Struct, frozen=True):
    """Another key that a coop asks for, and that others have to vouch for.

    vouchers: each with the content digest of what it said. vouched_at: since where in the log
    there are enough of them. is_contested: the key that it is to take the place of has said no.
    taken_back: what was said before that.
    """

    asked: Statement
    vouchers: Mapping[str, str] = field(default_factory=dict)
    vouched_at: int | None = None
    is_contested: bool = False
    taken_back: frozenset[str] = frozenset()


class Proposal(Struct):
    """One proposal as the log tells it. Numbers are places in the log."""

    id: str
    mover: str
    texts: dict[str, Statement] = field(default_factory=dict)
    """By content digest, in their order; the last one is what stands."""
    text_index: int = 0
    amendments: dict[str, Statement] = field(default_factory=dict)
    """By content digest, in their order; `variants` says which stand."""
    retracted: set[str] = field(default_factory=set)
    notice: Statement | None = None
    notice_index: int = 0
    rules: Mapping[str, Any] | None = None
    """The charter's rules as they were when notice was given: the vote keeps to them."""
    withdrawn: bool = False
    rows: dict[str, Statement] = field(default_factory=dict)
    snapshot: Statement | None = None
    snapshot_index: int = 0
    on_roll: dict[str, Statement] = field(default_factory=dict)
    """The rows that the snapshot names, by coop."""
    ballots: list[tuple[int, Statement]] = field(default_factory=list)
    numbered: dict[tuple[str, int, int], tuple[str, ...]] = field(default_factory=dict)
    """Object digests of ballots, by coop, number of the mandate and of the ballot."""
    receipts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each ballot in the log, by object digest: coops that saw it in time, and where they say
    so in the log."""
    cast: dict[str, int] = field(default_factory=dict)
    """How many ballots of each coop are in the log."""
    electors: Electors = NOBODY
    """Who belonged when the roll was made, and after each change since, until coops have counted
    it: whose cosignatures a head of this vote holds by."""
    close: Statement | None = None
    close_index: int = 0
    close_electors: Electors = NOBODY
    """The same as far as the close: what counts in it stays what it was."""
    reveals: dict[str, str] = field(default_factory=dict)
    certificate: Statement | None = None
    certificate_index: int = 0
    attestations: dict[str, Statement] = field(default_factory=dict)
    """Of the certificate that stands."""
    is_judged: bool = False
    """Whether a quorum of coops has counted the same, or so many otherwise that none ever will:
    then nothing undoes it."""
    is_upheld: bool = False
    """Whether it was the first of the two."""
    ratifications: dict[str, Statement] = field(default_factory=dict)
    reservations: dict[str, dict[str, str]] = field(default_factory=dict)
    """Reasons by key, of each coop that excepted itself."""
    marks: dict[str, dict[str, tuple[int, Statement]]] = field(default_factory=dict)
    """By the ballot that is marked, then by coop."""

    @property
    def text(self) -> Statement:
        return list(self.texts.values())[-1]

    def roll(self) -> Mapping[str, Statement]:
        """The rows that the snapshot names, by coop."""
        return self.on_roll

    def said_as(self, ballot: Statement) -> Sequence[str]:
        """Object digests of the logged ballots of this one's coop, mandate and number."""
        return self.numbered.get(number_of(ballot), ())


class Record:
    """A federation as its log tells it up to some entry.

    leaves: hashes of the entries that were read before, if roots below them will be asked for.
    """

    def __init__(self, leaves: Sequence[bytes] = ()) -> None:
        self.charter: Statement | None = None
        self.keepers: dict[int, Keeper] = {}
        """Hosts by their epochs, as far as the log tells."""
        self.next_keeper: Keeper | None = None
        """One that a quorum has appointed, and whose first entry is not here yet."""
        self.handover: Statement | None = None
        """What the host ended its log with."""
        self.members: dict[str, Member] = {}
        self.applications: dict[str, Statement] = {}
        self.passed_over: dict[str, Statement] = {}
        """Applications of coops that have come in since: a yes to one of them counts in logs that
        0.1.0 kept, and is refused by now."""
        self.approvals: dict[str, set[str]] = {}
        self.mandates: dict[str, dict[int, Statement]] = {}
        self.rules: Mapping[str, Any] = {}
        self.changes: list[Statement] = []
        self.wanted: dict[str, Wanted] = {}
        """Keys that wait for others to vouch, by the content digest of who asks."""
        self.asked: set[str] = set()
        """Content digests of all that asked for a key: none does so twice, or a no to it, and whose
        word that took back, would be forgotten."""
        self.alone: dict[str, int] = {}
        """How often coops have changed their keys by themselves since others vouched for them."""
        self.former_keys: dict[str, list[str]] = {}
        """Keys that coops had, in the order in which they were replaced."""
        self.joined: dict[str, int] = {}
        """Where in the log each coop was admitted; not those who founded it."""
        self.proxies: list[tuple[int, Statement]] = []
        self.proposals: dict[str, Proposal] = {}
        self.refused: dict[int, Inadmissible] = {}
        self.size = len(leaves)
        self._leaves = list(leaves)
        self._roots: dict[int, bytes] = {}

    @property
    def federation(self) -> str:
        """The charter's content digest."""
        if self.charter is None:
            raise Inadmissible("no-charter", "The log does not begin with a charter.")
        return self.charter.content

    @property
    def keeper(self) -> Keeper:
        """Who keeps the log, by what stands in it."""
        if not self.keepers:
            raise Inadmissible("no-charter", "The log does not begin with a charter.")
        return self.keepers[max(self.keepers)]

    @property
    def host(self) -> str:
        return self.keeper.host

    @property
    def epoch(self) -> int:
        return self.keeper.epoch

    @property
    def origin(self) -> str:
        return f"rochdale/{self.federation}"

    @property
    def quorum(self) -> int:
        return self.needed(len(self.members))

    @property
    def _charter(self) -> Statement:
        if self.charter is None:
            raise Inadmissible("no-charter", "The log does not begin with a charter.")
        return self.charter

    def needed(self, members: int, proposal: Proposal | None = None) -> int:
        """How many of so many coops are a quorum; by the rules of the proposal's notice, if it is
        about one."""
        rules = self.rules_for(proposal)
        return charters.quorum(members, rules.get("witnessQuorum", charters.LEAST_QUORUM))

    def class_of(self, proposal: Proposal) -> dict[str, Any]:
        """The class that a proposal is decided in, by the rules of its notice."""
        return self._class(self.rules_for(proposal), proposal.text["class"])

    def class_named(self, name: str) -> dict[str, Any]:
        """By the rules as they are now."""
        return self._class(self.rules, name)

    def _class(self, rules: Mapping[str, Any], name: str) -> dict[str, Any]:
        found: dict[str, Any] | None = rules["classes"].get(name)
        if found is None:
            raise Inadmissible("class-unknown", "The charter knows no such class of decisions.")
        return found

    def scheme(self, proposal: Proposal | None = None) -> Mapping[str, Any]:
        """How votes are weighed, by the rules of the proposal's notice."""
        found: Mapping[str, Any] = self.rules_for(proposal)["scheme"]
        return found

    def competences(self) -> Sequence[str]:
        found: Sequence[str] = self.rules["competences"]
        return found

    def keys(self) -> set[str]:
        """Every key that a member has or had: none of them is ever given out again."""
        now = {key for each in self.members.values() for key in (each.key, each.witness)}
        return now.union(*self.former_keys.values())

    def rules_for(self, proposal: Proposal | None) -> Mapping[str, Any]:
        return proposal.rules if proposal and proposal.rules else self.rules

    def proposal(self, id_: Any) -> Proposal:
        """Raises Inadmissible."""
        found = self.proposals.get(id_)
        if found is None:
            raise Inadmissible("proposal-unknown", "There is no such proposal here.", 409)
        return found

    def witnesses(self, members: Mapping[str, Member] | None = None) -> dict[str, Ed25519PublicKey]:
        """Keys of cosignatures by the names that they bear."""
        found = self.members if members is None else members
        return {each.cosigner: statements.public_key(each.witness) for each in found.values()}

    def opened(self, text: str) -> tuple[Checkpoint, Note]:
        """A checkpoint of this log, signed by the host of its epoch. Raises ProtocolError."""
        return keepers.opened(text, self.origin, self.known_keepers)

    @property
    def known_keepers(self) -> Mapping[int, Keeper]:
        """Hosts by their epochs, the one that is only just appointed too."""
        if self.next_keeper is None:
            return self.keepers
        return {self.next_keeper.epoch: self.next_keeper} | self.keepers

    def has_hosted(self, coop: str) -> bool:
        """Whether a coop keeps or kept the log."""
        return any(each.host == coop for each in self.keepers.values())

    def root_at(self, size: int) -> bytes:
        """The root of the first so many entries. Raises Inadmissible where they are not here."""
        if size > len(self._leaves):
            raise Inadmissible("head-ahead", "A checkpoint is ahead of the log.")
        if size not in self._roots:  # each coop's part of a lot comes with a head of one size
            self._roots[size] = merkle.root(self._leaves[:size])
        return self._roots[size]

    def signed_by(self, statement: Statement) -> frozenset[str]:
        """The keys under a statement. Raises Inadmissible if a proof does not hold."""
        try:
            return statements.signers(statement)
        except ProtocolError as error:
            raise Inadmissible(error.code, str(error), 401) from None

    def member(self, coop: str) -> Member:
        """Raises Inadmissible."""
        found = self.members.get(coop)
        if found is None:
            raise Inadmissible("not-a-member", "This coop is no member of the federation.", 403)
        return found

    def is_by_alternate(self, ballot: Statement) -> bool:
        """Whether a ballot is signed by one who stands in, by that coop's own mandate."""
        mandate = self.mandates.get(ballot.coop, {}).get(ballot["epoch"])
        named = mandate["alternates"] if mandate else ()
        return any(each["key"] == ballot["delegate"] for each in named)

    def copy(self, leaves: Sequence[bytes] = ()) -> "Record":
        """The same, to go on with: what becomes of one does not touch the other."""
        found = Record(leaves)
        for name, value in vars(self).items():
            if name not in ("_leaves", "_roots"):
                setattr(found, name, _twin(value))
        return found

    def advance(self, entry: Entry) -> None:
        """Go on by one entry, whatever it says."""
        self.size = entry.index + 1
        if len(self._leaves) == entry.index:
            self._leaves.append(entry.leaf)


def entry_text(kind: Kind, subject: str, digest: str, at: str) -> str:
    """The canonical JSON of an entry."""
    document = {"v": 1, "kind": kind.value, "subject": subject, "digest": digest, "at": at}
    return jcs.canonical(document).decode()


def read_entry(index: int, text: str) -> Entry:
    """Read a line of the log. Raises MalformedDocument."""
    document = strict_json.loads(text.encode())
    texts = [document.get(name) for name in ("kind", "subject", "digest", "at")]
    if set(document) != ENTRY_FIELDS or not all(
        is_right(document[name]) for name, is_right in _ENTRY
    ):
        raise MalformedDocument("This is no entry of a council's log.", code="bad-entry")
    if jcs.canonical(document).decode() != text:
        raise MalformedDocument("The entry is not in canonical form.", code="not-canonical")
    kind, subject, digest, at = texts
    return Entry(index, Kind(str(kind)), str(subject), str(digest), str(at), text)


def _twin(value: Any) -> Any:
    """A copy as deep as what changes: statements, members and entries never do."""
    kind = type(value)
    if kind is dict:
        first = next(iter(value.values()), None)
        is_flat = type(first) not in (dict, list, set, Proposal)
        return dict(value) if is_flat else {key: _twin(each) for key, each in value.items()}
    if kind in (list, set):
        return kind(value)
    if kind is Proposal:
        return Proposal(**{name: _twin(each) for name, each in asdict(value).items()})
    return value


def number_of(ballot: Statement) -> tuple[str, int, int]:
    """Whose it is, under which mandate, and which of their ballots."""
    return (ballot.coop, ballot["epoch"], ballot["sequence"])


def subject_of(statement: Statement) -> str:
    """What an entry is filed under: its proposal, or its coop."""
    return statement.proposal or statement.coop
