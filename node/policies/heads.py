"""The policy head: which versions of a federation's policies we go by, as one digest.

It stands in our coop's own document, one for each federation, so that a peer sees whether both of
us go by the same rules. One that shows another head is behind, or ahead, and not hostile: for a
week what breaks a rule that it may not know yet is taken in all the same, and people are told.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select

from federation.models import RemoteActor
from federation.storage import Reader, UnitOfWork
from node import notices, peers
from node.notices import NoticeKind
from node.policies.breaches import Breach
from node.policies.models import policy_table
from node.policies.queries import goes_on
from protocol import jcs, multibase
from protocol.iri import authority_of
from protocol.vocabulary.actors import policy_heads_in

GRACE = timedelta(days=7)
"""How long a peer with another head may break a rule that is new."""

_p = policy_table.c


async def heads(reader: Reader) -> dict[str, str]:
    """Our head for each federation that has a policy in force."""
    holding = select(_p.federation, _p.policy_id, _p.version, _p.certificate).where(
        _p.effective_from <= reader.now, goes_on(reader.now)
    )
    known: dict[str, list[list[str]]] = {}
    for federation, *version in await reader.rows(holding):
        known.setdefault(federation, []).append(list(version))
    return {federation: head_of(versions) for federation, versions in sorted(known.items())}


def head_of(versions: Collection[list[str]]) -> str:
    """The digest of policies as [id, version, certificate's digest], in whatever order."""
    return multibase.encode(sha256(jcs.canonical(sorted(versions))).digest())


async def tell_heads(uow: UnitOfWork) -> None:
    """Put our heads into our coop's document; those who hear us are told when they changed."""
    await peers.show_policy_heads(uow, await heads(uow))


async def in_grace(reader: Reader, actor: str, breach: Breach) -> bool:
    """Whether a peer may not know yet the rule that its message breaks."""
    limit = breach.limit
    if limit.federation is None or limit.since is None or reader.now >= limit.since + GRACE:
        return False
    shown = (await heads_shown(reader, [actor])).get(actor, {})
    ours = (await heads(reader)).get(limit.federation)
    return limit.federation in shown and shown[limit.federation] != ours


def just_before(breach: Breach) -> datetime | None:
    """The last moment before the rule that is broken: what a peer that is behind goes by."""
    since = breach.limit.since
    return since and since - timedelta.resolution


async def tell_outdated(uow: UnitOfWork, actor: str, breach: Breach) -> None:
    """Tell the admins that a peer goes by other rules than we do."""
    name = await uow.scalar(select(RemoteActor.name).where(RemoteActor.uri == actor))
    await notices.give(
        uow,
        NoticeKind.POLICY_OUTDATED,
        actor,
        name=name or authority_of(actor),
        key=breach.limit.key,
    )


async def heads_shown(reader: Reader, actors: Collection[str]) -> dict[str, dict[str, str]]:
    """What peers show in their own documents, by their uri and the federation."""
    stored = select(RemoteActor.uri, RemoteActor.document).where(RemoteActor.uri.in_(actors))
    return {uri: policy_heads_in(document) for uri, document in await reader.rows(stored)}


async def behind(reader: Reader) -> list[tuple[str, str]]:
    """Coops in touch that show another head than ours, as (name, uri)."""
    ours = await heads(reader)
    if not ours:
        return []
    in_touch = [one for one in await peers.peers(reader) if one.works_with_us]
    shown = await heads_shown(reader, [one.uri for one in in_touch])
    return [
        (one.name, one.uri)
        for one in in_touch
        if any(
            ours.get(federation, head) != head
            for federation, head in shown.get(one.uri, {}).items()
        )
    ]
