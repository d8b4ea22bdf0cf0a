"""Five coops as processes decide: killed in mid-vote and in mid-close, one with a tampered engine.

They found the federation and open the vote in this process; then five `rochdale serve` take over
their folders, at a clock that jumps over the days.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from federation.key_files import Generation
from node import accounts, council
from node.accounts import Purpose
from tests.benchmarks.processes import NodeProcess, wait_until
from tests.stories.council import VOTES, Council
from tests.support.clock import FixedClock
from tests.support.town import open_town

pytestmark = pytest.mark.soak

HOST, VOTER, TAMPERED = "camara", "pioneer", "mawimbi"
PATIENCE = 180
"""Seconds: a busy computer may take long; what is awaited is an event, never a time."""


class Five:
    """The running nodes, and the vote as each knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, NodeProcess] = {}
        self.number: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.digest = ""

    async def prepare(self, keys: dict[str, Generation], migrated: Path) -> None:
        clock = FixedClock()
        async with open_town(5, self.folder, clock, keys, migrated) as town:
            story = await Council(town).found()
            self.digest = story.digest
            await story.opened()
            for name, coop in story.coops.items():
                by = story.delegates[name]
                self.number[name] = (await story.row(name)).id
                authority = coop.node.config.authority
                node = NodeProcess(coop.node.config.data, int(authority.split(":")[1]), authority)
                node.module = "tests.stories.rochdale_later"
                scopes = frozenset({"council:read", "council:write"})
                token = await coop.write(accounts.create_token, by, label="story", scopes=scopes)
                node.token = token.secret
                purpose = {"purpose": Purpose.SIGN_IN, "account_id": by}
                self.links[name] = (await coop.write(accounts.issue_link, **purpose)).path
                self.nodes[name] = node
        self.be_at(clock.now())

    def be_at(self, moment: datetime) -> None:
        """From now on it is that time for all."""
        beside = self.folder / "ahead.new"
        beside.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        beside.rename(self.folder / "ahead")

    def seen(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.nodes[name].get(f"/proposals/{self.number[name]}")
        return found

    def ballots(self, name: str) -> dict[str, str]:
        items = self.nodes[name].get(f"/proposals/{self.number[name]}/ballots")["items"]
        return {
            item["coop"].split(".")[0].removeprefix("http://"): item["digest"] for item in items
        }

    def vote(self, name: str, choice: str) -> None:
        path = f"/api/v1/proposals/{self.number[name]}/ballots"
        assert ask(self.nodes[name], "POST", path, {"choice": choice})[0] == 201

    def archive(self, name: str) -> bytes:
        path = f"/api/v1/proposals/{self.number[name]}/archive"
        return ask(self.nodes[name], "GET", path)[2]


@pytest.fixture
def five(tmp_path: Path, town_keys: dict[str, Generation], migrated_file: Path) -> Iterator[Five]:
    found = Five(tmp_path)
    asyncio.run(found.prepare(town_keys, migrated_file))
    (tmp_path / TAMPERED / "tampered").touch()
    with ExitStack() as stack:
        for node in found.nodes.values():
            node.start()
            stack.callback(lambda node=node: node.process and node.kill())
        yield found


@pytest.mark.timeout(600)
def test_killed_nodes_and_a_tampered_engine_change_no_result(five: Five) -> None:
    cookie = signed_in(five.nodes[TAMPERED], five.links[TAMPERED])
    for name, choice in VOTES.items():
        if name != VOTER:
            five.vote(name, choice)
    five.vote(VOTER, VOTES[VOTER])
    five.nodes[VOTER].kill()
    five.nodes[VOTER].start()
    for name in (HOST, VOTER, TAMPERED):
        until(lambda name=name: set(five.ballots(name)) == set(VOTES), "all ballots are logged")
    until(lambda: all(each["counted"] for each in five.seen(VOTER)["own_ballots"]), "it is counted")

    closes = datetime.fromisoformat(five.seen(HOST)["proposal"]["closes_at"])
    five.be_at(closes.replace(minute=closes.minute + 11))
    until(lambda: five.seen(HOST)["proposal"]["state"] == "finalising", "the host closes")
    five.nodes[HOST].kill()
    five.nodes[HOST].start()
    for name in five.nodes:
        until(lambda name=name: five.seen(name)["proposal"]["state"] == "in-force", f"{name} knows")
    host = five.nodes[HOST]
    until(lambda: len(five.seen(HOST)["attestations"]) == len(VOTES), "everybody has counted")
    verdicts = five.seen(HOST)["attestations"]
    dissenting = [coop for coop, verdict in verdicts.items() if verdict == "dissent"]
    assert dissenting == [f"{five.nodes[TAMPERED].address}/coop"]
    results = [council.verify_archive(five.archive(name), five.digest).result for name in VOTES]
    assert all(each == results[0] for each in results)
    counted = results[0]["counted"]
    assert [each["coop"] for each in counted] == sorted(
        f"{n.address}/coop" for n in five.nodes.values()
    )

    path = f"/council/proposals/{five.number[TAMPERED]}"
    page = ask(five.nodes[TAMPERED], "GET", path, cookie=cookie)[2].decode()
    assert "Our own count differs from the result that the others signed." in page
    assert counted[0]["ballot"] in page.partition("Ballots that only one of the two counts")[2]
    assert host.process is not None


def until(reached: Any, what: str) -> None:
    wait_until(reached, what, PATIENCE)


def signed_in(node: NodeProcess, link: str) -> str:
    """The cookie of a visitor that came by a link."""
    status, headers, _body = ask(node, "GET", link)
    assert status == 303
    cookies: list[str] = headers.get_all("Set-Cookie")
    return "; ".join(each.partition(";")[0] for each in cookies)


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: Any) -> None:
        return None


def ask(
    node: NodeProcess, method: str, path: str, body: Any = None, cookie: str = ""
) -> tuple[int, Any, bytes]:
    """One request under the node's own name: by token, or with a cookie as a browser has it."""
    headers = {"Host": node.authority, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
    if path.startswith("/api"):
        headers |= {"Authorization": f"Bearer {node.token}", "Content-Type": "application/json"}
    if cookie:
        headers["Cookie"] = cookie
    data = None if body is None else json.dumps(body).encode()
    address = f"http://127.0.0.1:{node.port}{path}"
    request = urllib.request.Request(address, data=data, headers=headers, method=method)
    try:
        with urllib.request.build_opener(_Staying).open(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()
