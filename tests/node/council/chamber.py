"""A federation without nodes: keys, a log, and whatever its coops say, all in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.council.count import archive, counting
from node.council.count.replaying import replay, take
from node.council.state import heads, keepers, variants
from node.council.state.record import Entry, Record, entry_text, read_entry, subject_of
from node.council.words import charter, statements, tally
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from protocol.keys import multikey_of
from protocol.transparency import checkpoints, merkle
from protocol.transparency.checkpoints import Checkpoint

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
NAMES = ("camara", "lanehead", "mawimbi", "pioneer", "portici")
QUICK = charter.DEFAULT_CLASSES["ordinary"] | {"commentHours": 0, "noticeHours": 72}


def key(name: str, use: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"{name} {use}".encode()).digest())


def public(name: str, use: str) -> str:
    return multikey_of(key(name, use).public_key())


def uri(name: str) -> str:
    return f"https://{name}.example/coop"


def nonce(name: str) -> str:
    return sha256(name.encode()).hexdigest()


@dataclass
class Chamber:
    """The federation of so many coops; the first one keeps the log. topic: what is voted on."""

    coops: tuple[str, ...] = NAMES
    record: Record = field(default_factory=Record)
    entries: list[tuple[Entry, Statement]] = field(default_factory=list)
    now: datetime = START
    current: str = "p1"
    """The proposal that is voted on."""
    epoch: int = 0
    heir: str | None = None
    changed: dict[str, str] = field(default_factory=dict)
    """Coops that have another key, with its use."""

    @property
    def host(self) -> str:
        return self.heir or self.coops[0]

    def found(self, **rules: Any) -> "Chamber":
        agreed = charter.rules("Toad Lane", **{"classes": {"ordinary": QUICK}, **rules})
        said = [self.application(name) for name in self.coops]
        log_key = public(self.host, "log")
        document = charter.draft(agreed, said, uri(self.host), log_key, self.now)
        keys = [key(name, "coop") for name in self.coops]
        self.log(statements.signed(document, *keys, created=self.now))
        return self

    def replay(self) -> "Chamber":
        """With the record that its entries make."""
        self.record = replay(self.entries)
        return self

    def application(self, name: str, federation: str | None = None) -> Statement:
        return self.say(
            name,
            Kind.APPLICATION,
            federation=federation,
            invitation=None,
            name=name.capitalize(),
            key=public(name, "coop"),
            witness=public(name, "witness"),
            members=10,
        )

    def say(self, name: str, kind: Kind, /, *also: Ed25519PrivateKey, **fields: Any) -> Statement:
        """A statement signed by a coop, not logged."""
        federation = fields.pop("federation", self.record.charter and self.record.federation)
        document = statements.new(kind, uri(name), federation, self.now, **fields)
        own = key(name, self.changed.get(name, "coop"))
        return statements.signed(document, *also, own, created=self.now)

    def log(self, statement: Statement) -> bool:
        """Append it; whether it has an effect."""
        return self.take(self.entry(statement, subject_of(statement)), statement)

    def entry(self, statement: Statement, subject: str) -> Entry:
        at = datetimes.format(self.now)
        return read_entry(
            len(self.entries), entry_text(statement.kind, subject, statement.object, at)
        )

    def take(self, entry: Entry, statement: Statement) -> bool:
        self.entries.append((entry, statement))
        return take(self.record, entry, statement)

    def must(self, statement: Statement) -> Statement:
        assert self.log(statement), str(self.record.refused[len(self.entries) - 1])
        return statement

    def why_not(self, statement: Statement) -> str:
        """Append what has no effect; the code of why."""
        assert not self.log(statement)
        return self.refusal

    @property
    def refusal(self) -> str:
        """Why the last entry has no effect."""
        return self.record.refused[len(self.entries) - 1].code

    def put_down(self, name: str = "", **changes: Any) -> Statement:
        """What whoever keeps the log writes down after a vote: other rules, or who is out."""
        proposal = self.record.proposals[name or self.current]
        assert proposal.certificate is not None
        fields = {"proposal": proposal.id, "certificate": proposal.certificate.object}
        if member := proposal.text.document.get("excludes"):
            return self.say(self.host, Kind.EXCLUSION, **fields | {"member": member} | changes)
        rules = {"changes": proposal.text["charter"]}
        return self.say(self.host, Kind.RULES, **fields | rules | changes)

    def head(self, *, by: tuple[str, ...] | None = None, size: int | None = None) -> str:
        """A checkpoint of the log as it is, cosigned now."""
        leaves = [entry.leaf for entry, _statement in self.entries][:size]
        root = merkle.root(leaves)
        at = Checkpoint(self.record.origin, len(leaves), root, (f"epoch {self.epoch}",))
        note = checkpoints.sign(at, key(self.host, "log"))
        lines = [
            checkpoints.cosign(
                note, f"{name}.example/coop", key(name, "witness"), int(self.now.timestamp())
            )
            for name in (self.coops if by is None else by)
        ]
        return str(checkpoints.with_signatures(note, lines))

    def mandate_for(
        self, heir: str, *signers: str, epoch: int = 1, size: int | None = None
    ) -> Statement:
        """A host mandate, signed by these coops; from the end of the log, or from another place."""
        start = len(self.entries) if size is None else size
        root = merkle.root([entry.leaf for entry, _statement in self.entries][:start])
        document = keepers.mandate(
            uri(heir),
            self.record.federation,
            self.now,
            epoch=epoch,
            log_key=public(heir, "log"),
            start=(start, root),
        )
        keys = [key(name, "coop") for name in signers]
        return statements.signed(document, *keys, created=self.now)

    def taken_over(self, heir: str) -> Statement:
        """Everybody but the host wants this coop to go on."""
        mandate = self.mandate_for(heir, *self.coops[1:], epoch=self.epoch + 1)
        self.must(mandate)
        self.heir, self.epoch = heir, self.epoch + 1
        return mandate

    def wait(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def delegates(self, name: str) -> list[dict[str, str]]:
        return [{"id": "d1", "key": public(name, "delegate"), "custody": "node"}]

    def propose(self, id_: str | None = None, **changes: Any) -> Statement:
        opens = self.now + timedelta(hours=96)
        fields = {
            "id": id_ or self.current,
            "class": "ordinary",
            "title": "A ceiling for referral fees",
            "text": "Nobody takes more than five per cent.",
            "language": "en",
            "options": [],
            "public": False,
            "policies": {"referrals.fee_ceiling_percent": "5"},
            "opensAt": datetimes.format(opens),
            "closesAt": datetimes.format(opens + timedelta(hours=72)),
            "finalizeBy": datetimes.format(opens + timedelta(hours=200)),
        }
        return self.say(self.coops[-1], Kind.PROPOSAL, **(fields | changes))

    def amend(self, name: str, text: str, **changes: Any) -> Statement:
        """A rival text of a coop, not logged."""
        stands = self.record.proposals["p1"].text
        fields = {each: stands[each] for each in ("title", "language", "policies")}
        fields |= {"proposal": "p1", "parent": stands.content, "text": text}
        return self.say(name, Kind.AMENDMENT, **(fields | changes))

    def notice(self, proposal: Statement, **changes: Any) -> Statement:
        fields = {
            "proposal": proposal["id"],
            "proposalDigest": proposal.content,
            "amendments": variants.frozen_of(self.record.proposals[proposal["id"]]),
        }
        return self.say(self.coops[-1], Kind.NOTICE, **(fields | changes))

    def opened(
        self,
        missing: tuple[str, ...] = (),
        rivals: tuple[tuple[str, str], ...] = (),
        **changes: Any,
    ) -> Statement:
        """A proposal with notice, rows and roll, at the time when voting opens.

        rivals: coops, each with a text of its own."""
        for name in self.coops:
            if uri(name) not in self.record.mandates:
                self.must(self.mandate(name))
        proposal = self.must(self.propose(**changes))
        text_head = self.head()
        for changed in rivals:
            self.must(self.amend(*changed))
        self.must(self.notice(proposal))
        notice_head = self.head()
        for name in self.coops:
            if name not in missing:
                self.must(self.row(name, proposal))
        self.must(self.snapshot(proposal, text_head, notice_head))
        self.now = proposal.moment("opensAt")
        return proposal

    def mandate(self, name: str, epoch: int = 1, use: str = "delegate") -> Statement:
        named = [{"id": "d1", "key": public(name, use), "custody": "node"}]
        return self.say(name, Kind.MANDATE, epoch=epoch, delegates=named, alternates=[])

    def row(self, name: str, proposal: Statement, **changes: Any) -> Statement:
        fields = {
            "proposal": proposal["id"],
            "proposalDigest": proposal.content,
            "coopKey": self.record.members[uri(name)].key,
            "epoch": 1,
            "delegates": self.delegates(name),
            "alternates": [],
            "members": 10,
            "commit": sha256(bytes.fromhex(nonce(name))).hexdigest(),
        }
        return self.say(name, Kind.ROW, **(fields | changes))

    def snapshot(self, proposal: Statement, text: str, notice: str, **changes: Any) -> Statement:
        rows = self.record.proposals[proposal["id"]].rows
        weights = tally.weights(self.record.scheme(), {c: r["members"] for c, r in rows.items()})
        fields = {
            "proposal": proposal["id"],
            "proposalDigest": proposal.content,
            "rows": [rows[coop].object for coop in sorted(rows)],
            "missing": sorted(set(self.record.members) - set(rows)),
            "weights": weights,
            "total": sum(weights.values()),
            "power": tally.power(weights),
            "textHead": heads.packed(text),
            "noticeHead": heads.packed(notice),
        }
        return self.say(self.host, Kind.SNAPSHOT, **(fields | changes))

    def ballot(
        self, name: str, vote: Any, sequence: int = 1, prev: str | None = None, **changes: Any
    ) -> Statement:
        proposal = self.record.proposals[changes.pop("proposal", self.current)]
        delegate = changes.pop("signed_by", key(name, "delegate"))
        fields = {
            "proposal": proposal.id,
            "proposalDigest": proposal.text.content,
            "electorateDigest": proposal.snapshot.content if proposal.snapshot else "",
            "delegate": multikey_of(delegate.public_key()),
            "epoch": 1,
            "sequence": sequence,
            "prev": prev,
            "weight": 1,
            "choice": vote,
        }
        return self.say(name, Kind.BALLOT, delegate, **(fields | changes))

    def close(self, shown: list[str], **changes: Any) -> Statement:
        proposal = self.record.proposals[self.current]
        by, size = proposal.electors, self.record.size
        found = counting.classify(self.record, proposal, shown, by, size)
        assert proposal.snapshot is not None
        fields = {
            "proposal": self.current,
            "proposalDigest": proposal.text.content,
            "electorateDigest": proposal.snapshot.content,
            "size": self.record.size,
            "root": self.record.root_at(self.record.size).hex(),
            "heads": [heads.packed(each) for each in shown],
            **found.lists,
        }
        return self.say(self.host, Kind.CLOSE, **(fields | changes))

    def reveal(self, name: str, closing: str | None, **changes: Any) -> Statement:
        """A coop's part of the lot. closing: a head over the close, of the first that reveals."""
        fields = {
            "proposal": self.current,
            "nonce": nonce(name),
            "closingHead": closing and heads.packed(closing),
        }
        return self.say(name, Kind.REVEAL, **(fields | changes))

    def certify(self, but: Sequence[str] = (), **forged: Any) -> Statement:
        """After a close: its head, the reveals of all but these, and the certificate."""
        closing = self.head()
        proposal = self.record.proposals[self.current]
        for name in self.coops:
            if (
                name not in but
                and uri(name) in proposal.roll()
                and uri(name) not in proposal.reveals
            ):
                self.must(self.reveal(name, None if proposal.reveals else closing))
        result = counting.recount(self.record, proposal)
        result["tally"] |= forged
        assert proposal.close is not None
        assert proposal.snapshot is not None
        return self.say(
            self.host,
            Kind.CERTIFICATE,
            proposal=self.current,
            proposalDigest=proposal.text.content,
            electorateDigest=proposal.snapshot.content,
            close=proposal.close.object,
            closingHead=heads.packed(closing),
            engine=tally.ENGINE,
            revealed=sorted(proposal.reveals),
            withheld=sorted(set(proposal.roll()) - set(proposal.reveals)),
            seed=counting.seed(proposal),
            result=result,
            resultDigest=counting.result_digest(result),
        )

    def attest(self, *names: str) -> None:
        proposal = self.record.proposals[self.current]
        digest = counting.result_digest(counting.recount(self.record, proposal))
        assert proposal.certificate is not None
        same = digest == proposal.certificate["resultDigest"]
        for name in names or self.coops:
            self.must(
                self.say(
                    name,
                    Kind.ATTESTATION,
                    proposal=self.current,
                    certificate=proposal.certificate.object,
                    resultDigest=digest,
                    verdict="agree" if same else "dissent",
                )
            )

    def decided(self, votes: dict[str, Any], **opening: Any) -> "Chamber":
        """The whole way, up to the attestations."""
        self.opened(**opening)
        return self.voted(votes)

    def voted(self, votes: dict[str, Any]) -> "Chamber":
        """From the ballots to the attestations."""
        for name, vote in votes.items():
            self.must(self.ballot(name, vote))
        head = self.head()
        self.now = self.record.proposals[self.current].text.moment("closesAt")
        self.must(self.close([head]))
        self.must(self.certify())
        self.attest()
        return self

    def archive(self) -> bytes:
        entries = [entry for entry, _statement in self.entries]
        found = {statement.object: statement for _entry, statement in self.entries}
        return archive.write(self.current, entries, found, self.head(), self.record.federation)
