"""Who may knock at all, before any key is fetched and any JSON is read.

A picture of the relations and the rules about domains is kept for as long as a command beside the
running node may take to show (one second); what a message may do is decided again, inside the
transaction that applies it.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import or_, select

from federation import moderation
from federation.ambient import Clock, is_over
from federation.errors import Refused
from federation.inbox.authenticate import Admit
from federation.inbox.limits import Buckets, site_of
from federation.models import DomainRule, Relation, RelationState, RemoteActor, RemoteKey
from federation.remote.keys import Keys
from federation.remote.single_flight import SingleFlight
from federation.settings import FederationSettings
from federation.storage import Database
from protocol.errors import quoted
from protocol.iri import authority_of

_RELATED = select(Relation.authority).where(
    or_(
        Relation.follower_state == RelationState.ACCEPTED,
        Relation.following_state.in_((RelationState.ASKED, RelationState.ACCEPTED)),
    )
)
_THEIR_KEYS = (
    select(RemoteKey.key_id)
    .join(RemoteActor, RemoteActor.uri == RemoteKey.owner)
    .where(RemoteKey.retired_at.is_(None), RemoteActor.authority.in_(_RELATED))
)


class TooManyRequests(Refused):
    """A stranger, or a limited peer, knocks too often; retry_after: seconds."""

    def __init__(self, authority: str, retry_after: int) -> None:
        super().__init__(
            429,
            "too-many-requests",
            f"More messages from {quoted(authority)} than we take from a coop that is not a peer, "
            f"or is kept at a distance here; wait {retry_after} s.",
        )
        self.retry_after = retry_after


class _Picture(Struct, frozen=True):
    taken_at: datetime
    related: frozenset[str]
    """Authorities that we asked, or whose Follow is accepted."""
    keys: frozenset[str]
    """Key ids that actors there list."""
    rules: dict[str, DomainRule]


class Gate:
    """Keeps out blocked domains, everybody uninvited when so set, and strangers in a hurry.

    A peer whose domain is limited counts as a stranger in a hurry too.
    Anybody can write anybody's key id into a request. So what a site may say to us is counted once
    it is proven to be the site's (`count`): a stranger uses up nothing of a third coop's. Before
    that only the look for a key that we do not hold costs a token, of another kind, or one
    stranger could make us fetch for ever.
    """

    def __init__(
        self, database: Database, keys: Keys, settings: FederationSettings, clock: Clock
    ) -> None:
        self._database = database
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._picture: _Picture | None = None
        self._taking: SingleFlight[_Picture] = SingleFlight()
        per_minute = settings.stranger_per_minute
        sites = settings.stranger_sites
        self._strangers = Buckets(size=per_minute, per_minute=per_minute, names=sites)
        self._looks = Buckets(size=per_minute, per_minute=per_minute, names=sites)

    def for_one_message(self) -> Admit:
        """What to ask about each key id of one message; a site pays once per message."""
        admitted: set[str] = set()

        async def admit(key_id: str) -> None:
            authority = authority_of(key_id)
            if authority not in admitted:
                await self._let_in(key_id, authority)
                admitted.add(authority)

        return admit

    async def _let_in(self, key_id: str, authority: str) -> None:
        if authority == self._database.identities.authority:
            raise Refused(
                403,
                "our-key",
                f"{quoted(key_id, 200)} is a key of this node; sign with a key of your own.",
            )
        picture = await self._current()
        now = self._clock.now()
        related = authority in picture.related
        rule = moderation.applying(authority, picture.rules, now)
        if not moderation.admits(rule, self._settings.peering, related=related):
            raise Refused(
                403,
                "domain-blocked",
                f"This coop takes no messages from {quoted(authority)}; write to its people.",
            )
        if self._keys.holds(key_id) or (related and key_id in picture.keys):
            return
        if wait := self._looks.take(site_of(authority), now):
            raise TooManyRequests(authority, wait)

    async def count(self, actor: str) -> None:
        """Count a proven message or request of an actor: strangers have so many in a minute.

        Raises TooManyRequests.
        """
        authority, now, picture = authority_of(actor), self._clock.now(), await self._current()
        rule = moderation.applying(authority, picture.rules, now)
        if authority in picture.related and not moderation.is_limited(rule):
            return
        if wait := self._strangers.take(site_of(authority), now):
            raise TooManyRequests(authority, wait)

    async def _current(self) -> _Picture:
        picture = self._picture
        if picture is None or is_over(picture.taken_at, self._clock.now(), self._settings.poll):
            # All who knock meanwhile wait for the one that is being taken.
            picture = self._picture = await self._taking.run("picture", self._take)
        return picture

    async def _take(self) -> _Picture:
        taken_at = self._clock.now()
        async with self._database.reading() as reader:
            return _Picture(
                taken_at=taken_at,
                related=frozenset(await reader.scalars(_RELATED)),
                keys=frozenset(await reader.scalars(_THEIR_KEYS)),
                rules={rule.domain: rule for rule in await moderation.rules(reader)},
            )
