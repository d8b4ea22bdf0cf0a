"""The inbox: from a request to its answer.

Gate and signature first, then the rules, then the queue of what waits for the next commit. One
task empties the queue: everything that waits, up to a batch, is applied in one unit of work, and
each sender is answered after the commit. While a commit is under way the next batch gathers, so
that a full disk sync costs little per message and nobody waits for a timer.
"""

import asyncio
import hashlib
from collections import OrderedDict

import structlog
from msgspec import Struct

from federation.ambient import Clock
from federation.errors import AddressBlocked, FederationError, Gone, Refused, StorageUnavailable
from federation.handlers import HandlerTable, Verified
from federation.inbox import authenticate as prove
from federation.inbox.apply import ACCEPTED, Answer, apply, apply_each, keep_for_people
from federation.inbox.authenticate import Authentic
from federation.inbox.authorise import authorise
from federation.inbox.gate import Gate, TooManyRequests
from federation.inbox.kept import Arrival
from federation.models import RemoteActor
from federation.refused_fetches import told_above
from federation.remote.documents import normalised
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.storage import Database
from federation.under_way import MOST_ENDS, UnderWay
from protocol import http_signatures, strict_json
from protocol.errors import ProtocolError, SignatureInvalid
from protocol.http_signatures import Claims, Scheme, SignedMessage
from protocol.iri import authority_of, origin_of, read_iri
from protocol.vocabulary.activities import parse_activity

log = structlog.get_logger()

BUSY = Answer(503, "busy", "This node cannot store the message right now; send it again.", 5)
RESTORED = Answer(
    503,
    "restored",
    "This node was restored from a backup and reads before it answers; send the message again.",
    60,
)
KEY_UNREACHABLE = Answer(
    503,
    "key-unreachable",
    "The key that signed this cannot be fetched right now; send the message again.",
    60,
)


def about_key(error: FederationError) -> Answer:
    """What is said when the key behind a signature cannot be had.

    One answer for a host that does not answer and for one that we must not ask: who names the
    key would learn from two which names lead into our own network.
    """
    if error.retry or isinstance(error, AddressBlocked):
        return KEY_UNREACHABLE
    return Answer(401, "key-unusable", f"The key that signed this is unusable: {error}")


SENDER_FORGOTTEN = Answer(202, "unknown-sender-gone", "Accepted; nothing is known of its sender.")


class _Waiting(Struct):
    arrival: Arrival
    answer: asyncio.Future[Answer]


class Inbox:
    """Takes messages for this node, from any number of requests at once."""

    def __init__(
        self,
        database: Database,
        handlers: HandlerTable,
        keys: Keys,
        settings: FederationSettings,
        clock: Clock,
        under_way: UnderWay,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._under_way = under_way
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self.gate = Gate(database, keys, settings, clock)
        self._waiting: list[_Waiting] = []
        self._emptying: asyncio.Task[None] | None = None
        self._shown: OrderedDict[str, None] = OrderedDict()

    async def submit(self, message: SignedMessage) -> Answer:
        """Authenticate, authorise and apply one message; answers after the commit, never raises
        for anything in the message."""
        try:
            with told_above():
                answer = await self._handled(message)
        except TooManyRequests as refusal:
            answer = Answer(429, refusal.code, refusal.detail, refusal.retry_after)
        except Refused as refusal:
            answer = Answer(refusal.status, refusal.code, refusal.detail)
        except ProtocolError as error:
            answer = Answer(error.status_hint, error.code, str(error))
        if answer.status >= 400:
            _audit(message, answer)
        return answer

    async def drain(self) -> None:
        """Wait until everything that was taken is committed and answered."""
        while self._emptying is not None:
            await self._emptying

    async def _handled(self, message: SignedMessage) -> Answer:
        if self._database.is_silent:
            return RESTORED
        if len(self._waiting) >= self._settings.batch_waiting:
            return BUSY
        claims = prove.claims_in(message)
        self._check_as_we_sent_it(message, claims)
        admit = self.gate.for_one_message()
        try:
            authentic = await prove.authenticate(
                message, claims, self._keys, self._clock.now(), admit
            )
        except Gone as gone:
            return await self._about_the_gone(message, claims, gone)
        except Refused:
            raise
        except FederationError as error:
            return about_key(error)
        await self.gate.count(authentic.signer or authentic.verified.actor)
        arrival = self._arrival(authentic, claims)
        answer = await self._committed(arrival)
        if arrival.speaks_rfc9421 and answer.code == ACCEPTED.code:  # it is on record now
            self._note_shown(authority_of(arrival.verified.actor))
        return answer

    def _check_as_we_sent_it(self, message: SignedMessage, claims: Claims | None) -> None:
        """What names our own key is refused for that only if all that was signed is there: so we
        find out what is lost between others and us (`doctor`). Raises ProtocolError."""
        coop = self._database.identities.coop
        if claims is None or claims.key_id != coop.rsa_key_id:
            return
        try:
            http_signatures.verify(message, claims, coop.rsa_key.public_key(), self._clock.now())
        except SignatureInvalid as error:
            if error.code not in prove.OF_ANOTHER_KEY:
                raise

    def _arrival(self, authentic: Authentic, claims: Claims | None) -> Arrival:
        verified = authentic.verified
        activity = authorise(
            parse_activity(authentic.document),
            verified.actor,
            our_origin=origin_of(self._database.identities.base),
            proven=authentic.proven,
        )
        oldest = self._clock.now() - self._settings.evidence_age
        return Arrival(
            activity=activity,
            verified=verified,
            proven=authentic.proven,
            digest=hashlib.sha256(verified.raw).digest(),
            said=authentic.said,
            stale=authentic.dated is not None and authentic.dated < oldest,
            speaks_rfc9421=self._has_shown_rfc9421(authentic, claims),
        )

    async def _about_the_gone(
        self, message: SignedMessage, claims: Claims | None, gone: Gone
    ) -> Answer:
        """The signer's key is gone. Only a deletion of the signer itself makes sense then, and
        only if we knew the signer; the worker asks its address. All else would come for ever.

        Nothing is proven: so the key must be the actor's own, and its address must have said that
        it was deleted. Else anybody could use up an id in the name of a coop that lives.
        """
        document = await normalised(strict_json.loads(message.body or b""))
        activity = parse_activity(document)
        is_own_deletion = activity.type == "Delete" and activity.object_id == activity.actor
        if not (is_own_deletion and gone.status == 410 and _is_key_of(claims, activity.actor)):
            return Answer(401, "key-gone", "The key that signed this no longer exists.")
        async with self._database.reading() as reader:
            if await reader.session.get(RemoteActor, activity.actor) is None:
                return SENDER_FORGOTTEN
        verified = Verified(
            actor=activity.actor,
            key_id=activity.actor,
            by="absence",
            raw=message.body or b"",
            received_at=self._clock.now(),
        )
        return await self._committed(
            self._arrival(Authentic(verified, document, {}, None, activity.actor), None)
        )

    async def _committed(self, arrival: Arrival) -> Answer:
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._emptying is None:
            self._emptying = asyncio.create_task(self._empty())
        return await waiting.answer

    async def _empty(self) -> None:
        try:
            while self._waiting:
                await self._gathered()
                batch = self._next_batch()
                await self._apply(batch)
        finally:
            self._emptying = None

    def _next_batch(self) -> list[_Waiting]:
        """What ended a process before is alone in its batch: it takes no other message along."""
        batch = self._waiting[: self._settings.batch_size]
        for number, each in enumerate(batch):
            if self._under_way.ends(each.arrival.digest):
                batch = batch[: number or 1]
                break
        del self._waiting[: len(batch)]
        return batch

    async def _gathered(self) -> None:
        """Wait while every turn of the loop brings another message: those on their way through the
        checks are better written with the others, and nobody could be faster meanwhile."""
        size = 0
        while size < len(self._waiting) < self._settings.batch_size:
            size = len(self._waiting)
            await asyncio.sleep(0)

    async def _apply(self, batch: list[_Waiting]) -> None:
        try:
            answers = await self._write([each.arrival for each in batch])
        except StorageUnavailable as error:
            log.warning("inbox-storage", code=error.code)
            answers = [BUSY] * len(batch)
        except Exception:  # the requests must be answered whatever happened
            log.exception("inbox-broken")
            answers = [BUSY] * len(batch)
        for waiting, answer in zip(batch, answers, strict=True):
            if not waiting.answer.done():  # the peer may have hung up meanwhile
                waiting.answer.set_result(answer)

    async def _write(self, arrivals: list[Arrival]) -> list[Answer]:
        """Apply them, with a note of it meanwhile for whoever comes after us."""
        digests = [each.digest for each in arrivals]
        ends = self._under_way.ends(digests[0])
        if ends >= MOST_ENDS:
            answers = [await self._database.write(lambda uow: keep_for_people(uow, arrivals[0]))]
        else:
            with self._under_way.applying(digests):
                answers = await self._applied(arrivals)
        if ends:
            self._under_way.forget(digests[0])
        return answers

    async def _applied(self, arrivals: list[Arrival]) -> list[Answer]:
        try:
            return await self._database.write(lambda uow: apply(uow, self._handlers, arrivals))
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one message's defect must not fail the others
            log.warning("inbox-one-by-one", size=len(arrivals), error=repr(error)[:500])
        return await self._database.write(lambda uow: apply_each(uow, self._handlers, arrivals))

    def _has_shown_rfc9421(self, authentic: Authentic, claims: Claims | None) -> bool:
        """Once per host and process: it is written to the host's record with the message. Who
        carries what another has proven shows nothing of the other's host."""
        actor = authentic.verified.actor
        if claims is None or claims.scheme is not Scheme.RFC9421 or authentic.signer != actor:
            return False
        return authority_of(actor) not in self._shown

    def _note_shown(self, authority: str) -> None:
        self._shown[authority] = None
        if len(self._shown) > self._settings.stranger_sites:
            self._shown.popitem(last=False)


def _is_key_of(claims: Claims | None, actor: str) -> bool:
    """Whether the key's id points into the actor's own document."""
    return claims is not None and read_iri(claims.key_id).without_fragment() == actor


def _audit(message: SignedMessage, answer: Answer) -> None:
    """One line per refusal: who says to have signed it, why it was refused; nothing secret."""
    try:
        key_id = http_signatures.key_id_of(message)
    except ProtocolError:
        key_id = None
    log.warning(
        "inbox-refused",
        code=answer.code,
        status=answer.status,
        key_id=key_id and ascii(key_id[:200]),
        bytes=len(message.body or b""),
    )
