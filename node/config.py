"""A node's settings: `rochdale.toml` in its folder, overridden by `ROCHDALE_<KEY>` variables.

Read once at start into a frozen `Config`; nothing else reads the file or the environment. A mistake
is answered with the file, the key, what is wrong and a line that would be right.
"""

import errno
import os
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from federation.key_files import write_private
from node import limits
from node.alert_settings import Thresholds
from node.config_template import EXAMPLES, TEMPLATE, toml_value
from node.errors import InvalidInput, NodeError
from node.i18n import Text, _, is_language_tag
from node.mail_settings import PASSWORD_VARIABLE, MailServer, mail_server
from node.money import is_currency
from node.node_address import DevPeers, NodeAddress, parse_address, parse_dev_peers
from node.places import is_zone, likely_zone
from node.program import command

FILE_NAME = "rochdale.toml"
UNDER_WAY = "under-way"
"""In the node's folder: what its processes are taking in just now; no backup holds it."""
DATABASE_NAME = "rochdale.sqlite"
ENVIRONMENT_PREFIX = "ROCHDALE_"

# What a list or a string wears in TOML and not in a variable.
_NO_TOML_MARKS = str.maketrans("", "", '"[]')

Network = IPv4Network | IPv6Network
Peering = Literal["open", "allow-list"]


class Config(Struct, frozen=True):
    """Everything the operator decides; ready to use, nothing left to check."""

    data: Path
    name: str
    address: str
    """Base address without a trailing slash: https://sunrise.coop"""
    authority: str
    """host[:port] of the address, the name under which peers know this node."""
    summary: str
    language: str
    languages: tuple[str, ...]
    """Languages the members read, the main one first."""
    place: str
    lat: float | None
    lon: float | None
    zone: str
    """Of our clocks, such as Europe/Madrid."""
    currency: str
    host: str
    port: int
    database_url: str
    dev_peers: DevPeers
    ca_file: Path | None
    peering: Peering
    trusted_proxies: tuple[Network, ...]
    """Web servers of ours that are believed when they say where a visitor comes from."""
    connections: int
    """How many may be held at once."""
    connections_per_address: int
    """And by one address that is no web server of ours."""
    mail: MailServer | None
    """Who takes our mail; None: nobody is written to."""
    alerts: Thresholds
    stuck_seconds: int
    """How long its loop may stand still before a process of the node ends itself; 0: for ever."""
    development: bool
    """The address is on localhost: this node talks to exactly its `dev_peers`."""

    @property
    def keys(self) -> Path:
        """The folder of the node's private keys."""
        return self.data / "keys"

    @property
    def media(self) -> Path:
        """The folder of pictures that our own people sent."""
        return self.data / "media"

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched anew: no backup holds it."""
        return self.data / "cache"


class ConfigError(NodeError):
    """A setting is missing or cannot be used; str() is the whole advice for the operator."""

    def __init__(self, source: str, key: str | None, problem: Text, example: str = "") -> None:
        self.source = source
        self.key = key
        self.problem = problem
        self.example = example
        super().__init__(problem, "config")

    def __str__(self) -> str:
        where = f"{self.source}: {self.key}" if self.key else self.source
        advice = str(_("For example: %(line)s", line=self.example)) if self.example else ""
        return "\n  ".join(part for part in (f"{where}: {self.problem}", advice) if part)


class _Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The shape of the file; what needs more than a shape is checked in `_checked`."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    address: str
    summary: Annotated[str, Meta(max_length=500)] = ""
    language: str = "en"
    languages: list[str] = []
    place: Annotated[str, Meta(max_length=200)] = ""
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    zone: str = ""
    currency: str = "EUR"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    database_url: str = ""
    dev_peers: list[str] = []
    ca_file: str = ""
    peering: Peering = "open"
    trusted_proxies: list[str] = []
    connections: Annotated[int, Meta(ge=16, le=100_000)] = 1_000
    connections_per_address: Annotated[int, Meta(ge=1, le=100_000)] = 64
    mail_server: str = ""
    mail_port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    mail_security: Literal["", "tls", "starttls", "none"] = ""
    mail_user: Annotated[str, Meta(max_length=200)] = ""
    mail_password_file: str = ""
    mail_from: str = ""
    alert_disk_mb: Annotated[int, Meta(ge=0)] = limits.DISK_FREE_BYTES // 1_000_000
    alert_backup_days: Annotated[int, Meta(ge=1, le=365)] = limits.BACKUP_AGE.days
    alert_delivery_hours: Annotated[int, Meta(ge=1, le=720)] = limits.DELIVERY_LATE.days * 24
    alert_certificate_days: Annotated[int, Meta(ge=1, le=90)] = limits.CERTIFICATE_LEFT.days
    alert_again_days: Annotated[int, Meta(ge=1, le=365)] = limits.ALERT_AGAIN.days
    stuck_seconds: Annotated[int, Meta(ge=0, le=3_600)] = 60


DEFAULT_PORT = 8100
KEYS = _Settings.__struct_fields__


def load(data: Path, environ: Mapping[str, str]) -> Config:
    """Read the settings of the node in a folder. Raises ConfigError."""
    path = data / FILE_NAME
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            str(path),
            None,
            _(
                "There is no node in this folder. Make one, or say where it is: "
                "--data, ROCHDALE_DATA."
            ),
            command(f'init --data {data} --name "Sunrise Bakers" --address https://sunrise.coop'),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(path),
            None,
            _("This is not readable as TOML: %(reason)s.", reason=str(error).rstrip(".")),
            EXAMPLES["name"],
        ) from None
    except OSError as error:
        raise ConfigError(
            str(path), None, _("This cannot be read: %(reason)s.", reason=error.strerror)
        ) from None
    return from_values(data, values, environ)


def from_values(
    data: Path, values: Mapping[str, object], environ: Mapping[str, str] | None = None
) -> Config:
    """Check settings wherever they come from, the environment last. Raises ConfigError."""
    environ = environ or {}
    overridden = dict(_environment(environ))
    source = _Source(data / FILE_NAME, frozenset(overridden))
    settings = _shaped({**values, **overridden}, source)
    return _checked(data.absolute(), settings, source, environ.get(PASSWORD_VARIABLE, ""))


def write_template(path: Path, answers: Mapping[str, object]) -> None:
    """Write a commented settings file, whole or not at all; what is not answered stands there as a
    comment.

    Raises FileExistsError rather than overwrite what an operator may have edited; OSError.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    lines = []
    for key, comment, default in TEMPLATE:
        answered = answers.get(key) not in (None, "", [], ())
        line = f"{key} = {toml_value(answers[key] if answered else default)}"
        lines += [*(f"# {sentence}" for sentence in comment), line if answered else f"# {line}", ""]
    write_private(path, "\n".join(lines).encode())


class _Source(Struct, frozen=True):
    path: Path
    overridden: frozenset[str]

    def refuse(self, key: str, problem: Text) -> ConfigError:
        if key in self.overridden:
            name = f"{ENVIRONMENT_PREFIX}{key.upper()}"
            value = EXAMPLES[key].partition(" = ")[2].translate(_NO_TOML_MARKS)
            return ConfigError("environment", name, problem, f"{name}={value}")
        return ConfigError(str(self.path), key, problem, EXAMPLES[key])


def _environment(environ: Mapping[str, str]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for key in KEYS:
        text = environ.get(f"{ENVIRONMENT_PREFIX}{key.upper()}")
        if text is None:
            continue
        is_list = key in ("languages", "dev_peers", "trusted_proxies")
        found.append(
            (key, [one.strip() for one in text.split(",") if one.strip()] if is_list else text)
        )
    return found


def _shaped(values: Mapping[str, Any], source: _Source) -> _Settings:
    for key in values:
        if key not in KEYS:
            raise ConfigError(
                str(source.path),
                key,
                _("There is no such setting. Settings are: %(keys)s.", keys=", ".join(KEYS)),
            )
    for key in ("name", "address"):
        if key not in values:
            raise source.refuse(key, _("This setting is missing."))
    for key, value in values.items():
        shape = _Settings.__annotations__[key]
        try:
            msgspec.convert(value, shape, strict=key not in source.overridden)
        except msgspec.ValidationError as error:
            raise source.refuse(
                key, _("This value does not fit: %(reason)s.", reason=str(error))
            ) from None
    return msgspec.convert(values, _Settings, strict=False)


def _checked(data: Path, settings: _Settings, source: _Source, password: str) -> Config:
    if not settings.name.strip() or not settings.name.isprintable():
        raise source.refuse("name", _("A name is one line of letters."))
    address = _address(settings, source)
    dev_peers = _dev_peers(settings, address, source)
    _check_codes(settings, source)
    return Config(
        data=data,
        name=settings.name.strip(),
        address=address.base,
        authority=address.authority,
        summary=settings.summary.strip(),
        language=settings.language,
        languages=_main_first(settings.language, settings.languages),
        place=settings.place.strip(),
        lat=settings.lat,
        lon=settings.lon,
        zone=settings.zone or likely_zone(settings.place, settings.lat, settings.lon) or "UTC",
        currency=settings.currency,
        host=settings.host,
        port=settings.port or address.local_port or DEFAULT_PORT,
        database_url=settings.database_url or f"sqlite:///{data / DATABASE_NAME}",
        dev_peers=dev_peers,
        ca_file=data / settings.ca_file if settings.ca_file else None,
        peering=settings.peering,
        trusted_proxies=_networks(settings, source),
        connections=settings.connections,
        connections_per_address=settings.connections_per_address,
        mail=_mail(data, settings, source, password),
        alerts=_alerts(settings),
        stuck_seconds=settings.stuck_seconds,
        development=address.development,
    )


def _alerts(settings: _Settings) -> Thresholds:
    return Thresholds(
        disk_bytes=settings.alert_disk_mb * 1_000_000,
        backup_age=timedelta(days=settings.alert_backup_days),
        delivery_late=timedelta(hours=settings.alert_delivery_hours),
        certificate_left=timedelta(days=settings.alert_certificate_days),
        again=timedelta(days=settings.alert_again_days),
    )


def _address(settings: _Settings, source: _Source) -> NodeAddress:
    try:
        return parse_address(settings.address)
    except InvalidInput as error:
        raise source.refuse("address", error.fields["address"][0]) from None


def _dev_peers(settings: _Settings, address: NodeAddress, source: _Source) -> DevPeers:
    if settings.dev_peers and not address.development:
        raise source.refuse(
            "dev_peers",
            _(
                "A node with the public address %(address)s cannot have development peers: "
                "they would open this computer's own network to strangers. Take them out.",
                address=address.base,
            ),
        )
    try:
        return parse_dev_peers(settings.dev_peers)
    except InvalidInput as error:
        raise source.refuse("dev_peers", error.fields["dev_peers"][0]) from None


def _mail(data: Path, settings: _Settings, source: _Source, password: str) -> MailServer | None:
    file = settings.mail_password_file
    try:
        return mail_server(
            host=settings.mail_server,
            port=settings.mail_port,
            security=settings.mail_security,
            user=settings.mail_user,
            sender=settings.mail_from,
            password=password,
            password_file=data / file if file else None,
        )
    except InvalidInput as error:
        [(key, [complaint])] = error.fields.items()
        raise source.refuse(key, complaint) from None


def _networks(settings: _Settings, source: _Source) -> tuple[Network, ...]:
    networks = []
    for text in settings.trusted_proxies:
        try:
            network = ip_network(text.strip(), strict=False)
        except ValueError:
            complaint = _(
                "“%(text)s” is no address or network, such as 127.0.0.1 or 10.0.0.0/24.", text=text
            )
            raise source.refuse("trusted_proxies", complaint) from None
        if network.prefixlen == 0:
            complaint = _("“%(text)s” is everybody; name only what is yours.", text=text)
            raise source.refuse("trusted_proxies", complaint)
        networks.append(network)
    return tuple(networks)


def _check_codes(settings: _Settings, source: _Source) -> None:
    for key, tags in (("language", [settings.language]), ("languages", settings.languages)):
        for tag in tags:
            if not is_language_tag(tag):
                raise source.refuse(
                    key,
                    _("“%(tag)s” is not a language tag (BCP 47), such as en or pt-BR.", tag=tag),
                )
    if not is_currency(settings.currency):
        raise source.refuse(
            "currency", _("“%(code)s” is not a currency code (ISO 4217).", code=settings.currency)
        )
    if (settings.lat is None) != (settings.lon is None):
        raise source.refuse(
            "lat" if settings.lat is None else "lon", _("Give both lat and lon, or neither.")
        )
    if settings.zone and not is_zone(settings.zone):
        raise source.refuse("zone", _("There is no time zone “%(zone)s”.", zone=settings.zone))
    if settings.database_url and not settings.database_url.startswith(("sqlite:", "postgresql:")):
        raise source.refuse(
            "database_url", _("The address of a database begins with sqlite: or postgresql:.")
        )


def _main_first(main: str, others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([main, *others]))
