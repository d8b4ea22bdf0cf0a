"""When a node believes that it is an old copy of itself, and when not."""

import shutil
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, update

from federation import correspondence
from federation import identities as keyring
from federation.handlers import HandlerTable
from federation.http_client import Fetched
from federation.models import Correspondent, ReturnedActivity, ReturnState, SyncState
from federation.ourselves import CoopProfile, coop_actor
from federation.storage import UnitOfWork
from node import audit, limits, quarantine
from node.errors import Conflict
from node.quarantine import Quarantine, begin, replacement
from protocol import strict_json
from tests.federation.factories import follower
from tests.support.loaf import BASE

MILL = "https://mill.example/coop"
SHOWN = CoopProfile("Loaf")


class OurAddress:
    """What answers at the node's own address."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    async def get(self, url: str, accept: str) -> Fetched:
        body = strict_json.dumps(self.document)
        return Fetched(url, 200, {}, "application/activity+json", body)


@pytest.fixture
def folder(loaf_keys, tmp_path):
    return shutil.copytree(loaf_keys, tmp_path / "keys")


@pytest.fixture
def elsewhere(loaf_keys, tmp_path, clock):
    """The same coop, restored from a backup: its keys are newer."""
    copy = shutil.copytree(loaf_keys, tmp_path / "elsewhere")
    return keyring.rotate(copy, BASE, clock.now(), overlap=keyring.AT_ONCE)


@pytest.fixture
async def node(database, folder, tmp_path, clock) -> Quarantine:
    config: Any = SimpleNamespace(data=tmp_path, keys=folder, address=BASE)
    quarantine = Quarantine(config, database, HandlerTable(), clock)
    quarantine.doubt()
    return quarantine


async def looks(node: Quarantine, clock: Any, document: dict[str, Any], times: int) -> int:
    """So often it looked before it had no doubt any more."""
    client: Any = OurAddress(document)
    for number in range(times):
        if not node.is_to_look:
            return number
        await node.find_replacement(client)
        clock.advance(limits.REPLACED_LOOK)
    return times


async def test_newer_keys_that_ours_vouch_for_silence_it_after_some_looks(
    node, elsewhere, clock, tmp_path
):
    document = coop_actor(elsewhere, SHOWN)
    assert await looks(node, clock, document, limits.REPLACED_LOOKS - 1) == 2
    assert not node.is_on
    await node.find_replacement(OurAddress(document))
    assert (node.is_replaced, node.is_on) == (True, True)
    assert replacement(tmp_path).epoch == 2


async def test_an_old_copy_is_silent_in_every_process_and_nobody_lets_it_go_on(
    node, elsewhere, clock, database, tmp_path
):
    config: Any = SimpleNamespace(data=tmp_path)
    other: Any = SimpleNamespace(is_silent=False)
    another = Quarantine(config, other, HandlerTable(), clock)
    await looks(node, clock, coop_actor(elsewhere, SHOWN), limits.REPLACED_LOOKS)
    await another.look()
    for each in (node, another):
        assert each.is_replaced
        with pytest.raises(Conflict, match="old copy"):
            await each.end(audit.OPERATOR)
        assert each.is_on


async def test_it_does_not_look_again_before_time(node, elsewhere, clock):
    await node.find_replacement(OurAddress(coop_actor(elsewhere, SHOWN)))
    clock.advance(limits.REPLACED_LOOK - timedelta(seconds=1))
    assert not node.is_to_look


@pytest.mark.parametrize(
    "change",
    [
        {"keyVouchers": []},
        {"id": MILL},
        {"assertionMethod": []},
    ],
    ids=["no voucher", "somebody else", "no key"],
)
async def test_whoever_only_says_so_silences_nobody(node, elsewhere, clock, change):
    document = coop_actor(elsewhere, SHOWN) | change
    for key in document["assertionMethod"]:
        key["controller"] = document["id"]
    assert await looks(node, clock, document, 9) == 1
    assert not node.is_on


async def test_a_key_that_was_retired_vouches_for_nothing(node, database, folder, elsewhere, clock):
    """Whoever stole it shows keys of his own at our address, with any date."""
    keyring.rotate(folder, BASE, clock.now() + timedelta(days=1), overlap=keyring.AT_ONCE)
    clock.advance(timedelta(days=2))
    assert await looks(node, clock, coop_actor(elsewhere, SHOWN), 9) == 1
    assert not node.is_on
    assert database.identities.epoch == 2


async def test_keys_that_another_process_of_the_node_made_are_its_own(node, folder, clock):
    made = keyring.rotate(folder, BASE, clock.now(), overlap=keyring.AT_ONCE)
    assert await looks(node, clock, coop_actor(made, SHOWN), 9) == 1
    assert not node.is_on


async def test_after_an_hour_a_no_is_an_answer_and_no_answer_is_none(
    node, database, clock, tmp_path, monkeypatch
):
    counted: list[dict[str, int]] = []

    async def end(_actor: str, **heard: int) -> None:
        counted.append(heard)

    monkeypatch.setattr(node, "end", end)
    made_at = clock.now()
    begin(tmp_path, restored_at=made_at, made_at=made_at)
    coops = [f"https://{name}.example/coop" for name in ("a", "b", "c", "d", "e")]

    async def know(uow: UnitOfWork) -> None:
        for uri in coops:
            follower(uow, uri, following_state="accepted")

    await database.write(know)
    await node.begin()
    await node.look()
    said = ("http-403: No.", "gone: No.", "timed-out: No.", "blocked: No.", "http-500: No.")

    async def answer(uow: UnitOfWork) -> None:
        for uri, error in zip(coops, said, strict=True):
            told = update(Correspondent).where(Correspondent.actor_uri == uri)
            await uow.execute(told.values(last_error=error))
            read = update(SyncState).where(SyncState.actor_uri == uri)
            is_gone = error.startswith("gone")
            values = {"last_error": error} if is_gone else {"finished_at": uow.now}
            await uow.execute(read.values(values))

    await database.write(answer)
    for wait in (limits.RESTORED_WAIT - timedelta(seconds=1), timedelta(seconds=1)):
        assert counted == []
        clock.advance(wait)
        await node.look()
    assert counted == [{"heard": 3, "asked": 5}]


async def test_words_of_ours_that_nothing_proves_are_one_line_a_coop_in_the_audit_log(
    database, clock
):
    async def tell(uow: UnitOfWork) -> None:
        await correspondence.ask_all(uow, clock.now(), clock.now(), [MILL])
        await uow.execute(update(Correspondent).values(unproven=120))
        rows = [
            {
                "peer": MILL,
                "activity_id": f"{BASE}/activities/{number}",
                "activity_type": "Create",
                "actor": f"{BASE}/coop",
                "raw": b"",
                "early": False,
                "state": ReturnState.LEFT,
                "detail": detail,
                "updated_at": uow.now,
            }
            for number, detail in enumerate(["unknown-key", "unknown-key", "offer-expired"])
        ]
        await uow.execute(insert(ReturnedActivity), rows)
        await quarantine._tell(uow, audit.NODE, {})

    await database.write(tell)
    async with database.reading() as reader:
        noted = [(one.what, one.detail.get("number")) for one in await audit.entries(reader)]
    lines = {what: noted.count((what, number)) for what, number in noted}
    assert lines == {"node.speak-again": 1, "node.unproven-words": 1, "node.not-taken-back": 1}
    assert ("node.unproven-words", 120) in noted
