"""The files for web servers, tried with the programs: doctor looks through them at a node."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from msgspec.structs import replace

from node import backups
from node.doctor import State, examine
from node.making import create_node
from node.runtime import Node, open_node
from tests.support import lacking
from tests.support.authority import LocalCA
from tests.support.ports import free_ports
from ui.cli.listening import listen

DEPLOY = Path(__file__).parents[2] / "deploy"
ALL = [
    "listens", "address", "keys", "webfinger", "signatures", "inbox",
    "packing", "visitors",
    "database", "deliveries", "clock", "disk", "backup", "speaks",
]  # fmt: skip


LOOPBACK = (ip_network("127.0.0.0/8"),)
AS_ON_DEBIAN = "http {\ngzip on;\n"
"""What stands around each site in its nginx.conf."""


@asynccontextmanager
async def a_node(folder: Path, ca: Path) -> AsyncGenerator[tuple[Node, int]]:
    """Served at one port; its address names the next one, where the web server is to be."""
    port = free_ports(2)
    async with served(folder / "node", ca, f"https://localhost:{port + 1}", port) as node:
        now = node.clock.now()
        await asyncio.to_thread(backups.back_up, node.config, folder / "backup.tar.gz", now)
        yield node, port


@asynccontextmanager
async def served(folder: Path, ca: Path, address: str, port: int) -> AsyncGenerator[Node]:
    made = await create_node(folder, name="Sunrise", address=address, port=port, ca_file=ca)
    config = replace(made.config, trusted_proxies=LOOPBACK)
    async with open_node(config) as node:
        runner = await listen(node, "127.0.0.1", port)
        try:
            yield node
        finally:
            await runner.cleanup()


@pytest.mark.caddy
async def test_everything_is_well_behind_our_caddyfile(tmp_path: Path, local_ca: LocalCA) -> None:
    async with a_node(tmp_path, local_ca.ca) as (node, port):
        config = node.config
        alone = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n"
        ours = caddyfile(local_ca)
        assert ours.count("\n{\n") == 1
        (tmp_path / "Caddyfile").write_text(ours.replace("\n{\n", f"\n{alone}", 1))
        environment = {
            "ROCHDALE_SITE": config.address,
            "ROCHDALE_UPSTREAM": f"127.0.0.1:{port}",
            "HOME": str(tmp_path),
        }
        command = [str(lacking.caddy()), "run", "--config", str(tmp_path / "Caddyfile")]
        with running([*command, "--adapter", "caddyfile"], environment):
            await answers(port + 1)
            found = await examine(config)
    assert [finding.check for finding in found] == ALL
    assert [f for f in found if f.state is State.FAILED] == []


@pytest.mark.nginx
async def test_nginx_as_we_say_it_and_as_one_gets_it_wrong(
    tmp_path: Path, local_ca: LocalCA
) -> None:
    ours = (DEPLOY / "nginx.conf").read_text()
    async with a_node(tmp_path, local_ca.ca) as (node, port):
        config = node.config
        ours = ours.replace("sunrise.coop/fullchain.pem", "fullchain.pem")
        for written, here in (
            ("listen 80;", f"listen 127.0.0.1:{free_ports(3) + 2};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{port + 1} ssl http2;"),
            ("/etc/letsencrypt/live/fullchain.pem", str(local_ca.certificate)),
            ("/etc/letsencrypt/live/sunrise.coop/privkey.pem", str(local_ca.key)),
            ("server_name sunrise.coop;", "server_name localhost;"),
            ("http://127.0.0.1:8100;", f"http://127.0.0.1:{port};"),
            ("Host $host;", f"Host $host:{port + 1};"),  # its port is not that of https here
        ):
            assert written in ours
            ours = ours.replace(written, here)

        async def look(site: str) -> dict[str, str]:
            path = tmp_path / "nginx.conf"
            path.write_text(
                f"daemon off; pid {tmp_path}/pid; events {{}}\n{AS_ON_DEBIAN}{site}\n}}\n"
            )
            with running(
                [str(lacking.nginx()), "-c", str(path), "-e", str(tmp_path / "error.log")], {}
            ):
                await answers(port + 1)
                found = await examine(config)
            return {f.check: f.remedy for f in found if f.state is State.FAILED}

        assert await look(ours) == {}
        named, node.config = node.config, replace(node.config, trusted_proxies=())
        [(check, remedy)] = (await look(ours)).items()
        assert (check, remedy.startswith("trusted_proxies = [")) == ("visitors", True)
        node.config = named
        [(check, remedy)] = (await look(ours.replace("gzip off;", ""))).items()
        assert (check, remedy.startswith("gzip off;")) == ("packing", True)
        other_host = ours.replace(f"Host $host:{port + 1};", "Host $proxy_host;")
        assert await look(other_host) == {"signatures": "proxy_set_header Host $host;"}
        slash = ours.replace(f":{port};", f":{port}/coop/;")
        assert (await look(slash)).keys() == {"address"}
        other_date = ours.replace(
            "proxy_http_version 1.1;", 'proxy_http_version 1.1; proxy_set_header Date "";'
        )
        [(check, remedy)] = (await look(other_date)).items()
        assert check == "signatures"
        assert remedy.startswith(f"proxy_pass http://127.0.0.1:{port};")

        kept_back = ours.replace(
            "location / {", "location /.well-known/ { return 404; }\nlocation / {"
        )
        [(check, remedy)] = (await look(kept_back)).items()
        assert check == "webfinger"
        assert remedy == f"location /.well-known/ {{ proxy_pass http://127.0.0.1:{port}; }}"
        small = ours.replace("client_max_body_size 21m;", "client_max_body_size 9;")
        assert await look(small) == {"inbox": "client_max_body_size 21m;"}
        no_digest = ours.replace(
            "proxy_http_version 1.1;", 'proxy_http_version 1.1; proxy_set_header Digest "";'
        )
        assert (await look(no_digest)).keys() == {"inbox"}
        read_only = ours.replace("location / {", "location / { limit_except GET { deny all; }")
        [(check, remedy)] = (await look(read_only)).items()
        assert check == "inbox"
        assert remedy.startswith(f"proxy_pass http://127.0.0.1:{port};")
        old = free_ports(4) + 3  # behind those above
        async with served(tmp_path / "copy", local_ca.ca, config.address, old):
            elsewhere = ours.replace(f"http://127.0.0.1:{port};", f"http://127.0.0.1:{old};")
            assert await look(elsewhere) == {"keys": f"ss -ltnp 'sport = :{port}'"}


def caddyfile(ca: LocalCA) -> str:
    """Ours, with a certificate of the tests instead of one that Caddy would fetch."""
    text = (DEPLOY / "Caddyfile").read_text()
    return text.replace("\trequest_body", f"\ttls {ca.certificate} {ca.key}\n\trequest_body")


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE) as process:
        try:
            yield
        finally:
            process.terminate()
            process.communicate(timeout=10)


async def answers(port: int) -> None:
    """Wait until something listens there."""
    while True:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
