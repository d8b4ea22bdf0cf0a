"""What a draft of a policy would touch among the referrals that are under way."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from federation.storage import Reader
from node import policies
from node.i18n import ngettext
from node.policies import Limit
from node.probes import Draft, Touched, probes
from node.referrals.fees import Ceilings, fault_in
from node.referrals.life import LIFE
from node.referrals.models import referral_table
from node.referrals.views import ReferralView, referral_view

_PERCENT = policies.REFERRALS_FEE_CEILING_PERCENT.name
_FLAT = policies.REFERRALS_FEE_CEILING_FLAT.name
_CARE = policies.REFERRALS_CARE_CATEGORIES.name
_ANSWER = policies.REFERRALS_ANSWER_DAYS.name
_UNDER_WAY = sorted({state.value for state, _event in LIFE.table})


@probes.on(_PERCENT, _FLAT, _CARE, _ANSWER)
async def referrals_touched(reader: Reader, draft: Draft) -> Touched:
    """Referrals under way whose fee, or time to answer, the draft would not allow."""
    under_way = select(referral_table).where(referral_table.c.state.in_(_UNDER_WAY))
    views = [referral_view(row) for row in await reader.rows(under_way)]
    affected = sum(_is_touched(view, draft) for view in views)
    words = ngettext(
        "%(affected)s of %(num)s referral",
        "%(affected)s of %(num)s referrals",
        len(views),
        affected=affected,
    )
    return Touched("referrals", affected, len(views), words)


def _is_touched(view: ReferralView, draft: Draft) -> bool:
    """Only what the draft itself says is asked: the other keys allow everything here."""
    need = view.need
    if fault_in(need.fee, need.category, need.budget, _ceilings(draft)) is not None:
        return True
    days, due, sent_at = draft.get(_ANSWER), view.answer_due, view.sent_at
    return bool(days and due and sent_at and due - sent_at > timedelta(days=days))


def _ceilings(draft: Draft) -> Ceilings:
    care: Any = draft.get(_CARE, ())
    return Ceilings(
        draft.get(_PERCENT, Decimal(100)),
        draft.get(_FLAT, Decimal("Infinity")),
        frozenset(care),
        tuple(Limit(name, "", "") for name in (_PERCENT, _FLAT, _CARE)),
    )
