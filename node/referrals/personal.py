"""Whom we pass on: the person sees and deletes it by their own link, the desk only what it did."""

from sqlalchemy import or_, select

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.referrals.models import Referral, Step

_REFERRAL = ("id", "side", "peer", "state", "by", "created_at", "updated_at", "sent_at")
_STEP = ("id", "referral_id", "number", "event", "before", "after", "party", "by", "at")


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
def referrals(person: Person) -> Lists:
    """What somebody did at the desk, and when; the need and its reasons are another person's."""
    me = person.account_id
    mine = select(Referral.id).where(of(Referral.by, me))
    steps = or_(Step.referral_id.in_(mine), of(Step.by, me))
    return {
        "written-down": stored(Referral, of(Referral.by, me), only=_REFERRAL),
        "steps": stored(Step, steps, only=_STEP),
    }
