"""What somebody was told."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.notices.models import Notice, NoticeFeed


@data_map.about(
    "notices",
    what=_("What you were told here"),
    why=_("So that you do not miss what waits for you"),
    basis=Basis.CONTRACT,
    kept=Kept.RULE,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("notice",),
    rule="retention.max_days",
)
def notices(person: Person) -> Lists:
    audience = f"account:{person.account_id}" if person.account_id else None
    return {"notices": stored(Notice, of(Notice.audience, audience))}


@data_map.about(
    "notice-feeds",
    what=_("Your secret links for news readers, without the secret"),
    why=_("So that you read elsewhere what waits for you"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("notice_feed",),
)
def feeds(person: Person) -> Lists:
    mine = of(NoticeFeed.account_id, person.account_id)
    return {"feeds": stored(NoticeFeed, mine, without=("secret_digest",))}
