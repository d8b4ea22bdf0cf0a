"""`rochdale account`: who can come in, and by what."""

import asyncio
from pathlib import Path

from click.testing import CliRunner

from federation.storage import UnitOfWork
from node import accounts
from node.accounts.webauthn import Credential
from node.config import load
from node.runtime import open_node
from tests.ui.commands import folder, result, run
from ui.cli import main

__all__ = ["folder"]


def test_a_stolen_phone_is_signed_out_by_the_operator(folder: Path) -> None:
    [ada] = result(run(folder, "account", "list"))
    assert (ada["handle"], ada["password"], ada["recovery_codes"]) == ("ada", False, 0)
    opens = asyncio.run(open_all_ways(folder))
    assert asyncio.run(still_open(folder, opens)) == {"session", "link", "token"}
    assert result(run(folder, "account", "sign-out", "ada")) == {"ended": 1}
    assert asyncio.run(still_open(folder, opens)) == set()
    assert result(run(folder, "account", "sign-out", "ada")) == {"ended": 0}
    assert "nobody" in run(folder, "account", "sign-out", "nobody", code=1).stderr


def test_the_operator_lets_somebody_in_again_whom_too_few_know(folder: Path) -> None:
    opens = asyncio.run(open_all_ways(folder))
    link = result(run(folder, "account", "way-in", "ada"))["link"]
    assert asyncio.run(come_in(folder, link.rpartition("/")[2])) == ["ada"]
    assert asyncio.run(still_open(folder, opens)) == set()
    assert "link" in result(run(folder, "account", "way-in", "ada", "--qr"))
    assert "nobody" in run(folder, "account", "way-in", "nobody", code=1).stderr


async def come_in(folder: Path, code: str) -> list[str]:
    """By a link that asks for a new password; who has that password then."""
    async with open_node(load(folder, {})) as node:
        await node.write(lambda uow: accounts.redeem_link(uow, code, password_hash="new"))
        async with node.reading() as reader:
            found, password = await accounts.by_handle_with_hash(reader, "ada")
    return [found.handle] if found and password == "new" else []


async def open_all_ways(folder: Path) -> dict[str, str]:
    """A phone that is signed in, a link and a program: the secret of each."""
    async with open_node(load(folder, {})) as node:
        async with node.reading() as reader:
            ada = await accounts.by_handle(reader, "ada")
        assert ada is not None
        to = {"purpose": "sign-in", "account_id": ada.id}
        session = await node.write(lambda uow: accounts.sign_in(uow, ada.id, "phone"))
        link = await node.write(lambda uow: accounts.issue_link(uow, **to))
        token = await node.write(lambda uow: accounts.create_token(uow, ada.id, "till", ["read"]))
        return {"session": session.token, "link": link.code, "token": token.secret}


async def still_open(folder: Path, opens: dict[str, str]) -> set[str]:
    async with open_node(load(folder, {})) as node, node.reading() as reader:
        now = node.clock.now()
        found = {
            "session": await accounts.session_account(reader, opens["session"], now),
            "link": await accounts.look_at_link(reader, opens["link"]),
            "token": await accounts.token_account(reader, opens["token"], now),
        }
    return {name for name, one in found.items() if one is not None}


def test_who_has_a_passkey_does_not_come_in_by_links_alone(folder: Path) -> None:
    assert "links alone" in accounts_in_words(folder)
    asyncio.run(give_a_passkey(folder))
    [ada] = result(run(folder, "account", "list"))
    assert (ada["password"], ada["passkeys"]) == (False, 1)
    said = accounts_in_words(folder)
    assert ("links alone" in said, "passkeys: 1" in said) == (False, True)


def accounts_in_words(folder: Path) -> str:
    return CliRunner().invoke(main, ["account", "list", "--data", str(folder)]).stdout


async def give_a_passkey(folder: Path) -> None:
    made = Credential(b"a credential", b"data", 0)
    async with open_node(load(folder, {})) as node:

        async def add(uow: UnitOfWork) -> None:
            ada = await accounts.by_handle(uow, "ada")
            assert ada is not None
            challenge = await accounts.new_challenge(uow, ada.id)
            await accounts.add_passkey(uow, ada.id, challenge, made, "Phone")

        await node.write(add)
