"""Who keeps a federation's log, by API."""

from datetime import datetime

from msgspec import Struct

from node import council
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


class HostCandidate(Struct, frozen=True):
    """A coop that would keep the log. signed: the coops that have signed so; a quorum must."""

    coop: str
    epoch: int
    signed: list[str]


class LogKeeping(Struct, frozen=True):
    """Who keeps the log. epoch: how often it has changed hands. heard_at: when all was last well;
    may_take_over: whether another coop may, since the host is silent or was proven to lie. asked:
    whom the host asks to go on. catching_up: our node was just started and signs nothing yet."""

    host: str
    epoch: int
    since: datetime | None
    heard_at: datetime
    may_take_over: bool
    asked: str | None
    candidates: list[HostCandidate]
    quorum: int
    catching_up: bool


@table.add(
    "GET",
    "/federations/{id}/log",
    "Who keeps the federation's log, and who would",
    scope="council:read",
    answer=LogKeeping,
)
async def log(call: Call) -> LogKeeping:
    async with call.node.reading() as reader:
        kept = await council.keeping(reader, call.path["id"])
    return LogKeeping(
        host=kept.host,
        epoch=kept.epoch,
        since=kept.since,
        heard_at=kept.heard_at,
        may_take_over=kept.may_take_over,
        asked=kept.asked,
        candidates=[
            HostCandidate(each.coop, each.epoch, list(each.signed)) for each in kept.candidates
        ],
        quorum=kept.quorum,
        catching_up=kept.is_catching_up,
    )
