"""The way that other coops come: name, certificate, web server, and what it does to a request.

A node signs requests to itself and sends them to its own address. Only a web server that passes
host, path and body on as they are lets them arrive as they were signed.
"""

from collections.abc import Awaitable, Callable

from federation.errors import FederationError
from federation.guard import Guard
from federation.http_client import Fetched, GuardedClient
from federation.settings import FederationSettings
from node import obstacles
from node.config import Config
from node.doctor.findings import Finding, State, failed, ok, unknown
from node.i18n import Text, _
from node.program import command
from node.runtime import Node
from protocol import http_signatures, strict_json
from protocol.errors import ProtocolError
from protocol.http_signatures import Profile
from protocol.media_types import ACTIVITY_JSON, JRD_JSON
from protocol.webfinger import Handle, query_url, self_link

_JSON = "application/json"
_BEHIND = {502, 503, 504}
_KEEP_HOST = "proxy_set_header Host $host;"
_NO_SLASH = _("no slash at the end")
_WITH_CADDY = _("with Caddy: take out encode")
_OUR_ADDRESS = _("the public address of this computer")
_CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Accept-Encoding": "gzip"}
VISITORS, AS_ONE = "visitors", "as-one"
"""What `/healthz` says besides to a web server that is not believed about visitors."""
_IN_THE_SETTINGS = _("in the settings, then start the node again")
_PING = b'{"type":"Question"}'


async def look(
    node: Node, guard: Guard, told: Callable[[Finding], Awaitable[None]] | None = None
) -> list[Finding]:
    """Each look needs the one before: the first that fails is the last. told: hears of each."""
    config = node.config
    port = Guard({f"{_host(config)}:{config.port}": (_host(config), config.port)})
    found: list[Finding] = []
    for check in CHECKS:
        if found and found[-1].state is State.FAILED:
            break
        found.append(await _with(node, guard if found else port, check))
        if told is not None:
            await told(found[-1])
    return found


async def _with(
    node: Node, guard: Guard, check: Callable[[Node, GuardedClient], Awaitable[Finding]]
) -> Finding:
    client = GuardedClient(
        guard, clock=node.clock, settings=FederationSettings(), ca_file=node.config.ca_file
    )
    try:
        return await check(node, client)
    finally:
        await client.close()


async def _listens(node: Node, client: GuardedClient) -> Finding:
    config = node.config
    url = f"http://{_host(config)}:{config.port}/healthz"
    start = command(f"serve --data {config.data}")
    try:
        answer = await client.get(url, accept=_JSON)
    except FederationError as error:
        return failed("listens", obstacles.of(error), start)
    if not _is_health(answer):
        return failed("listens", _("At %(url)s something else answers.", url=url), start)
    return ok("listens", _("The node answers at %(url)s.", url=url))


async def _answers(node: Node, client: GuardedClient) -> Finding:
    config = node.config
    try:
        answer = await client.get(f"{config.address}/healthz", accept=_JSON)
    except (FederationError, ProtocolError) as error:
        return failed("address", obstacles.of(error), _remedy(config, error.code))
    if not _is_health(answer):
        said = _(
            "%(address)s answers %(status)s, and it is not this node that says so.",
            address=config.address,
            status=answer.status,
        )
        remedy = f"reverse_proxy {_host(config)}:{config.port}"
        return failed("address", said, remedy)
    return ok("address", _("%(address)s leads here.", address=config.address))


async def _is_us(node: Node, client: GuardedClient) -> Finding:
    """That no other node, such as an older copy of this one, stands at our address."""
    coop = node.federation.identities.coop
    document = await _document(client, coop.uri, ACTIVITY_JSON)
    key = document.get("publicKey")
    listed = key if isinstance(key, list) else [key]
    ours = [(each.id, each.public) for each in coop.rsa_listed if each.id == coop.rsa_key_id]
    is_ours = any(
        isinstance(each, dict) and (each.get("id"), each.get("publicKeyPem")) in ours
        for each in listed
    )
    if document.get("id") != coop.uri or not is_ours:
        said = _(
            "Who answers at %(uri)s has other keys than this folder. Stop it, or leave this folder "
            "alone: one coop must not run twice.",
            uri=coop.uri,
        )
        return failed("keys", said, f"ss -ltnp 'sport = :{node.config.port}'")
    return ok("keys", _("The keys that others see are those of this folder."))


async def _is_found(node: Node, client: GuardedClient) -> Finding:
    config, coop = node.config, node.federation.identities.coop
    scheme = config.address.partition(":")[0]
    url = query_url(scheme, Handle("coop", config.authority))
    document = await _document(client, url, JRD_JSON)
    try:
        found = self_link(document)
    except ProtocolError:
        found = ""
    if found != coop.uri:
        said = _("WebFinger at %(url)s does not lead to this coop.", url=url)
        remedy = f"location /.well-known/ {{ proxy_pass http://{_host(config)}:{config.port}; }}"
        return failed("webfinger", said, remedy)
    handle = f"@coop@{config.authority}"
    return ok("webfinger", _("%(handle)s is found.", handle=handle))


async def _reads_signed(node: Node, client: GuardedClient) -> Finding:
    coop = node.federation.identities.coop
    for profile in (Profile.CAVAGE, Profile.RFC9421):
        try:
            answer = await client.get(
                f"{coop.uri}/catalogue", accept=ACTIVITY_JSON, sign_as=coop, profile=profile
            )
        except FederationError as error:
            return failed("signatures", obstacles.of(error), _remedy(node.config, error.code))
        if answer.status != 200:
            said = _(
                "A request that was signed (%(profile)s) does not arrive as it was sent: "
                "%(status)s %(why)s",
                profile=profile,
                status=answer.status,
                why=_why(answer.body),
            )
            return failed("signatures", said, _for_status(node.config, answer.status))
    return ok("signatures", _("What was signed can be read as it was sent."))


async def _takes_signed(node: Node, client: GuardedClient) -> Finding:
    """Our inbox refuses our own key, in these words, once the request is for the right host."""
    coop = node.federation.identities.coop
    headers = http_signatures.sign(
        "POST",
        coop.inbox,
        _PING,
        key_id=coop.rsa_key_id,
        private_key=coop.rsa_key,
        now=node.clock.now(),
        profile=Profile.CAVAGE,
        content_type=ACTIVITY_JSON,
    )
    try:
        answer = await client.post(coop.inbox, _PING, headers)
    except FederationError as error:
        return failed("inbox", obstacles.of(error), _remedy(node.config, error.code))
    code = _body(answer.excerpt).get("code")
    if code == "our-key":
        return ok("inbox", _("Messages of other coops get through to the inbox."))
    if code == "restored":
        said = _("The inbox takes nothing yet: this node was restored from a backup.")
        return unknown("inbox", said, command(f"go-on --data {node.config.data}"))
    said = _(
        "Messages of other coops do not get through: %(status)s %(why)s",
        status=answer.status,
        why=_why(answer.excerpt),
    )
    return failed("inbox", said, _for_status(node.config, answer.status))


async def _is_unpacked(node: Node, client: GuardedClient) -> Finding:
    """That nobody packs on the way what the node left as it is: see `ui.web.middleware`."""
    try:
        await client.get(f"{node.config.address}/", accept="text/html", more=_CROSS_SITE)
    except FederationError as error:
        if error.code != "encoded":
            return failed("packing", obstacles.of(error), _remedy(node.config, error.code))
        said = _(
            "The web server packs pages that another site asked for: by counting bytes, that site "
            "could guess secrets that stand in them. The node packs what may be packed."
        )
        return failed("packing", said, f"gzip off;   # {_WITH_CADDY}")
    return ok("packing", _("What another site asks for goes out unpacked."))


async def _tells_apart(node: Node, client: GuardedClient) -> Finding:
    """That tries to come in, applications and letters of guests are counted by visitor."""
    try:
        answer = await client.get(f"{node.config.address}/healthz", accept=_JSON)
    except FederationError as error:
        return failed("visitors", obstacles.of(error), _remedy(node.config, error.code))
    if _body(answer.body).get(VISITORS) == AS_ONE:
        said = _(
            "The web server says where visitors come from, and nothing tells the node to believe "
            "it: all of them count as one, so one who guesses passwords locks the others out."
        )
        line = f'trusted_proxies = ["127.0.0.1", "::1"]   # {_IN_THE_SETTINGS}'
        return failed("visitors", said, line)
    return ok("visitors", _("Each visitor is counted alone."))


def _remedy(config: Config, code: str) -> str:
    """The line for what stands between the world and the node."""
    place = f"{_host(config)}:{config.port}"
    if config.development:
        return command(f"serve --data {config.data}")
    name = config.authority.partition(":")[0]
    named = f"{name}.  IN  A  <{_OUR_ADDRESS}>"
    lines = {
        "unknown-host": named,
        "address-blocked": named,
        "tls": f"caddy reverse-proxy --from {name} --to {place}",
        "no-answer": "ufw allow 80,443/tcp && systemctl restart caddy",
        "timed-out": "ufw allow 80,443/tcp && systemctl restart caddy",
    }
    kind = "tls" if code.startswith("tls") else code
    return lines.get(kind, f"reverse_proxy {place}")


def _for_status(config: Config, status: int) -> str:
    if status == 421:
        return _KEEP_HOST
    if status in _BEHIND:
        return command(f"serve --data {config.data}")
    if status == 413:
        return "client_max_body_size 21m;"
    return f"proxy_pass http://{_host(config)}:{config.port};   # {_NO_SLASH}"


def _host(config: Config) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(config.host, config.host)  # noqa: S104


def _is_health(answer: Fetched) -> bool:
    return answer.status == 200 and _body(answer.body).get("status") == "ok"


async def _document(client: GuardedClient, url: str, accept: str) -> dict[str, object]:
    try:
        return _body((await client.get(url, accept=accept)).body)
    except FederationError:
        return {}


def _body(body: bytes) -> dict[str, object]:
    try:
        return strict_json.loads(body)
    except ProtocolError:
        return {}


def _why(body: bytes) -> Text | str:
    return str(_body(body).get("detail") or "")


CHECKS = (
    _listens,
    _answers,
    _is_us,
    _is_found,
    _reads_signed,
    _takes_signed,
    _is_unpacked,
    _tells_apart,
)
"""In the order of the way; the first asks the port, all others the address."""
