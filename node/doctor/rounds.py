"""Looking a node over from time to time: each line of the table of alerts when its time has come.

A look says what is wrong by now, by the coop that it is about; None, of one of them or of all: it
could not be found out, and what was told stands.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import structlog
from sqlalchemy import Select, func, select

from federation import delivery
from federation.ambient import is_over
from federation.errors import FederationError, StorageUnavailable
from federation.models import Delivery, DeliveryState, InboxEntry, InboxState
from federation.outbox import UNDELIVERED
from federation.under_way import ENDED
from node import accounts, alerts, backups, limits, mail, peers
from node.alerts import Standing, Watch
from node.config import Config
from node.doctor.inside import clock_off, read_folder
from node.notices import Alert
from node.program import command
from node.runtime import Node
from protocol import datetimes
from protocol.errors import ProtocolError

log = structlog.get_logger()
Look = Callable[[Node], Awaitable[Standing | None]]
NOTHING: Standing = {}
FINE: Final = "fine"


class Rounds:
    """Of one process: it knows when it looked at what."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._began = node.clock.now()
        self._looked: dict[Alert, datetime] = {}

    async def make(self) -> None:
        """Look at all that is due, and let it be told what changed."""
        for watch in alerts.TABLE:
            now, last = self._node.clock.now(), self._looked.get(watch.alert)
            if is_over(last or self._began, now, watch.every if last else watch.first):
                self._looked[watch.alert] = now
                await self._look(watch)

    async def _look(self, watch: Watch) -> None:
        try:
            standing = await LOOKS[watch.alert](self._node)
        except StorageUnavailable:
            raise
        except Exception:  # one look that fails must not end all the others
            log.exception("look-failed", alert=watch.alert)
            return
        if standing is None:
            return
        repeat = self._node.config.alerts.again
        async with self._node.reading() as reader:
            is_news = bool(await alerts.changes(reader, watch, standing, repeat))
        if is_news:
            await self._node.write(lambda uow: alerts.settle(uow, watch, standing, repeat))


async def _disk(node: Node) -> Standing:
    free = (await asyncio.to_thread(read_folder, node.config)).free
    if free >= node.config.alerts.disk_bytes:
        return NOTHING
    return {"": {"free": str(free // 1_000_000)}}


async def _database(node: Node) -> Standing:
    wrong = await asyncio.to_thread(backups.integrity_of, node.config.database_url)
    return {"": {}} if wrong else NOTHING


async def _backup(node: Node) -> Standing:
    """A node that is younger than a backup may be needs none yet."""
    last = (await asyncio.to_thread(read_folder, node.config)).last_backup
    async with node.reading() as reader:
        began = last.made_at if last else await accounts.oldest(reader)
    if began is None or node.clock.now() - began <= node.config.alerts.backup_age:
        return NOTHING
    return {"": {}}


async def _deliveries(node: Node) -> Standing:
    oldest = select(func.min(Delivery.created_at)).where(Delivery.state.in_(UNDELIVERED))
    async with node.reading() as reader:
        since: datetime | None = await reader.scalar(oldest)
    if since is None or node.clock.now() - since <= node.config.alerts.delivery_late:
        return NOTHING
    return {"": {"when": datetimes.format(since)}}


async def _refused(node: Node) -> Standing:
    async with node.reading() as reader:
        number = await delivery.lost_since(reader, reader.now - limits.REFUSED_LATELY)
    return {"": {"number": str(number)}} if number else NOTHING


async def _messages(node: Node) -> Standing:
    """Of others and of ours; and what else of others ends our program, and is let be."""
    kept = select(func.count()).where(InboxEntry.state == InboxState.FAILED)
    unsent = select(func.count()).where(
        Delivery.state == DeliveryState.DEAD, Delivery.last_error.startswith(f"{ENDED}:")
    )
    async with node.reading() as reader:
        peers_of_these = await delivery.ended_at(reader)
    left = await asyncio.to_thread(node.federation.under_way.left, peers_of_these)
    return await _counted(node, select(kept.scalar_subquery() + unsent.scalar_subquery() + left))


async def _letters(node: Node) -> Standing:
    async with node.reading() as reader:
        late = await mail.waiting(reader)
    way = node.mail.way
    if way is None or late is None or node.clock.now() - late.since <= limits.MAIL_LATE:
        return NOTHING
    return {"": {"name": way.server.host}}


async def _clock(node: Node) -> Standing | None:
    off = None if node.quarantine.is_on else await clock_off(node)
    if off is None:
        return None
    return {"": {"seconds": str(round(off.total_seconds()))}} if off > limits.CLOCK_OFF else NOTHING


async def _certificate(node: Node) -> Standing | None:
    return await _certificates(node, [("", node.config.address, {})])


async def _peer_certificates(node: Node) -> Standing | None:
    async with node.reading() as reader:
        known = [peer for peer in await peers.peers(reader) if peer.works_with_us]
    return await _certificates(node, [(peer.uri, peer.uri, {"name": peer.name}) for peer in known])


async def _pictures(node: Node) -> Standing:
    percent = await asyncio.to_thread(node.fetched_pictures.percent_full)
    return {"": {"percent": str(percent)}} if percent >= limits.ROOM_FULL else NOTHING


async def _counted(node: Node, query: Select[int]) -> Standing:
    async with node.reading() as reader:
        number = await reader.scalar(query)
    return {"": {"number": str(number)}} if number else NOTHING


async def _certificates(
    node: Node, places: Sequence[tuple[str, str, Mapping[str, str]]]
) -> Standing | None:
    """Whose certificate ends soon, or has ended. places: subject, address, what names it."""
    if node.config.development or node.quarantine.is_on:
        return None
    looks = (_certificate_at(node, url) for _subject, url, _named in places)
    return {
        subject: None if wrong is None else {**wrong, **named}
        for (subject, _url, named), wrong in zip(places, await asyncio.gather(*looks), strict=True)
        if wrong != FINE
    }


async def _certificate_at(node: Node, url: str) -> Mapping[str, str] | Literal["fine"] | None:
    """None: nobody answers, or in a way that says nothing of its end."""
    try:
        end = await node.federation.client.certificate_ends(url)
    except (FederationError, ProtocolError) as error:
        return {} if error.code == "tls-expired" else None
    if end is None or end >= node.clock.now() + node.config.alerts.certificate_left:
        return FINE
    return {"when": datetimes.format(end)}


LOOKS: Mapping[Alert, Look] = {
    Alert.DISK: _disk,
    Alert.DATABASE: _database,
    Alert.BACKUP: _backup,
    Alert.DELIVERIES: _deliveries,
    Alert.REFUSED: _refused,
    Alert.MESSAGES: _messages,
    Alert.LETTERS: _letters,
    Alert.CLOCK: _clock,
    Alert.CERTIFICATE: _certificate,
    Alert.PEER_CERTIFICATE: _peer_certificates,
    Alert.PICTURES: _pictures,
}


def remedies(config: Config) -> Mapping[Alert, str]:
    """The line that puts each right, or says more; empty where nobody here can."""
    own = {
        Alert.DATABASE: command(f"restore FILE --data {config.data}.new"),
        Alert.REFUSED: command(f"peer delivery --data {config.data}"),
        Alert.MESSAGES: command(f"peer received --data {config.data}"),
        Alert.CLOCK: "timedatectl set-ntp true",
        Alert.CERTIFICATE: "systemctl restart caddy && journalctl -u caddy -n 50",
    }
    return {alert: own.get(alert, "") for alert in Alert}
