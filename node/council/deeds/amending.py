"""Rival texts: our coop puts one beside a proposal, withdraws it, or takes one over."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from federation.storage import Reader, UnitOfWork
from node import audit
from node.council.deeds import proposing
from node.council.rows import store
from node.council.state import variants
from node.council.state.record import Proposal
from node.council.steps import hosting
from node.council.words.statements import Kind, Statement
from node.errors import NotFound
from node.i18n import _


class Amended(Struct, frozen=True):
    """A proposal's text as we would have it; class, options and times stay as they are."""

    title: str
    text: str
    policies: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"


class AmendmentView(Struct, frozen=True):
    """A rival text. option: its name on ballots.

    stands: it goes to the vote beside the original. is_taken: the original says the same by now.
    """

    option: str
    digest: str
    coop: str
    published: str
    title: str
    text: str
    language: str
    policies: dict[str, Any]
    parent: str
    stands: bool
    is_taken: bool
    is_withdrawn: bool


async def amend(uow: UnitOfWork, proposal_id: str, written: Amended, *, by: str) -> str:
    """Put a rival text of ours beside a proposal; returns its digest. Raises InvalidInput."""
    row = await store.proposal(uow, proposal_id)
    known, record, key = await proposing.member(uow, row)
    document = proposing.said(
        uow,
        record,
        Kind.AMENDMENT,
        proposal=row.proposal,
        parent=proposing.in_log(record, row).text.content,
        title=written.title,
        text=written.text,
        language=written.language,
        policies=dict(written.policies),
    )
    statement = proposing.admissible(record, document, key, uow.now)
    await hosting.say(uow, known, [statement])
    await audit.record(uow, by, "council.amend", proposal_id)
    return statement.content


async def retract(uow: UnitOfWork, proposal_id: str, digest: str, *, by: str) -> None:
    """Withdraw a rival text of ours, before notice is given. Raises InvalidInput, NotFound."""
    row = await store.proposal(uow, proposal_id)
    known, record, key = await proposing.member(uow, row)
    _named(proposing.in_log(record, row), digest)
    document = proposing.said(uow, record, Kind.RETRACTION, proposal=row.proposal, amendment=digest)
    await hosting.say(uow, known, [proposing.admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.retract", proposal_id)


async def take(uow: UnitOfWork, proposal_id: str, digest: str, *, by: str) -> None:
    """Take a rival text as friendly: our proposal says the same from now on.

    A notice that was given counts no more, as with every change of the text. Raises InvalidInput,
    NotAllowed unless the proposal is ours, NotFound.
    """
    row = await proposing.ours(uow, proposal_id)
    known, record, key = await proposing.member(uow, row)
    found = proposing.in_log(record, row)
    amendment = _named(found, digest)
    kept = {name: value for name, value in found.text.document.items() if name in _KEPT}
    taken = {name: amendment[name] for name in variants.SUBSTANCE}
    parent = found.text.content
    document = proposing.said(uow, record, Kind.REVISION, **kept, **taken, parent=parent)
    await hosting.say(uow, known, [proposing.admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.take", proposal_id)


async def amendments(reader: Reader, proposal_id: str) -> list[AmendmentView]:
    """Every rival text that was put forward, in the order of the log. Raises NotFound."""
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal], with_leaves=False)
    found = record.proposals.get(row.proposal)
    if found is None:
        return []
    stand = variants.standing(found)
    original = variants.substance(found.text)
    return [
        AmendmentView(
            option,
            each.content,
            each.coop,
            each["published"],
            each["title"],
            each["text"],
            each["language"],
            each["policies"],
            each["parent"],
            option in stand,
            variants.substance(each) == original,
            each.content in found.retracted,
        )
        for option, each in variants.named(found).items()
    ]


_KEPT = frozenset(
    {
        "id",
        "class",
        "options",
        "public",
        "opensAt",
        "closesAt",
        "finalizeBy",
        "reviewBy",
        "until",
    }
)


def _named(proposal: Proposal, digest: str) -> Statement:
    found = proposal.amendments.get(digest)
    if found is None:
        raise NotFound(_("There is no such rival text here."))
    return found
