"""What this coop has decided about domains: allow, limit or block, with a reason and an end.

A rule about `evil.example` that limits or blocks holds for every port and every name below it, so
that it cannot be evaded by `a.evil.example`. A rule that allows holds for exactly the authority it
names, since a name below a shared host belongs to somebody else.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, bindparam, select

from federation.models import DomainRule, Relation, RelationState, RuleLevel
from federation.storage.base import table_of
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.iri import origin_of

_RULES = Prepared(select(table_of(DomainRule)).order_by(DomainRule.domain))
_RULES_OF = Prepared(
    select(table_of(DomainRule)).where(DomainRule.domain.in_(bindparam("domains", expanding=True)))
)


def domains_over(authority: str) -> tuple[str, ...]:
    """The authority and every domain whose rules may hold for it, the most exact first.

    "a.b.example:8443" → "a.b.example:8443", "a.b.example", "b.example", "example".
    """
    host = origin_of(f"https://{authority}").host
    if ":" in host or host.replace(".", "").isdecimal():  # an address has no domain above it
        return tuple(dict.fromkeys((authority, f"[{host}]" if ":" in host else host)))
    labels = host.split(".")
    above = [".".join(labels[start:]) for start in range(len(labels))]
    return (authority, *(domain for domain in above if domain != authority))


def named(domain: str) -> str:
    """A domain as it is kept: lower case and ASCII. Raises MalformedDocument."""
    return origin_of(f"https://{domain}").authority


def applying(authority: str, rules: Mapping[str, DomainRule], now: datetime) -> DomainRule | None:
    """The most exact rule that holds for an authority now; `rules` are keyed by domain."""
    for domain in domains_over(authority):
        rule = rules.get(domain)
        if rule is None or is_over(rule, now):
            continue
        if rule.level != RuleLevel.ALLOW or domain == authority:
            return rule
    return None


def is_over(rule: DomainRule | Row[Any], now: datetime) -> bool:
    """Whether it ended by itself, and holds no more."""
    return rule.expires_at is not None and bool(rule.expires_at <= now)


def is_blocked(rule: DomainRule | None) -> bool:
    """Whether nothing may pass either way."""
    return rule is not None and rule.level == RuleLevel.BLOCK


def is_limited(rule: DomainRule | None) -> bool:
    """Whether it is kept at a distance: heard as a stranger is, and shown only when looked for."""
    return rule is not None and rule.level == RuleLevel.LIMIT


def admits(
    rule: DomainRule | None, peering: Literal["open", "allow-list"], *, related: bool
) -> bool:
    """Whether somebody may talk to us at all.

    `related`: we have asked them, or they are accepted; a relation is stronger than an absent rule.
    """
    if is_blocked(rule):
        return False
    if peering == "open" or related:
        return True
    return rule is not None and rule.level == RuleLevel.ALLOW


async def rules_for(reader: Reader, authorities: Collection[str]) -> dict[str, DomainRule | None]:
    """The rule that holds now for each authority, in one query."""
    wanted = {domain for authority in authorities for domain in domains_over(authority)}
    found = await reader.rows(_RULES_OF, {"domains": sorted(wanted)})
    by_domain = {row.domain: DomainRule(**row._mapping) for row in found}
    return {each: applying(each, by_domain, reader.now) for each in authorities}


async def rule_for(reader: Reader, authority: str) -> DomainRule | None:
    """The rule that holds now for an authority."""
    return (await rules_for(reader, [authority]))[authority]


async def limited_actors(reader: Reader) -> frozenset[str]:
    """Everybody whom we follow, or asked, whose domain is limited now; one query while none is."""
    limits = await _limits(reader)
    if not limits:
        return frozenset()
    followed = select(Relation.actor_uri, Relation.authority).where(
        Relation.following_state != RelationState.NONE
    )
    return frozenset(
        uri
        for uri, authority in await reader.rows(followed)
        if is_limited(applying(authority, limits, reader.now))
    )


async def limited_among(reader: Reader, authorities: Collection[str]) -> frozenset[str]:
    """Those of the authorities that are limited now; one query."""
    limits = await _limits(reader)
    if not limits:
        return frozenset()
    return frozenset(each for each in authorities if is_limited(applying(each, limits, reader.now)))


async def _limits(reader: Reader) -> Mapping[str, DomainRule]:
    """All rules by domain, if one of them limits."""
    by_domain = {rule.domain: rule for rule in await rules(reader)}
    return by_domain if any(map(is_limited, by_domain.values())) else {}


async def rules(reader: Reader) -> list[DomainRule]:
    """Every rule, expired ones too, by domain."""
    return [DomainRule(**row._mapping) for row in await reader.rows(_RULES)]


async def decided(reader: Reader, domains: Collection[str]) -> frozenset[str]:
    """Those of the domains about which there is a rule of their own that holds now."""
    found = await reader.rows(_RULES_OF, {"domains": sorted(domains)})
    return frozenset(row.domain for row in found if not is_over(row, reader.now))


async def set_rule(
    uow: UnitOfWork, domain: str, level: RuleLevel, reason: str, expires_at: datetime | None = None
) -> DomainRule:
    """Decide about a domain, replacing an earlier decision. Raises MalformedDocument for a name
    that no domain can have; the name is kept in lower case and ASCII."""
    rule = DomainRule(
        domain=named(domain),
        level=level,
        reason=reason,
        created_at=uow.now,
        expires_at=expires_at,
    )
    return await uow.session.merge(rule)


async def remove_rule(uow: UnitOfWork, domain: str) -> bool:
    """Take a decision back; whether there was one. Raises as `set_rule`."""
    rule = await uow.session.get(DomainRule, named(domain))
    if rule is None:
        return False
    await uow.session.delete(rule)
    await uow.session.flush()
    return True
