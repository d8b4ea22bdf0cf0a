"""What is wrong with the node, by API: what a program that keeps watch asks now and then."""

from datetime import datetime

from msgspec import Struct

from node import alerts
from node.doctor.rounds import remedies
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


class AlertItem(Struct, frozen=True):
    """alert: which, a code that stays the same. subject: the coop that it is about, or empty.
    since: when it was first told. text: what is wrong, for people. remedy: the line to type on the
    node's computer, empty where nothing there helps.
    """

    alert: str
    subject: str
    since: datetime
    text: str
    remedy: str


class AlertList(Struct, frozen=True):
    items: list[AlertItem]


@table.add(
    "GET",
    "/alerts",
    "What is wrong with the node now, the oldest first",
    scope="admin",
    answer=AlertList,
)
async def standing(call: Call) -> AlertList:
    async with call.node.reading() as reader:
        found = await alerts.standing(reader)
    lines = remedies(call.node.config)
    return AlertList(
        [
            AlertItem(one.alert, one.subject, one.began_at, str(one.said), lines[one.alert])
            for one in found
        ]
    )
