"""Cookies: which session a browser carries, and the choices of somebody who has none."""

from aiohttp import web

from node.config import Config

SESSION_SECONDS = 30 * 24 * 3600


def _name(config: Config, what: str) -> str:
    """`__Host-` binds a cookie to this host; without https the port keeps nodes apart."""
    if config.address.startswith("https://"):
        return f"__Host-rochdale-{what}"
    return f"rochdale-{what}-{config.port}"


def read(request: web.Request, config: Config, what: str) -> str | None:
    value = request.cookies.get(_name(config, what))
    return value if value is not None and value.isascii() else None


def write(
    response: web.StreamResponse, config: Config, what: str, value: str, *, seconds: int
) -> None:
    response.set_cookie(
        _name(config, what),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        secure=config.address.startswith("https://"),
        samesite="Lax",
    )


def clear(response: web.StreamResponse, config: Config, what: str) -> None:
    response.del_cookie(
        _name(config, what),
        path="/",
        httponly=True,
        secure=config.address.startswith("https://"),
        samesite="Lax",
    )


def sign_in(response: web.StreamResponse, config: Config, token: str) -> None:
    write(response, config, "session", token, seconds=SESSION_SECONDS)


def sign_out(response: web.StreamResponse, config: Config) -> None:
    """Nothing of theirs stays in this browser: neither the session nor what was kept for reading
    and not sent yet."""
    response.headers["Clear-Site-Data"] = '"storage"'
    clear(response, config, "session")
