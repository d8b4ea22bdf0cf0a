"""What our coop says of itself to everybody, and telling it when that changes."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import select

from federation import moderation, outbox, relations
from federation.ourselves import CoopProfile, node_actor, signed_coop_actor
from federation.storage import Reader, UnitOfWork
from node import audit, limits, media, places
from node.accounts.rules import check_name
from node.days import here
from node.errors import InvalidInput
from node.i18n import SOURCE_LANGUAGE, Text, _, speaking
from node.peers import checking, telling
from node.peers.models import StoredProfile
from node.peers.queries import told_by_each
from node.peers.telling import Fact, Telling, Told
from protocol.addressing import PUBLIC
from protocol.iri import authority_of
from protocol.vocabulary import activities

_THE_ROW = 1


async def our_profile(reader: Reader) -> CoopProfile:
    """The profile in force. Raises LookupError on a database that no `init` has seen."""
    row = await _row(reader)
    tells = await _telling(reader, row)
    with speaking(row.languages[0] if row.languages else SOURCE_LANGUAGE):
        portrait = telling.on_wire(
            tells,
            row.figures,
            base=reader.identities.base,
            name=row.name,
            takes_applications=row.takes_applications,
        )
    return CoopProfile(
        name=row.name,
        summary=row.summary,
        place=row.place,
        lat=row.lat,
        lon=row.lon,
        languages=tuple(row.languages),
        also_known_as=tuple(row.also_known_as),
        moved_to=row.moved_to,
        policy_heads=tuple(sorted(row.policy_heads.items())),
        portrait=portrait,
        names={tag: words.name for tag, words in tells.others.items() if words.name},
        summaries={tag: words.summary for tag, words in tells.others.items() if words.summary},
    )


async def our_telling(reader: Reader) -> Telling:
    """What our coop tells of itself beyond that, as its admins wrote it."""
    return await _telling(reader, await _row(reader))


async def told_by_us(reader: Reader, language: str = "") -> Told:
    """The same as our page shows it to a reader of a language, with the figures as they were
    counted last."""
    row = await _row(reader)
    return telling.as_shown(
        await _telling(reader, row),
        row.figures,
        takes_applications=row.takes_applications,
        language=language,
        languages=row.languages,
    )


async def legal_of(reader: Reader, coops: Collection[str]) -> dict[str, tuple[Fact, ...]]:
    """What stands on papers between coops of each that told any of it, ours among them."""
    told = await told_by_each(reader, coops)
    if reader.identities.coop.uri in coops:
        told[reader.identities.coop.uri] = await told_by_us(reader)
    return {uri: one.legal for uri, one in told.items() if one.legal}


async def used_pictures(reader: Reader) -> set[str]:
    """The digest of our logo."""
    logo = (await our_telling(reader)).logo
    return {logo.digest} if logo else set()


async def stored_profile(uow: UnitOfWork) -> StoredProfile:
    """The row to change. Raises LookupError on a database that no `init` has seen."""
    row = await uow.session.get(StoredProfile, _THE_ROW)
    if row is None:
        raise LookupError("this node has no profile yet")
    return row


async def moved_to(reader: Reader) -> str | None:
    """Where our coop lives now, if it has left this address."""
    return await reader.scalar(select(StoredProfile.moved_to))


async def main_language(reader: Reader) -> str:
    """In which our coop writes unless it says another; English before it has said anything."""
    spoken = await reader.scalar(select(StoredProfile.languages))
    return spoken[0] if spoken else SOURCE_LANGUAGE


async def has_profile(reader: Reader) -> bool:
    """Whether the coop has said anything of itself yet."""
    return await reader.scalar(select(StoredProfile.id)) is not None


async def first_profile(uow: UnitOfWork, profile: CoopProfile) -> None:
    """Write the profile of a new node; one that is there already stays as its people made it."""
    if await uow.session.get(StoredProfile, _THE_ROW) is None:
        uow.session.add(StoredProfile(id=_THE_ROW, updated_at=uow.now, **_columns(profile)))
        await uow.session.flush()


async def change_profile(
    uow: UnitOfWork,
    *,
    name: str,
    summary: str,
    place: str | None,
    by: str,
    tells: Telling | None = None,
    figures: Mapping[str, int] | None = None,
) -> CoopProfile:
    """Change what the coop says of itself; those who hear us are told. Raises InvalidInput.

    place: await `places.at_hand` before, if it is another. tells, figures: what else it tells, and
    what was counted; None: as before.
    """
    row = await stored_profile(uow)
    row.name = check_name(name)
    has_moved = (place or "").strip() != (row.place or "")
    row.summary, problems = summary.strip(), _problems(summary, place if has_moved else None)
    if tells is not None:
        problems |= _said_twice(tells, row.languages)
        kept = msgspec.convert(row.telling, Telling)
        tells = msgspec.structs.replace(
            tells,
            others=kept.others | tells.others,
            currency=kept.currency,
            vouches_for=kept.vouches_for,
        )
        tells = checking.tidied(tells)
        problems |= checking.faults(tells) | await _lost_logo(uow, tells)
        today = here(uow.now).date().isoformat()
        if checking.is_founding(tells.founded_on) and tells.founded_on > today:
            problems["founded_on"] = [_("This is still to come. Say it once the coop is founded.")]
    if problems:
        raise InvalidInput(problems)
    if tells is not None:
        row.telling = msgspec.to_builtins(tells)
    if figures is not None:
        row.figures = dict(figures)
    if has_moved:
        row.place, row.lat, row.lon = where(place)
    profile = await say_anew(uow, row)
    await audit.record(uow, by, "peers.change-profile", uow.identities.coop.uri)
    return profile


async def follow_settings(uow: UnitOfWork, languages: Sequence[str], currency: str) -> None:
    """Say which languages the coop writes and reads, its main one first, and in which currency it
    reckons, as its settings have it; told to others when it changes."""
    row = await stored_profile(uow)
    if row.languages == list(languages) and row.telling.get("currency") == currency:
        return
    row.languages = list(languages)
    row.telling = row.telling | {"currency": currency}
    await say_anew(uow, row)


async def show_policy_heads(uow: UnitOfWork, heads: Mapping[str, str]) -> None:
    """Say by which policies we go, federation by federation; told to others when it changes."""
    row = await stored_profile(uow)
    if row.policy_heads == dict(heads):
        return
    row.policy_heads = dict(heads)
    await say_anew(uow, row)


async def show_figures(uow: UnitOfWork, figures: Mapping[str, int]) -> None:
    """Say what was counted anew; told to others when it is something else."""
    row = await stored_profile(uow)
    if row.figures == dict(figures):
        return
    row.figures = dict(figures)
    await say_anew(uow, row)


async def take_applications(uow: UnitOfWork, *, is_open: bool) -> None:
    """Say whether people can ask here to become members; told to others, too."""
    row = await uow.session.get(StoredProfile, _THE_ROW)
    if row is None or row.takes_applications == is_open:
        return
    row.takes_applications = is_open
    await say_anew(uow, row)


async def say_anew(uow: UnitOfWork, row: StoredProfile) -> CoopProfile:
    """Keep what was changed in `stored_profile`, and tell it everybody who hears us."""
    row.updated_at = uow.now
    await uow.session.flush()
    profile = await our_profile(uow)
    await announce(uow, profile)
    return profile


async def announce(uow: UnitOfWork, profile: CoopProfile) -> None:
    """Tell everybody who hears us how we describe ourselves now."""
    coop = uow.identities.coop.uri
    followers = await relations.followers(uow)
    document = signed_coop_actor(uow, profile)
    await outbox.publish(
        uow,
        activities.update("", coop, document, (PUBLIC,), (f"{coop}/followers",)),
        to_actors=[one.actor_uri for one in followers],
        object_uri=coop,
    )


async def announce_node(uow: UnitOfWork, profile: CoopProfile) -> None:
    """Tell the same about our node's own actor, whose keys vouch for what we read from peers."""
    node = uow.identities.node.uri
    followers = await relations.followers(uow)
    await outbox.publish(
        uow,
        activities.update("", node, node_actor(uow.identities, profile), (PUBLIC,)),
        to_actors=[one.actor_uri for one in followers],
        object_uri=node,
        listed=False,
    )


def where(place: str | None) -> tuple[str | None, float | None, float | None]:
    """A place as we keep it: its text, and its coordinates if we know them, to about 1 km."""
    text, point = places.whereabouts((place or "").strip())
    return text or None, *(point or (None, None))


async def _row(reader: Reader) -> StoredProfile:
    row = await reader.scalar(select(StoredProfile).where(StoredProfile.id == _THE_ROW))
    if row is None:
        raise LookupError("this node has no profile yet")
    return row


async def _telling(reader: Reader, row: StoredProfile) -> Telling:
    """With the words in every language but the main one, in which it writes itself, and without
    vouching for coops whose domain is blocked."""
    tells = msgspec.convert(row.telling, Telling)
    others = {tag: words for tag, words in tells.others.items() if tag not in row.languages[:1]}
    hosts = {uri: authority_of(uri) for uri in tells.vouches_for}
    rules = await moderation.rules_for(reader, set(hosts.values())) if hosts else {}
    vouched = tuple(uri for uri, host in hosts.items() if not moderation.is_blocked(rules[host]))
    return msgspec.structs.replace(tells, others=others, vouches_for=vouched)


def _said_twice(tells: Telling, languages: Sequence[str]) -> dict[str, list[Text]]:
    """Words in the main language beside those that the coop writes in it anyway."""
    for main in languages[:1]:
        if main in checking.tidied(tells).others:
            why = _("%(tag)s is your main language. Its words stand outside of these.", tag=main)
            return {"others": [why]}
    return {}


async def _lost_logo(uow: UnitOfWork, tells: Telling) -> dict[str, list[Text]]:
    if tells.logo is None or await media.known(uow, [tells.logo.digest]):
        return {}
    return {"logo": [_("A picture is not here any more. Send it again.")]}


def _problems(summary: str, place: str | None) -> dict[str, list[Text]]:
    problems: dict[str, list[Text]] = {}
    if len(summary) > limits.COOP_SUMMARY_LONGEST:
        problems["summary"] = [checking.too_long(limits.COOP_SUMMARY_LONGEST)]
    if place and where(place)[1] is None:
        problems["place"] = [places.unknown(place)]
    return problems


def _columns(profile: CoopProfile) -> dict[str, object]:
    return {
        "name": profile.name,
        "summary": profile.summary,
        "place": profile.place,
        "lat": profile.lat,
        "lon": profile.lon,
        "languages": list(profile.languages),
        "also_known_as": list(profile.also_known_as),
        "moved_to": profile.moved_to,
        "policy_heads": dict(profile.policy_heads),
        "telling": {},
        "figures": {},
        "takes_applications": False,
    }
