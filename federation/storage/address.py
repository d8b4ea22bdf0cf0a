"""Which database a URL names, and with which driver it is opened."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from federation.errors import StorageUnavailable
from federation.storage.statements import DRIVER


def async_url(url: str) -> URL:
    """The URL with our drivers: `sqlite:///path`, `postgresql://user@host/name`.

    Raises StorageUnavailable for anything else.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    drivers = {"sqlite": DRIVER, "postgresql": "postgresql+asyncpg"}
    if address is None or address.get_backend_name() not in drivers:
        raise StorageUnavailable(
            "The database must be written sqlite:///path or postgresql://user@host/name.",
            code="bad-database-url",
        )
    return address.set(drivername=drivers[address.get_backend_name()])


def is_sqlite(address: URL) -> bool:
    """Whether it is a file of SQLite's."""
    return address.get_backend_name() == "sqlite"
