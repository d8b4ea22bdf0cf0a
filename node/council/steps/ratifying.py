"""After a decision: each coop's own yes or no to what binds it only then, and who is bound.

A coop answers by a statement in the log, with the decision of its own behind it. Whoever says
nothing until the deadline is bound or not, as the class of decisions says; a late yes still counts.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from federation.storage import Reader, UnitOfWork
from node import audit, notices, policies, timers
from node.accounts import AccountView, Role
from node.council.rows import store
from node.council.rows.models import federation_table, proposal_table, statement_table
from node.council.state import chartering, variants
from node.council.state.heads import read_head
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.views.queries import ProposalView, proposal_view
from node.council.words import procedure, statements
from node.council.words.life import State
from node.council.words.statements import Kind, Statement
from node.errors import NodeError
from node.notices import NoticeKind
from node.policies import Answer
from protocol import datetimes

ANSWER = "council-answer"
ACTIVE = "active"
_ANSWERS = {"accept": Answer.ACCEPT, "reject": Answer.REJECT}


class CoopAnswer(Struct, frozen=True):
    """What a coop says to a decision. verdict: accept, reject, silent, or waiting until the
    deadline. decision: its own, as it names it. reservations: reasons by key."""

    coop: str
    verdict: str
    is_bound: bool
    decision: str
    reservations: Mapping[str, str]


class Answers(Struct, frozen=True):
    """needed: whether it asks for each coop's own yes. can_except: keys that we may still except
    ourselves from."""

    needed: bool
    answer_by: datetime | None
    silence_binds: bool
    coops: tuple[CoopAnswer, ...]
    can_answer: bool
    can_except: tuple[str, ...]


class Due(Struct, frozen=True):
    """A decision that waits for our coop's own answer."""

    proposal: ProposalView
    answer_by: datetime


def policy_id(proposal: Proposal) -> str:
    """The name under which our register of rules keeps what a proposal decided."""
    return ",".join(sorted(_text(proposal)["policies"]))


def asks(record: Record, keys: Collection[str]) -> bool:
    """Whether each coop has to say yes for itself: to a key of that mode, or to one that the
    founders gave the federation no say on."""
    return policies.need_own_yes(keys) or bool(chartering.added(record, keys))


def answer_by(record: Record, proposal: Proposal) -> datetime | None:
    """Until when coops answer, from when the vote was closed; None if nothing asks for it."""
    if proposal.certificate is None or not asks(record, _text(proposal)["policies"]):
        return None
    try:
        head = read_head(record, proposal.certificate["closingHead"], proposal=proposal)
    except Inadmissible:
        return None
    return head.at + procedure.of(record.class_of(proposal)).answer


async def begin(uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal) -> None:
    """It has passed: our people are asked what our coop says."""
    due = answer_by(record, proposal)
    if due is None:
        return
    await timers.set_timer(uow, ANSWER, row.id, due)
    when = datetimes.format(due)[:10]
    for role in (Role.ADMIN, Role.DELEGATE):
        await notices.give(
            uow, NoticeKind.COUNCIL_ANSWER, row.id, to_role=role, title=row.title, when=when
        )


async def heard(
    uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal, said: Statement
) -> bool:
    """An answer or an exception is in the log: ours takes effect; whether all have answered."""
    if said.coop == uow.identities.coop.uri:
        if said.kind is Kind.RATIFICATION:
            await _answered(uow, record, row, proposal, said)
        else:
            await _excepted(uow, record, row, proposal, said["key"], said["reason"])
    return _all_answered(record, proposal)


async def heard_before(uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal) -> bool:
    """It has passed, and what we said to it was read before we knew: after a restore, or catching
    up. That takes effect now; whether all have answered."""
    ours = uow.identities.coop.uri
    for key, reason in proposal.reservations.get(ours, {}).items():
        await _excepted(uow, record, row, proposal, key, reason)
    if (said := proposal.ratifications.get(ours)) is not None:
        await _answered(uow, record, row, proposal, said)
    return _all_answered(record, proposal)


async def answers(reader: Reader, proposal_id: str) -> Answers | None:
    """What coops say to a decision; None before there is one. Raises NotFound."""
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal])
    proposal = record.proposals.get(row.proposal)
    if proposal is None or proposal.certificate is None:
        return None
    due, ours = answer_by(record, proposal), reader.identities.coop.uri
    binds = procedure.of(record.class_of(proposal)).silence_binds
    is_over = due is not None and due <= reader.now
    mine = proposal.reservations.get(ours, {})
    return Answers(
        needed=due is not None,
        answer_by=due,
        silence_binds=binds,
        coops=tuple(
            _answer(proposal, coop, is_over=is_over, silence_binds=binds)
            for coop in sorted(record.members)
        ),
        can_answer=due is not None
        and ours in record.members
        and ours not in proposal.ratifications,
        can_except=tuple(
            name
            for name in sorted(_text(proposal)["policies"])
            if name in policies.REGISTRY
            and policies.REGISTRY[name].reservable
            and name not in mine
            and ours in record.members
        ),
    )


def _text(proposal: Proposal) -> Statement:
    """The text that was carried, of several."""
    return variants.carried(proposal) or proposal.text


def _answer(proposal: Proposal, coop: str, *, is_over: bool, silence_binds: bool) -> CoopAnswer:
    said = proposal.ratifications.get(coop)
    verdict = said["verdict"] if said else "silent" if is_over else "waiting"
    is_bound = verdict == "accept" or (verdict == "silent" and silence_binds)
    decision = said["decision"] if said else ""
    return CoopAnswer(coop, verdict, is_bound, decision, proposal.reservations.get(coop, {}))


def _all_answered(record: Record, proposal: Proposal) -> bool:
    return not set(record.members) - set(proposal.ratifications)


async def _answered(
    uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal, said: Statement
) -> None:
    about = (record.federation, policy_id(proposal), _text(proposal).content)
    verdict, decision = _ANSWERS[said["verdict"]], said["decision"]
    said_so = {"evidence": decision, "by": audit.NODE}
    await _take_effect(uow, row, partial(policies.answer, uow, *about, verdict, **said_so))
    await notices.withdraw(uow, NoticeKind.COUNCIL_ANSWER, row.id)


async def _excepted(
    uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal, key: str, reason: str
) -> None:
    about = (record.federation, policy_id(proposal), _text(proposal).content)
    await _take_effect(uow, row, partial(policies.reserve, uow, *about, key, reason, by=audit.NODE))


async def _take_effect(
    uow: UnitOfWork, row: Row[Any], taken: Callable[[], Awaitable[None]]
) -> None:
    try:
        async with uow.savepoint():
            await taken()
    except NodeError as error:
        detail = {"reason": str(error)[:500]}
        await audit.record(uow, audit.NODE, "council.answer-unusable", row.id, detail)


async def to_answer(reader: Reader, account: AccountView) -> list[Due]:
    """What has passed and waits for our coop's own yes or no, for whoever speaks for it."""
    if not {Role.DELEGATE, Role.ADMIN} & account.roles:
        return []
    p, f = proposal_table.c, federation_table.c
    chosen = (
        select(proposal_table)
        .join(federation_table, f.id == p.federation_id)
        .where(p.state == State.RATIFYING.value, f.state == ACTIVE)
        .order_by(p.closes_at, p.id)
    )
    found = []
    for row in await reader.rows(chosen):
        said = await answers(reader, row.id)
        if said is not None and said.can_answer and said.answer_by is not None:
            found.append(Due(proposal_view(row), said.answer_by))
    return found


async def votes_behind(reader: Reader, certificates: Collection[str]) -> dict[str, str]:
    """Our ids of the proposals that certificates are about, by the certificates' digests."""
    s, p = statement_table.c, proposal_table.c
    chosen = select(s.digest, s.federation_id, s.text).where(s.digest.in_(certificates))
    about = {
        row.digest: (row.federation_id, statements.read(row.text).proposal)
        for row in await reader.rows(chosen)
    }
    named = select(p.federation_id, p.proposal, p.id).where(
        p.proposal.in_([name for _federation, name in about.values()])
    )
    ids = {(row.federation_id, row.proposal): row.id for row in await reader.rows(named)}
    return {digest: ids[which] for digest, which in about.items() if which in ids}
