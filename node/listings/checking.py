"""Everything that keeps a draft from being kept, found at once: for whoever keeps it, and for the
preview, which keeps nothing."""

from collections.abc import Mapping
from datetime import date

from federation.storage import Reader
from node import media, places
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import lasting, provider, rules
from node.listings.redrafting import draft_of
from node.listings.rules import ListingDraft, Terms
from node.listings.terms import check_may_offer, terms
from node.listings.views import ListingView

Faults = dict[str, list[Text]]


async def faults(
    reader: Reader,
    draft: ListingDraft,
    *,
    by: str | None,
    before: ListingView | None = None,
    publish: bool = False,
) -> Faults:
    """What `create` or `edit` would complain of, by field. before: the listing that is changed."""
    in_force = await terms(reader)
    _tidy, found = await look(reader, draft, in_force, by=by, before=before, publish=publish)
    return found


async def checked(
    reader: Reader,
    draft: ListingDraft,
    in_force: Terms,
    *,
    by: str | None,
    before: ListingView | None = None,
    publish: bool = False,
) -> ListingDraft:
    """The draft as it is kept. Raises InvalidInput for every fault."""
    tidy, found = await look(reader, draft, in_force, by=by, before=before, publish=publish)
    if found:
        raise InvalidInput(found)
    return tidy


async def look(
    reader: Reader,
    draft: ListingDraft,
    in_force: Terms,
    *,
    by: str | None,
    before: ListingView | None,
    publish: bool,
) -> tuple[ListingDraft, Faults]:
    """The draft with tidy words, and what is wrong with it. Await `commands.at_hand` before."""
    tidy, found = rules.tidied(draft, in_force)
    found |= _time_faults(tidy, before, in_force, reader.now.date())
    if "place" not in found and _is_nowhere(tidy, before):
        found["place"] = [places.unknown(tidy.place or "")]
    if await _lacks_pictures(reader, tidy, by, before):
        found["pictures"] = [_("A picture is not here any more. Send it again.")]
    for complaints in (
        await _provider_faults(reader, tidy, by, before),
        await _offering_faults(reader, by) if publish else {},
    ):
        found |= complaints
    return tidy, found


async def _provider_faults(
    reader: Reader, draft: ListingDraft, by: str | None, before: ListingView | None
) -> Mapping[str, list[Text]]:
    """Of one in whose name it was not offered before."""
    if before is not None and draft.provider == draft_of(before).provider:
        return {}
    try:
        await provider.check(reader, draft.provider, by)
    except InvalidInput as error:
        return error.fields
    return {}


async def _offering_faults(reader: Reader, by: str | None) -> Mapping[str, list[Text]]:
    try:
        await check_may_offer(reader, by)
    except InvalidInput as error:
        return error.fields
    return {}


def _time_faults(
    draft: ListingDraft, before: ListingView | None, in_force: Terms, today: date
) -> Mapping[str, list[Text]]:
    """Of a last day that it names anew."""
    last = lasting.last_day(draft.expires_on, draft.details)
    if before is not None and last == lasting.last_day(before.expires_on, before.details):
        return {}
    try:
        lasting.check_running_time(draft, in_force, today)
    except InvalidInput as error:
        return error.fields
    return {}


def _is_nowhere(draft: ListingDraft, before: ListingView | None) -> bool:
    """Whether it names a place, and no town of that name is known. What it named before stays."""
    if draft.place is None or draft.lat is not None:
        return False
    if before is not None and draft.place == before.place_name:
        return False
    return places.best(draft.place) is None


async def _lacks_pictures(
    reader: Reader, draft: ListingDraft, by: str | None, before: ListingView | None
) -> bool:
    """Nobody offers with a picture that somebody else has sent, to be shown to others than these
    are: the name of a picture is known to all who see it."""
    named = {one.digest for one in draft.pictures}
    if not named:
        return False
    here = set(await media.known(reader, named))
    fresh = named - {one.digest for one in (before.pictures if before else ())}
    if by is not None:
        here -= fresh - await media.sent_by(reader, fresh, by)
    return bool(named - here)
