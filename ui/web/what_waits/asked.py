"""What is kept nowhere but in the notice that asks for it: it waits until the notice is taken back,
for whom it was given to, read or not."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from federation.storage.unit_of_work import Reader
from node import notices
from node.accounts import AccountView
from node.i18n import Text, _
from node.notices import ASKING, NoticeKind, NoticeView
from ui.web.noticing import page_of
from ui.web.waiting import Waiting, kind
from ui.web.what_waits.table import waits


class Ask(Struct, frozen=True):
    """What the row says above the notice's sentence, and where in the coop that belongs."""

    title: Text
    area: Text


class Asked(Struct, frozen=True):
    """A notice as a row. id: what it is about."""

    id: str
    title: Text
    text: Text
    area: Text
    page: str


_ASKS: Mapping[NoticeKind, Ask] = {
    NoticeKind.PROBATION_ENDS: Ask(_("A probation ends"), _("Members")),
    NoticeKind.REGISTER_NAME_ASKED: Ask(_("Another name in the register"), _("Members")),
    NoticeKind.OFFICE_ENDS: Ask(_("An office ends"), _("Offices")),
    NoticeKind.PEER_CLAIMS: Ask(_("A coop says that it has moved"), _("Coops")),
    NoticeKind.COUNCIL_APPLIES: Ask(_("A coop asks to be let in"), _("Council")),
    NoticeKind.POLICY_ENDS: Ask(_("A rule ends"), _("Our rules")),
    NoticeKind.POLICY_URGENT: Ask(_("An urgent rule lapses"), _("Our rules")),
    NoticeKind.POLICY_REVIEW: Ask(_("A rule is to be looked at again"), _("Our rules")),
}
_KINDS = {asks: kind(asks.value, asks, row="asked") for asks in sorted(ASKING)}


@waits(*_KINDS.values())
async def _asked(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_KINDS[one.kind], _row(one), one.created_at, _moment(one.when))
        for one in await notices.standing(reader, who, ASKING)
    ]


def _row(one: NoticeView) -> Asked:
    ask = _ASKS[one.kind]
    return Asked(one.subject, ask.title, one.text, ask.area, page_of(one))


def _moment(when: str) -> datetime | None:
    """Of a day its beginning."""
    if not when:
        return None
    at = datetime.fromisoformat(when)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
