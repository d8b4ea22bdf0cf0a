"""What can be seen from within: room, backups, the database, what waits, the clock."""

import asyncio
import shutil
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from msgspec import Struct

from federation.errors import FederationError
from node import backups, limits, obstacles, peers, quarantine
from node.config import Config
from node.days import Said
from node.doctor.findings import Finding, failed, ok, unknown
from node.errors import NodeError
from node.i18n import _
from node.program import command
from node.runtime import Node
from node.sizes import Size
from protocol import datetimes
from protocol.errors import ProtocolError

_PEERS_ASKED = 5


class Folder(Struct, frozen=True):
    """What a node's folder says: the room left, the last backup, whether another node took its
    place, and the moment of the backup that it was restored from, while it is silent for that."""

    free: int
    last_backup: backups.LastBackup | None
    is_replaced: bool
    restored_from: datetime | None
    has_authorities: bool
    """Whether this computer knows any authority by which others prove who they are."""


def read_folder(config: Config) -> Folder:
    """As it is now. It reads files: not for the event loop."""
    restored = quarantine.restoration(config.data)
    return Folder(
        shutil.disk_usage(config.data).free,
        backups.last_backup(config.data),
        quarantine.replacement(config.data) is not None,
        restored.made_at if restored else None,
        has_authorities(*ssl.get_default_verify_paths()[:2]),
    )


def has_authorities(bundle: str | None, folder: str | None) -> bool:
    """bundle, folder: where OpenSSL looks; None for what is not there."""
    if bundle and Path(bundle).stat().st_size:
        return True
    return bool(folder) and any(Path(str(folder)).iterdir())


def folder(config: Config, seen: Folder, now: datetime) -> list[Finding]:
    """What is to be said of it."""
    return [
        _disk(config, seen.free),
        # Nodes on one computer need nobody who vouches for them.
        *([] if config.development else [_authorities(seen.has_authorities)]),
        backup(config, seen.last_backup, now),
        _silence(config, seen),
    ]


def _disk(config: Config, free: int) -> Finding:
    said = _("%(size)s are free.", size=Size(free))
    if free < config.alerts.disk_bytes:
        return failed("disk", said, _what_fills(config))
    return ok("disk", said)


def _what_fills(config: Config) -> str:
    return f"df -h {config.data}; du -xh --max-depth=2 / | sort -h | tail"


def _authorities(are_there: bool) -> Finding:
    if are_there:
        return ok("authorities", _("Certificates of other coops can be checked."))
    said = _(
        "This computer knows no certificate authority: no other coop can be reached by https, and "
        "nothing is sent to one that cannot be checked."
    )
    return failed("authorities", said, "apt install --reinstall ca-certificates")


def backup(config: Config, last: backups.LastBackup | None, now: datetime) -> Finding:
    line = _backup_line(config)
    if last is None:
        return failed("backup", _("No backup was ever made here."), line)
    said = _(
        "The last backup is of %(moment)s: %(file)s",
        moment=Said(last.made_at.isoformat()),
        file=last.file,
    )
    if now - last.made_at > config.alerts.backup_age:
        return failed("backup", said, line)
    if last.uncounted_for:
        uncounted = _(
            "The last backup is of %(moment)s: %(file)s. Its rows were not counted: the account "
            "%(role)s may create no database to restore it for trial.",
            moment=Said(last.made_at.isoformat()),
            file=last.file,
            role=last.uncounted_for,
        )
        return unknown("backup", uncounted, last.way_to_count)
    if not last.is_counted:
        uncounted = _(
            "The last backup is of %(moment)s: %(file)s. Its rows were not counted: %(why)s",
            moment=Said(last.made_at.isoformat()),
            file=last.file,
            why=last.uncounted_why,
        )
        return unknown("backup", uncounted)
    return ok("backup", said)


def _backup_line(config: Config) -> str:
    return command(f"backup /backup/rochdale.tar.gz --data {config.data}")


def _silence(config: Config, seen: Folder) -> Finding:
    if seen.is_replaced:
        return failed("speaks", quarantine.REPLACED_WORDS, "systemctl disable --now rochdale")
    if seen.restored_from is None:
        return ok("speaks", _("The node may send messages."))
    said = _(
        "It was restored from a backup of %(moment)s and sends nothing until other coops have "
        "been read.",
        moment=Said(seen.restored_from.isoformat()),
    )
    return failed("speaks", said, command(f"go-on --data {config.data}"))


async def database(node: Node) -> Finding:
    if node.database.dialect != "sqlite":
        async with node.reading() as reader:
            await reader.ping()
        if left := await asyncio.to_thread(backups.trials_left, node.config.database_url):
            said = _(
                "A backup that was broken off left a copy of the database behind: %(names)s. The "
                "next backup drops it.",
                names=", ".join(left),
            )
            return failed("database", said, _backup_line(node.config))
        return ok("database", _("The database answers; PostgreSQL looks after it."))
    wrong = await asyncio.to_thread(backups.integrity_of, node.config.database_url)
    if wrong:
        said = _("The database is damaged: %(why)s", why="; ".join(wrong))
        return failed("database", said, command(f"restore FILE --data {node.config.data}.new"))
    return ok("database", _("The database is whole."))


def not_opened(config: Config, error: NodeError | FederationError) -> Finding:
    """Only what is lost is fetched from a backup."""
    is_file = config.database_url.startswith("sqlite:")
    lines = {
        "storage-full": _what_fills(config),
        "storage-failing": f"{_what_fills(config)}; dmesg --ctime | tail",
        "storage-busy": f"fuser --verbose {config.data}/rochdale.sqlite",
        "older-program-runs": command(f"upgrade --data {config.data}"),
        "storage-away": f"ls -la {config.data}" if is_file else "systemctl restart postgresql",
        "sqlite-too-old": "apt update && apt full-upgrade",
    }
    lost = command(f"restore FILE --data {config.data}.new")
    return failed("database", obstacles.of(error), lines.get(error.code, lost))


def deliveries(config: Config, waiting: int, oldest: datetime | None, now: datetime) -> Finding:
    if oldest is None:
        return ok("deliveries", _("No message waits."))
    said = _(
        "Messages that wait: %(count)s, the oldest since %(moment)s.",
        count=waiting,
        moment=Said(oldest.isoformat()),
    )
    if now - oldest > config.alerts.delivery_late:
        return failed("deliveries", said, command(f"peer delivery --data {config.data}"))
    return ok("deliveries", said)


async def clock(node: Node) -> Finding:
    """Against the clocks of coops that we work with."""
    off = await clock_off(node)
    if off is None:
        return unknown("clock", _("No other coop answered that the clock could be held against."))
    return _clock_by(off)


async def clock_off(node: Node) -> timedelta | None:
    """How far the clock is off the middle one of other coops'; None if none of them answered."""
    async with node.reading() as reader:
        known = [peer for peer in await peers.peers(reader) if peer.works_with_us]
    asked = await asyncio.gather(*(_ahead(node, peer.uri) for peer in known[:_PEERS_ASKED]))
    return _off([offset for offset in asked if offset is not None])


def clock_as_told(told: Sequence[timedelta]) -> Finding | None:
    """Against what the clocks of coops showed when they last answered; None if none did."""
    off = _off(told)
    return None if off is None else _clock_by(off)


def far_off(told: Mapping[str, timedelta]) -> list[str]:
    """Whose clock is so far off the middle one of all, ours among them, that what they sign is
    refused."""
    middle = median([0, *(ahead.total_seconds() for ahead in told.values())])
    off = {uri: abs(ahead.total_seconds() - middle) for uri, ahead in told.items()}
    return [uri for uri, seconds in off.items() if seconds > limits.CLOCK_FAR_OFF.total_seconds()]


def _off(ahead: Sequence[timedelta]) -> timedelta | None:
    """By the middle one of others' clocks, each by how much it is ahead of ours."""
    if not ahead:
        return None
    return timedelta(seconds=round(abs(median(one.total_seconds() for one in ahead))))


def _clock_by(off: timedelta) -> Finding:
    seconds = round(off.total_seconds())
    said = _("The clock is %(seconds)s s off those of other coops.", seconds=seconds)
    if off > limits.CLOCK_OFF:
        return failed("clock", said, "timedatectl set-ntp true")
    return ok("clock", said)


async def _ahead(node: Node, uri: str) -> timedelta | None:
    """By how much another coop's clock is ahead of ours, to the second."""
    try:
        answer = await node.federation.client.get(uri, accept="application/activity+json")
        there = datetimes.parse_http_date(answer.headers["Date"])
    except (FederationError, ProtocolError, KeyError):
        return None
    return there - node.clock.now()
