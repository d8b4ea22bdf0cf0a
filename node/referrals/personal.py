"""Whom we pass on: the person sees and deletes it by their own link, the desk only what it did."""

from sqlalchemy import or_, select

from federation.storage import Reader
from node.data_map import Basis, Found, Kept, Leaving, Person, Seen, data_map, of, stored
from node.i18n import _
from node.referrals.models import Referral, Step


@data_map.about(
    "referrals",
    what=_("People whom we pass on to another coop: what they need, how to reach them"),
    why=_("So that a coop that can help them can do it"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.SIDES,
    leaving=Leaving.NAMELESS,
    tables=(
        "referral",
        "referral_consent",
        "referral_consent_log",
        "referral_file",
        "referral_step",
        "referral_parked",
    ),
    rule="referrals.consent_days",
)
async def referrals(reader: Reader, person: Person) -> Found:
    """Of the need itself nothing: that is another person's."""
    me = person.account_id
    mine = select(Referral.id).where(of(Referral.by, me))
    steps = or_(Step.referral_id.in_(mine), of(Step.by, me))
    others = ("summary", "place", "agreement", "subject")
    return {
        "written-down": await stored(reader, Referral, of(Referral.by, me), without=others),
        "steps": await stored(reader, Step, steps),
    }
