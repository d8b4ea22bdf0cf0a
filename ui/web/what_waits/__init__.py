"""Who is waited for, and with what. To add a kind: `kind(…)` and `@waits(…)` in one of the files,
a row for it in `templates/home/waiting.html`, a case in `tests/ui/web/waiting_cases/`.

What nobody keeps but as a notice is one of `notices.ASKING`, and has a line in `asked`.
"""

from federation.storage.unit_of_work import Reader
from node.accounts import AccountView
from ui.web.waiting import Waiting, in_order
from ui.web.what_waits import (  # noqa: F401 - they fill the table
    asked,
    dealings,
    money,
    offers,
    people,
    together,
)
from ui.web.what_waits.table import TABLE, kinds

__all__ = ["kinds", "waiting_for"]


async def waiting_for(reader: Reader, who: AccountView | None) -> list[Waiting]:
    """All that waits for somebody, what ends first first; of the coops that ask the first."""
    if who is None:
        return []
    rows = [row for row in TABLE if row.whom(who)]
    return in_order([one for row in rows for one in await row.find(reader, who)])
