"""What the API says and takes of federations, proposals, ballots and evidence."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from ui.web.api.types import LongText, ShortText


class FederationMember(Struct, frozen=True):
    """key: its coop key in the federation, as multikey."""

    coop: str
    name: str
    key: str
    members: int


class FederationItem(Struct, frozen=True):
    """charter: the digest of its charter, by which members recognise it. stopped: why we cosign
    nothing more of its host."""

    id: str
    name: str
    charter: str | None
    host: str
    state: str
    quorum: int
    members: list[FederationMember]
    applicants: list[str]
    invited: list[str]
    log_size: int
    log_cosigned: int
    stopped: str | None


class FederationList(Struct, frozen=True):
    items: list[FederationItem]
    next: str | None = None


class FederationNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """coops: whom to found it with, by uri. facilitators: those of them that look after discussions
    for all. The rules are the ordinary ones if none are given."""

    name: ShortText
    coops: Annotated[list[ShortText], Meta(min_length=1, max_length=200)]
    classes: dict[str, Any] | None = None
    scheme: dict[str, Any] | None = None
    competences: list[ShortText] | None = None
    dummies_accepted: bool = False
    witness_quorum: ShortText | None = None
    delegate_term_days: int | None = None
    facilitators: list[ShortText] | None = None


class FederationChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: join, invite, admit, leave, delegates; hand-over, accept-handover or take-over of the
    log. coop: with invite, admit and hand-over. accounts and alternates: with delegates, ids of
    accounts. keys: with delegates, by account the public key (Multikey, Ed25519) of who has theirs
    on a device; whoever has one keeps it, if nothing is said."""

    event: ShortText
    coop: ShortText = ""
    accounts: list[ShortText] = []
    alternates: list[ShortText] = []
    keys: dict[str, ShortText] = {}


class ProposalItem(Struct, frozen=True):
    id: str
    federation: str
    title: str
    decision_class: str
    public: bool
    mover: str
    state: str
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    outcome: str | None


class OwnBallot(Struct, frozen=True):
    """counted: a quorum of coops has stored the log with it."""

    digest: str
    sequence: int
    choice: Any
    promised: bool
    seen_by: int
    counted: bool


class ProposalWhole(Struct, frozen=True):
    """charter: the charter's rules that it changes, if it does. excludes: the coop whose membership
    it ends. option_names: what each option is called. result: as certified, with its stages.
    attestations: what each coop said of it."""

    proposal: ProposalItem
    proposal_digest: str | None
    text: str
    policies: dict[str, Any]
    charter: dict[str, Any] | None
    excludes: str | None
    options: list[str]
    option_names: dict[str, str]
    weights: dict[str, int]
    missing: list[str]
    voted: list[str]
    result: dict[str, Any] | None
    attestations: dict[str, str]
    own_ballots: list[OwnBallot]


class ProposalList(Struct, frozen=True):
    items: list[ProposalItem]
    next: str | None = None


class ProposalNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put before the other coops at once. policies: values by key; options: for elections, ids of
    small letters, digits and hyphens; option_names: what they are called, where that differs.
    public: anybody may read of it. review_by, until: of its policies. confirms: proposal_digest of
    what was decided urgently. excludes: the coop whose membership is to end.
    """

    federation: ShortText
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: LongText
    decision_class: ShortText = "ordinary"
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    policies: dict[str, Any] = {}
    options: list[ShortText] = []
    option_names: dict[ShortText, ShortText] = {}
    review_by: datetime | None = None
    until: datetime | None = None
    confirms: ShortText | None = None
    excludes: ShortText | None = None
    language: ShortText = "en"
    public: bool = False


class ProposalChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: submit (a draft of ours), freeze or withdraw."""

    event: ShortText


class BallotItem(Struct, frozen=True):
    """standing: logged, timely, late or void."""

    coop: str
    choice: Any
    weight: int
    sequence: int
    digest: str
    standing: str


class BallotList(Struct, frozen=True):
    items: list[BallotItem]
    next: str | None = None


class EvidenceItem(Struct, frozen=True):
    """code: E1 to E7, as FEDERATION.md tells. proposal: its name in the log."""

    id: str
    code: str
    culprit: str
    proposal: str | None
    found_by: str
    at: datetime


class EvidenceList(Struct, frozen=True):
    items: list[EvidenceItem]
    next: str | None = None


class BallotNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """choice: "yes", "no" or "abstain", or what the method takes. signed: instead, a ballot that a
    delegate signed on their own device, as text. One of the two is needed."""

    choice: Any | UnsetType = UNSET
    signed: LongText | None = None


class BallotChoice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    choice: Any


class BallotToSign(Struct, frozen=True):
    """ballot: the next one of our coop, for a key on a device. Whoever has the key adds a proof
    (FEP-8b32, eddsa-jcs-2022, verificationMethod did:key, in a list) and sends it back as `signed`,
    in canonical form (RFC 8785)."""

    ballot: dict[str, Any]


class BallotCast(Struct, frozen=True):
    digest: str
