"""A new node: settings, keys, database, first account, recovery file."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from federation import identities as keyring
from federation.ambient import SystemClock
from federation.identities import Identities
from federation.key_files import STATE_FILE
from federation.recovery import Recovery, restore, write_recovery
from federation.storage import UnitOfWork
from node import accounts
from node.accounts import IssuedLink, Purpose, Role
from node.config import FILE_NAME, Config, ConfigError, from_values, load, write_template
from node.i18n import _
from node.program import command
from node.runtime import open_node
from protocol.keys import generate_ed25519

RECOVERY_FILE = "recovery.json"


class Made(Struct, frozen=True):
    """A new node. owner_link: None when there was one in the folder already."""

    config: Config
    owner_link: IssuedLink | None
    recovery_file: Path


async def create_node(
    data: Path,
    *,
    name: str,
    address: str,
    summary: str = "",
    language: str = "en",
    place: str = "",
    currency: str = "EUR",
    admin: str = "admin",
    person: str = "",
    dev_peers: Sequence[str] = (),
    ca_file: Path | None = None,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
    recovery: Recovery | None = None,
) -> Made:
    """Make a node in a folder: settings, keys, database, first account, recovery file.

    admin: by what the first account signs in. person: whose it is, by name.
    recovery: be that coop again instead of a new one; no file is written then. Harmless where there
    is a node already, and where an earlier attempt was cut short: it goes on from there. Raises
    ConfigError, InvalidInput (handle), IdentityUnusable, StorageUnavailable.
    """
    recovery_file = data / RECOVERY_FILE
    if await asyncio.to_thread(_has_node, data):
        return Made(load(data, environ or {}), None, recovery_file)
    answers: dict[str, object] = {
        "name": name,
        "address": address,
        "summary": summary,
        "language": language,
        "place": place,
        "currency": currency,
        "dev_peers": list(dev_peers),
        "ca_file": _absolute(ca_file),
        "port": port,
    }
    given = {key: value for key, value in answers.items() if value not in (None, "", [])}
    config = from_values(data, given, environ)
    admin = accounts.check_handle(admin)
    identities = await asyncio.to_thread(_first_keys, config, recovery)
    if identities.recovery_key is None:
        await asyncio.to_thread(_first_recovery, recovery_file, config, identities)
    link = await _first_account(config, admin, person)
    # Last, so that a node that could not be made whole is made anew the next time.
    await asyncio.to_thread(write_template, data / FILE_NAME, given | {"address": config.address})
    return Made(config, link, recovery_file)


def _absolute(path: Path | None) -> str:
    return str(path.absolute()) if path else ""


def _has_node(data: Path) -> bool:
    return (data / FILE_NAME).exists()


def _first_recovery(file: Path, config: Config, identities: Identities) -> None:
    # Registered when the file is whole: a key in a file that nobody has would be worth nothing.
    key = generate_ed25519()
    write_recovery(file, identities, key, name=config.name)
    keyring.register_recovery(config.keys, key.public_key())


def _first_keys(config: Config, recovery: Recovery | None) -> Identities:
    try:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if recovery is not None:
            restore(config.keys, recovery)
        if (config.keys / STATE_FILE).exists():
            return keyring.load(config.keys, config.address, SystemClock().now())
        return keyring.create(config.keys, config.address)
    except OSError as error:
        raise ConfigError(
            str(config.data),
            None,
            _("Nothing can be written here: %(reason)s.", reason=error.strerror or str(error)),
            command("init --data ./sunrise"),
        ) from None


async def _first_account(config: Config, handle: str, name: str) -> IssuedLink:
    async with open_node(config) as node:

        async def make(uow: UnitOfWork) -> IssuedLink:
            account = await accounts.by_handle(uow, handle) or await accounts.create_account(
                uow, handle=handle, name=name or handle, roles={Role.ADMIN, Role.MEMBER}
            )
            return await accounts.issue_link(uow, purpose=Purpose.OWNER, account_id=account.id)

        return await node.write(make)
