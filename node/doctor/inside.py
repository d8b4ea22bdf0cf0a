"""What can be seen from within: room, backups, the database, what waits, the clock."""

import asyncio
import shutil
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from sqlalchemy import func, select

from federation.errors import FederationError
from federation.models import Delivery
from federation.outbox import UNDELIVERED
from node import backups, limits, peers, quarantine
from node.config import Config
from node.doctor.findings import Finding, failed, ok, unknown
from node.i18n import _
from node.runtime import Node
from protocol.errors import ProtocolError

_PEERS_ASKED = 5
_MEGABYTE = 1_000_000


def disk(config: Config) -> Finding:
    free = shutil.disk_usage(config.data).free
    said = _("%(free)s MB are free.", free=f"{free // _MEGABYTE:,}")
    if free < limits.DISK_FREE_BYTES:
        return failed("disk", said, f"df -h {config.data}; du -xh --max-depth=2 / | sort -h | tail")
    return ok("disk", said)


def backup(config: Config, now: datetime) -> Finding:
    line = f"rochdale backup /backup/rochdale.tar.gz --data {config.data}"
    last = backups.last_backup(config.data)
    if last is None:
        return failed("backup", _("No backup was ever made here."), line)
    said = _(
        "The last backup is of %(moment)s: %(file)s",
        moment=_shown(last.made_at),
        file=last.file,
    )
    if now - last.made_at > limits.BACKUP_AGE:
        return failed("backup", said, line)
    return ok("backup", said)


def silence(config: Config) -> Finding:
    replaced = quarantine.replacement(config.data)
    if replaced is not None:
        return failed("speaks", quarantine.REPLACED_WORDS, "systemctl disable --now rochdale")
    found = quarantine.restoration(config.data)
    if found is None:
        return ok("speaks", _("The node may send messages."))
    said = _(
        "It was restored from a backup of %(moment)s and sends nothing until other coops have "
        "been read.",
        moment=_shown(found.made_at),
    )
    return failed("speaks", said, f"rochdale go-on --data {config.data}")


async def database(node: Node) -> Finding:
    if node.database.dialect != "sqlite":
        async with node.reading() as reader:
            await reader.ping()
        return ok("database", _("The database answers; PostgreSQL looks after it."))
    wrong = await asyncio.to_thread(backups.integrity_of, node.config.database_url)
    if wrong:
        said = _("The database is damaged: %(why)s", why="; ".join(wrong))
        return failed("database", said, f"rochdale restore FILE --data {node.config.data}.new")
    return ok("database", _("The database is whole."))


async def deliveries(node: Node) -> Finding:
    query = select(func.count(), func.min(Delivery.created_at)).where(
        Delivery.state.in_(UNDELIVERED)
    )
    async with node.reading() as reader:
        [(waiting, oldest)] = await reader.rows(query)
        now = reader.now
    if not waiting:
        return ok("deliveries", _("No message waits."))
    said = _(
        "Messages that wait: %(count)s, the oldest since %(moment)s.",
        count=waiting,
        moment=_shown(oldest),
    )
    if now - oldest > limits.DELIVERY_LATE:
        return failed("deliveries", said, f"rochdale peer delivery --data {node.config.data}")
    return ok("deliveries", said)


async def clock(node: Node) -> Finding:
    """Against the clocks of coops that we work with: the middle one of what they say."""
    async with node.reading() as reader:
        known = [peer for peer in await peers.peers(reader) if peer.works_with_us]
    asked = await asyncio.gather(*(_ahead(node, peer.uri) for peer in known[:_PEERS_ASKED]))
    found = [offset for offset in asked if offset is not None]
    if not found:
        return unknown("clock", _("No other coop answered that the clock could be held against."))
    off = timedelta(seconds=round(median(offset.total_seconds() for offset in found)))
    said = _("The clock is %(seconds)s s off those of other coops.", seconds=abs(off).seconds)
    if abs(off) > limits.CLOCK_OFF:
        return failed("clock", said, "timedatectl set-ntp true")
    return ok("clock", said)


async def _ahead(node: Node, uri: str) -> timedelta | None:
    """By how much another coop's clock is ahead of ours, to the second."""
    try:
        answer = await node.federation.client.get(uri, accept="application/activity+json")
        there = parsedate_to_datetime(answer.headers["Date"])
    except (FederationError, ProtocolError, KeyError, ValueError):
        return None
    return there - node.clock.now()


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
