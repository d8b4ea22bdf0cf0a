"""What coops may tell us in a federation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from federation.handlers import (
    Applied,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
    own_way,
)
from federation.models import RemoteActor
from federation.relations import Standing
from federation.remote.actors import record_actor
from federation.storage import UnitOfWork
from node.council.deeds import casting, founding
from node.council.hosts import mirroring, succession, watching
from node.council.hosts.mirroring import Batch
from node.council.rows import lacking, pending, protests, proving, revealing, store, wire
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import heads
from node.council.state.record import Inadmissible
from node.council.steps import hosting, touching
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from node.errors import InvalidInput, NodeError
from protocol import strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.vocabulary.council import facts_of, type_of

handlers = HandlerTable()

Facts = Mapping[str, Any]
Hear = Callable[[UnitOfWork, Received, Facts], Awaitable[bool]]
_FETCHED_AT_ONCE = 10
_TOLD = (
    Kind.APPLICATION,
    Kind.ADMIT,
    Kind.LEAVE,
    Kind.MANDATE,
    Kind.PROPOSAL,
    Kind.REVISION,
    Kind.AMENDMENT,
    Kind.RETRACTION,
    Kind.NOTICE,
    Kind.WITHDRAWAL,
    Kind.ROW,
    Kind.BALLOT,
    Kind.PROMISE,
    Kind.SEEN,
    Kind.REVEAL,
    Kind.ATTESTATION,
    Kind.EVIDENCE,
    Kind.RULES,
    Kind.EXCLUSION,
    Kind.REPLACEMENT,
    Kind.VOUCH,
    Kind.PROTEST,
    Kind.REKEYING,
    Kind.RATIFICATION,
    Kind.RESERVATION,
    Kind.MARK,
    Kind.PROXY,
)


async def statements_told(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops say something signed: for the log that we keep, or to us."""
    return [await _decided(uow, each, _hear_statement) for each in received]


async def messages_told(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """The log grows, is cosigned, is asked for; coops are asked to found a federation."""
    return [await _decided(uow, each, _HEARS[_kind(each)]) for each in received]


for _statement_kind in _TOLD:
    _name = wire.kind_of(_statement_kind)
    handlers.on("Create", type_of(_name), kind=_name)(statements_told)
    handlers.on_return("Create", type_of(_name), kind=_name)(own_way)
for _message in Message:
    handlers.on("Create", type_of(_message.value), kind=_message.value)(messages_told)
    handlers.on_return("Create", type_of(_message.value), kind=_message.value)(own_way)


async def _hear_statement(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    statement = statements.read(_text(facts, "statement"))
    if statement.coop != received.activity.actor:
        raise Inadmissible("wrong-party", "This is for another coop to say.", 403)
    if statement.kind is Kind.APPLICATION and statement["invitation"] is not None:
        return await founding.hear_founder(uow, statement)
    known = await _known(uow, statement.federation)
    match statement.kind:
        case Kind.BALLOT:
            return await casting.hear_ballot(uow, known, statement)
        case Kind.PROMISE:
            return await casting.hear_promise(uow, known, statement)
        case Kind.SEEN:
            return await casting.hear_seen(uow, known, statement)
        case Kind.REVEAL if not hosting.keeps(uow, known):
            return await revealing.hold(uow, known, statement)
        case Kind.PROTEST if not hosting.keeps(uow, known):
            return await protests.hold(uow, known, statement)
        case Kind.EVIDENCE:
            return await _hear_evidence(uow, known, statement)
    return await _log(uow, known, statement)


async def _hear_evidence(uow: UnitOfWork, known: Federation, said: Statement) -> bool:
    """What a close lacks is shown to the host at once; that it insists is known later."""
    record = await store.record(uow, known, with_leaves=False)
    record.member(said.coop)
    record.signed_by(said)  # whoever is shown it as a file could not check it otherwise
    if await proving.is_early(uow, known, said):
        is_news = await proving.proven(uow, known, record, said) is not None
    else:
        is_news = await proving.hear(uow, known, record, said)
    if is_news and said["code"] == proving.LEFT_OUT:
        await _show_what_is_missing(uow, known, said)
    return is_news


async def _show_what_is_missing(uow: UnitOfWork, known: Federation, said: Statement) -> None:
    """What a close lacks is shown to the host by whoever hears of it: it may not have known. If it
    is ours, we hear what is shown, and close anew."""
    left, _close, given, *receipts = said["parts"]
    if head := given.get("head"):
        if hosting.keeps(uow, known):
            await mirroring.hear_head(uow, known, said.coop, head)
        else:
            await mirroring.show(uow, known, [head], [known.host])
        return
    if not hosting.keeps(uow, known):
        await lacking.show(uow, known, [left, *receipts])
        return
    for text in (left, *receipts):
        await _take(uow, known, statements.read(text))


async def _log(uow: UnitOfWork, known: Federation, statement: Statement) -> bool:
    if not hosting.keeps(uow, known):
        raise Inadmissible("not-the-host", "Another coop keeps this log; tell it there.", 403)
    if await store.is_logged(uow, known.id, statement.object):
        return False
    if statement.kind in (Kind.MANDATE, Kind.ROW) and await proving.two_words(
        uow, known, statement
    ):
        return True
    if not hosting.may_add(uow, known):
        await hosting.check_may_wait(uow, known, statement)
        await pending.keep(uow, known, [statement])
        return True
    if statement.kind is Kind.REVEAL and statement["closingHead"] is not None:
        # Who reveals may have heard of a quorum before us: then our close is not for us to change.
        await _hear_closing_head(uow, known, statement)
    await hosting.accept(uow, known.id, statement)
    return True


async def _hear_closing_head(uow: UnitOfWork, known: Federation, reveal: Statement) -> None:
    record = await store.record(uow, known, [str(reveal.proposal)], with_leaves=False)
    electors = record.proposal(reveal.proposal).electors
    text = heads.unpacked(reveal["closingHead"], electors)
    await mirroring.hear_head(uow, known, reveal.coop, text)


async def _hear_entries(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    if isinstance(mandate := facts.get("mandate"), str):
        known = await succession.hear_of_host(uow, known, mandate)
    actor, checkpoint = received.activity.actor, _text(facts, "checkpoint")
    if actor != known.host and not await mirroring.may_copy(uow, known, actor, checkpoint):
        await succession.show_host(uow, known, actor)
        return False
    entries, told = _texts(facts, "entries"), _texts(facts, "statements")
    if len(entries) != len(told):
        raise MalformedDocument("Send one statement for each entry.", code="bad-property")
    await _meet(uow, received, told)
    batch = Batch(actor, _number(facts, "old"), entries, told, checkpoint)
    is_news = await mirroring.hear_entries(uow, known.id, batch)
    await succession.serve_if_agreed(uow, known.id)
    await watching.go_on(uow, known.id)
    return is_news


async def _hear_offer(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await succession.hear_offer(uow, known, received.activity.actor)


async def _hear_ready(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await succession.hear_ready(uow, known, received.activity.actor, _text(facts, "logKey"))


async def _hear_host(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await succession.hear_mandate(
        uow, known, received.activity.actor, _text(facts, "mandate")
    )


async def _hear_recall(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await watching.hear_mark(uow, known, received.activity.actor)


async def _hear_recalled(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    told = watching.facts_of(facts)
    return await watching.hear_marked(uow, known, received.activity.actor, told)


async def _hear_cosignature(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    record = await store.record(uow, known, with_leaves=False)
    record.member(received.activity.actor)
    text, line = _text(facts, "checkpoint"), _text(facts, "cosignature")
    return await mirroring.hear_cosignature(uow, known, text, line)


async def _hear_head(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known, actor = await _known(uow, _text(facts, "federation")), received.activity.actor
    return bool(known.size) and await mirroring.hear_head(uow, known, actor, _text(facts, "head"))


async def _hear_request(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await mirroring.send_from(uow, known, received.activity.actor, _number(facts, "size"))


async def _hear_invitation(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    if received.standing is not Standing.PEER:
        raise Inadmissible("not-in-touch", "Only coops in touch with us can invite us.", 403)
    rules = facts.get("rules")
    if not isinstance(rules, dict):
        raise MalformedDocument("The rules must be one JSON object.", code="bad-property")
    invitation = _text(facts, "invitation")
    return await founding.hear_invitation(uow, received.activity.actor, invitation, rules)


async def _hear_charter(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    """To the founders, a charter to be signed; to the host, the charter signed by one of them."""
    actor, text = received.activity.actor, _text(facts, "charter")
    invitation = _text(facts, "invitation")
    if await store.by_invitation(uow, uow.identities.coop.uri, invitation) is not None:
        return await founding.hear_signature(uow, actor, invitation, text)
    known = await founding.joining(uow, actor, invitation)
    if known is None:
        return False
    await _meet(uow, received, [text])
    return await founding.hear_charter(uow, known, text)


async def _hear_passed_on(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    """A member holds what others said and we lack: what is signed counts, whoever brings it."""
    known = await _known(uow, _text(facts, "federation"))
    record = await store.record(uow, known, with_leaves=False)
    record.member(received.activity.actor)
    said = [statements.read(each) for each in _texts(facts, "statements")]
    for each in said:
        if each.kind not in _PASSED_ON or each.federation != known.digest:
            raise Inadmissible("wrong-party", "This is for another coop to say.", 403)
    return any([await _take(uow, known, each) for each in said])


async def _hear_touched(uow: UnitOfWork, received: Received, facts: Facts) -> bool:
    known = await _known(uow, _text(facts, "federation"))
    return await touching.hear(uow, known, received.activity.actor, facts)


async def _take(uow: UnitOfWork, known: Federation, statement: Statement) -> bool:
    """What is too late by now, or replaced, is nothing that we lack."""
    try:
        async with uow.savepoint():
            match statement.kind:
                case Kind.BALLOT:
                    return await casting.hear_ballot(uow, known, statement)
                case Kind.SEEN:
                    return await casting.hear_seen(uow, known, statement)
            return await _log(uow, known, statement)
    except Inadmissible:
        return False


_PASSED_ON = (Kind.BALLOT, Kind.SEEN, Kind.REVEAL, Kind.PROTEST)
_HEARS: Mapping[str, Hear] = {
    Message.ENTRIES: _hear_entries,
    Message.COSIGNATURE: _hear_cosignature,
    Message.HEAD: _hear_head,
    Message.REQUEST: _hear_request,
    Message.INVITATION: _hear_invitation,
    Message.CHARTER_DRAFT: _hear_charter,
    Message.OFFER: _hear_offer,
    Message.READY: _hear_ready,
    Message.HOST: _hear_host,
    Message.RECALL: _hear_recall,
    Message.RECALLED: _hear_recalled,
    Message.PASSED_ON: _hear_passed_on,
    Message.TOUCHED: _hear_touched,
}


class _Unknown(Exception):
    """Coops whose addresses must be fetched before we can tell them anything."""

    def __init__(self, coops: tuple[str, ...]) -> None:
        super().__init__(", ".join(coops))
        self.coops = coops


async def _decided(uow: UnitOfWork, received: Received, hear: Hear) -> Outcome:
    """One message, in a savepoint: what a rule refuses leaves no trace."""
    try:
        async with uow.savepoint():
            for uri in received.fetched:
                await record_actor(uow, received.fetched[uri])
            is_news = await hear(uow, received, _facts(received))
            return Applied() if is_news else Ignored("known-already")
    except _Unknown as unknown:
        return NeedsFetch(unknown.coops[:_FETCHED_AT_ONCE])
    except Inadmissible as error:
        return RefusedBy(error.status, error.code, str(error))
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    except InvalidInput as error:
        return RefusedBy(422, error.code, str(error))
    except NodeError as error:
        return RefusedBy(409, error.code, str(error))


async def _meet(uow: UnitOfWork, received: Received, told: Sequence[str]) -> None:
    """Members whom we do not know yet must be looked up: we shall have to tell them things."""
    coops: set[str] = set()
    for text in told:
        if '"kind":"charter"' in text or '"kind":"application"' in text:
            statement = statements.read(text)
            named = statement.document.get("members")
            listed = [each["coop"] for each in named] if isinstance(named, list) else []
            coops |= {statement.coop, *listed}
    coops.discard(uow.identities.coop.uri)
    known = await uow.scalars(select(RemoteActor.uri).where(RemoteActor.uri.in_(coops)))
    if missing := coops - set(known) - set(received.fetched):
        raise _Unknown(tuple(sorted(missing)))


async def _known(uow: UnitOfWork, digest: str | None) -> Federation:
    found = await store.by_digest(uow, digest)
    if found is None:
        raise Inadmissible("federation-unknown", "There is no such federation here.", 409)
    return found


def _facts(received: Received) -> Facts:
    """As they were signed, not as JSON-LD reads them."""
    document = strict_json.loads(received.verified.raw).get("object")
    if not isinstance(document, dict):
        raise MalformedDocument("Send the whole object.", code="object-missing")
    return facts_of(document)


def _kind(received: Received) -> str:
    content = received.activity.object or {}
    return str(content.get("kind"))


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str):
        raise MalformedDocument(f"The {name} must be a text.", code="bad-property")
    return value


def _texts(facts: Facts, name: str) -> tuple[str, ...]:
    value = facts.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise MalformedDocument(f"The {name} must be a list of texts.", code="bad-property")
    return tuple(value)


def _number(facts: Facts, name: str) -> int:
    value = facts.get(name)
    if type(value) is not int or value < 0:
        raise MalformedDocument(f"The {name} must be a whole number.", code="bad-property")
    return value
