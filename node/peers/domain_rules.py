"""Deciding about whole domains: whom we let in, keep at a distance, or shut out."""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import delete, select

from federation import moderation, relations
from federation.models import DomainRule, Relation, RelationState, RuleLevel
from federation.storage import Reader, UnitOfWork
from node import audit
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.peers.models import Welcome
from protocol.errors import ProtocolError

LONGEST_REASON = 500
LONGEST_DOMAIN = 253
MOST_DAYS = 3650
_OPEN = (RelationState.ASKED, RelationState.ACCEPTED)


class Listed(Struct, frozen=True):
    """What a list says about one domain, and can be taken over."""

    domain: str
    level: RuleLevel
    reason: str


class DomainView(Struct, frozen=True):
    """One decision. is_over: it ended by itself, and holds no more."""

    domain: str
    level: RuleLevel
    reason: str
    created_at: datetime
    expires_at: datetime | None
    is_over: bool


async def domains(reader: Reader) -> list[DomainView]:
    """Every decision, those that are over too, by domain."""
    return [_view(rule, reader.now) for rule in await moderation.rules(reader)]


async def decide(
    uow: UnitOfWork,
    domain: str,
    level: RuleLevel,
    reason: str,
    *,
    days: int | None = None,
    by: str = audit.OPERATOR,
) -> DomainView:
    """Decide about a domain, in place of an earlier decision. days: for how long; None: for good.

    To limit takes back what was said in advance to coops there: their next ask waits for a person.
    Raises InvalidInput.
    """
    domain, reason = domain.strip().rstrip("."), reason.strip()
    check(domain, reason, days)
    until = None if days is None else uow.now + timedelta(days=days)
    rule = await _set(uow, domain, level, reason, until, by)
    if level == RuleLevel.LIMIT:
        await _take_back_consent(uow, {rule.domain})
    return _view(rule, uow.now)


async def decide_all(uow: UnitOfWork, some: Sequence[Listed], *, by: str) -> None:
    """Decide about many, which `check` has seen, for good."""
    for one in some:
        await _set(uow, one.domain, one.level, one.reason, None, by)
    await _take_back_consent(uow, {one.domain for one in some if one.level is RuleLevel.LIMIT})


async def _set(
    uow: UnitOfWork,
    domain: str,
    level: RuleLevel,
    reason: str,
    until: datetime | None,
    by: str,
) -> DomainRule:
    rule = await moderation.set_rule(uow, domain, level, reason, until)
    await audit.record(uow, by, f"domains.{level}", rule.domain, {"reason": reason})
    return rule


async def lift(uow: UnitOfWork, domain: str, *, by: str = audit.OPERATOR) -> None:
    """Take a decision back. Raises NotFound."""
    domain = domain.strip().rstrip(".").lower()
    if not _is_domain(domain) or not await moderation.remove_rule(uow, domain):
        raise NotFound(_("Nothing was decided about %(domain)s.", domain=domain[:LONGEST_DOMAIN]))
    await audit.record(uow, by, "domains.lift", domain)


async def is_limited(reader: Reader, authority: str) -> bool:
    """Whether a coop's domain is kept at a distance now."""
    return moderation.is_limited(await moderation.rule_for(reader, authority))


async def limit_follows(uow: UnitOfWork, old: str, new: str) -> None:
    """A coop moved from one authority to another: what limited it goes with it."""
    rules = await moderation.rules_for(uow, [old, new])
    theirs = rules[old]
    if theirs is None or not moderation.is_limited(theirs) or rules[new] is not None:
        return
    await moderation.set_rule(uow, new, RuleLevel.LIMIT, theirs.reason, theirs.expires_at)
    await audit.record(uow, audit.NODE, "domains.limit", new, {"reason": theirs.reason})


async def _take_back_consent(uow: UnitOfWork, domains: Set[str]) -> None:
    """Whom we asked ourselves, and who is in touch, keep the yes that a person gave them."""
    if not domains:
        return
    consented = select(Relation).where(
        Relation.consented,
        Relation.follower_state.not_in(_OPEN),
        Relation.following_state.not_in(_OPEN),
    )
    for known in await uow.scalars(consented):
        if not domains.isdisjoint(moderation.domains_over(known.authority)):
            await relations.change(uow, known.actor_uri, consented=False)
    welcome = await uow.scalars(select(Welcome.authority))
    theirs = [one for one in welcome if not domains.isdisjoint(moderation.domains_over(one))]
    await uow.execute(delete(Welcome).where(Welcome.authority.in_(theirs)))


def check(domain: str, reason: str, days: int | None) -> None:
    """Raises InvalidInput for what cannot be decided."""
    faults = {}
    if not _is_domain(domain):
        faults["domain"] = [_NO_DOMAIN]
    if not reason or len(reason) > LONGEST_REASON:
        faults["reason"] = [
            _("Say why, in at most %(most)s characters; it stays here.", most=LONGEST_REASON)
        ]
    if days is not None and not 1 <= days <= MOST_DAYS:
        faults["days"] = [
            _("Give 1 to %(most)s days, or nothing: then it holds for good.", most=MOST_DAYS)
        ]
    if faults:
        raise InvalidInput(faults)


def _is_domain(text: str) -> bool:
    try:
        return bool(text) and len(moderation.named(text)) <= LONGEST_DOMAIN
    except ProtocolError:
        return False


def _view(rule: DomainRule, now: datetime) -> DomainView:
    return DomainView(
        domain=rule.domain,
        level=RuleLevel(rule.level),
        reason=rule.reason,
        created_at=rule.created_at,
        expires_at=rule.expires_at,
        is_over=moderation.is_over(rule, now),
    )


_NO_DOMAIN = _("Write the name alone, like evil.example, without https:// and without a path.")
