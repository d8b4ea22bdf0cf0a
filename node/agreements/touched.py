"""What a draft of a policy would touch among the agreements that nobody has answered yet."""

from datetime import timedelta

from sqlalchemy import func, select

from federation.storage import Reader
from node import policies
from node.agreements.life import State
from node.agreements.models import agreement_table
from node.i18n import ngettext
from node.probes import Draft, Touched, probes

_HOURS = policies.AGREEMENTS_ANSWER_HOURS.name
_a = agreement_table.c


@probes.on(_HOURS)
async def agreements_touched(reader: Reader, draft: Draft) -> Touched:
    """Requests and offers that would run out sooner than they do now."""
    latest = reader.now + timedelta(hours=draft[_HOURS])
    waiting = select(func.count(), func.count().filter(_a.answer_by > latest)).where(
        _a.state.in_([State.REQUESTED, State.COUNTERED, State.WAITING])
    )
    [(total, affected)] = await reader.rows(waiting)
    words = ngettext(
        "%(affected)s of %(num)s request",
        "%(affected)s of %(num)s requests",
        total,
        affected=affected,
    )
    return Touched("agreements", affected, total, words)
