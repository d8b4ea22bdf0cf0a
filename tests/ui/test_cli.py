"""The `rochdale` command: results on stdout, reasons on stderr, an exit code for scripts."""

import asyncio
import csv
import io
import json
import os
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from federation.handlers import Verified
from federation.inbox.kept import Arrival, Kept, keep
from federation.models import InboxEntry, InboxState
from federation.storage import UnitOfWork
from node import ledger, listings
from node.config import from_values, load
from node.errors import Conflict
from node.i18n import speaking
from node.money import Money
from node.runtime import open_node
from protocol.vocabulary import activities
from protocol.vocabulary.activities import parse_activity
from tests.node.calendars.test_calendars import calendar
from tests.node.listings.availability.test_rules import every_day
from tests.ui.commands import CRUMB, INIT, folder, in_words, result, run
from ui.cli import main
from ui.cli.drawing import and_picture
from ui.cli.making import usual_at
from ui.cli.running import alone

__all__ = ["folder"]


def test_init_makes_a_node_and_is_harmless_twice(tmp_path: Path) -> None:
    data = tmp_path / "loaf"
    made = result(run(data, *INIT))
    assert made["created"] is True
    assert made["owner_link"].startswith("http://loaf.localhost:8177/in/")
    assert Path(made["recovery_file"]).exists()
    before = (data / "rochdale.toml").read_bytes()

    again = result(run(data, *INIT))
    assert again["created"] is False
    assert again["owner_link"] is None
    assert (data / "rochdale.toml").read_bytes() == before


def test_init_refuses_what_cannot_be_a_node(tmp_path: Path) -> None:
    short = run(tmp_path / "a", "init", "--name", "Loaf", "--yes", code=2)
    assert "--address" in short.stderr
    run(tmp_path / "b", "init", "--name", "Loaf", "--address", "ftp://loaf", "--yes", code=1)
    assert not (tmp_path / "b" / "rochdale.toml").exists()


@pytest.mark.parametrize(
    ("place", "usual"),
    [
        ("Leeds, GB", ("en", "GBP")),
        ("Bologna, IT", ("it", "EUR")),
        ("Alexandria, EG", ("ar", "EGP")),
        ("Nowhere at all", ("fr", "EUR")),
        ("", ("fr", "EUR")),
    ],
)
def test_init_offers_the_language_and_the_currency_of_the_place(
    place: str, usual: tuple[str, str]
) -> None:
    with speaking("fr"):
        assert usual_at(place) == usual


def test_the_owner_gets_a_new_link_each_time(folder: Path) -> None:
    first, second = (result(run(folder, "owner-link"))["link"] for _time in range(2))
    assert first != second
    assert first.startswith("http://loaf.localhost:8177/in/")


def test_a_link_is_drawn_for_a_terminal_and_for_whoever_asks(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(in_words(folder, "owner-link").splitlines()) == 1, "a script reads the link alone"
    link, empty, *picture = in_words(folder, "owner-link", "--qr").splitlines()
    assert ("/in/" in link, empty, len(picture) > 15) == (True, "", True)
    assert set("".join(picture)) == set("█▀▄ ")
    assert "/in/" in result(run(folder, "owner-link", "--qr"))["link"]
    assert "██" in in_words(tmp_path / "new", *INIT, "--qr")
    assert "██" not in in_words(tmp_path / "new", *INIT, "--qr"), "there is no link any more"
    for encoding, is_drawn in (("utf-8", True), ("iso-8859-1", False)):
        monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO(), encoding))
        assert ("██" in and_picture(link, link, draws=False)) == is_drawn


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_init_without_questions_takes_the_language_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ar_EG.UTF-8")
    run(tmp_path / "arabic", *INIT)
    assert load(tmp_path / "arabic", {}).language == "ar"
    again = in_words(tmp_path / "arabic", *INIT)
    assert f"\u2068{tmp_path / 'arabic'}\u2069" in again, "a path is set apart"
    run(tmp_path / "spanish", *INIT, "--language", "es")
    assert load(tmp_path / "spanish", {}).language == "es"


def test_an_office_is_given_listed_and_ended_and_a_class_changed(folder: Path) -> None:
    run(folder, "member", "add", "Rosa Whitworth", "--class", "worker")
    term = ("--until", "2099-01-01", "--decision", "Board")
    assert "ten years" in run(folder, "office", "give", "1", "chair", *term, code=1).stderr
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    term = ("--until", until, "--decision", "Board")
    given = result(run(folder, "office", "give", "1", "committee", *term, "--name", "Garden"))
    assert (given["member"], given["state"]) == ("Rosa Whitworth", "held")
    assert result(run(folder, "office", "list")) == [given]
    done = result(run(folder, "office", "end", given["id"], "--reason", "Moved away"))
    assert (done["state"], result(run(folder, "office", "list"))) == ("over", [])
    right = ("member", "correct", "1", "--name", "Rosa Whitworth-Hale", "--phone", "0113")
    assert result(run(folder, *right))["name"] == "Rosa Whitworth-Hale"
    run(folder, "member", "correct", "1", code=2)
    assert result(run(folder, "member", "list", "--find", "hale"))[0]["number"] == 1
    paused = result(run(folder, "member", "step", "1", "pause", "--until", "2999-01-01"))
    assert (paused["status"], paused["until"]) == ("paused", "2999-01-01")
    assert result(run(folder, "member", "step", "1", "return"))["until"] is None
    changed = result(run(folder, "member", "class", "1", "supporter", "--reason", "Board"))
    assert changed["class"] == "supporter"


def test_members_are_entered_listed_and_admitted(folder: Path) -> None:
    entered = result(run(folder, "member", "add", "Rosa Whitworth", "--class", "worker"))
    assert (entered["name"], entered["class"]) == ("Rosa Whitworth", "worker")
    assert [row["name"] for row in result(run(folder, "member", "list"))] == ["Rosa Whitworth"]
    nobody = run(folder, "member", "admit", "99", code=1)
    table = folder / "members.csv"
    table.write_text("name,class\nFemi,user\nJean,king\n")
    looked = result(run(folder, "member", "import", str(table), "--dry-run"))
    assert (looked["rows"], looked["created"], len(looked["refused"])) == (2, 1, 1)
    assert result(run(folder, "member", "import", str(table))) == looked
    assert "/in/" in result(run(folder, "member", "invite", "2"))["link"]
    assert result(run(folder, "member", "applications", "--all")) == []
    assert "no such application" in nobody.stderr
    run(folder, "member", "add", "Rosa", "--class", "emperor", code=2)


def test_an_account_that_was_here_first_becomes_a_members(folder: Path) -> None:
    result(run(folder, "member", "add", "Rosa Whitworth"))
    assert "has an account already" not in run(folder, "member", "link", "ada", "9", code=1).stderr
    linked = run(folder, "member", "link", "ada", "1")
    assert result(linked)["number"] == 1
    assert "belongs to another member" in run(folder, "member", "enter", "ada", code=1).stderr
    assert "Nobody signs in here as" in run(folder, "member", "enter", "eve", code=1).stderr
    offered = run(folder, "invite", "create", "--name", "Ben", "--class", "worker")
    assert "/in/" in result(offered)["link"]


def test_an_invitation_and_a_token_are_made(folder: Path) -> None:
    link = result(run(folder, "invite", "create", "--name", "Femi", "--delegate"))["link"]
    assert "/in/" in link
    made = result(run(folder, "token", "create", "--account", "ada", "--scope", "read,admin"))
    assert len(made["token"]) > 20
    run(folder, "token", "create", "--account", "nobody", "--scope", "read", code=1)
    run(folder, "token", "create", "--account", "ada", "--scope", "everything", code=1)
    run(folder, "token", "create", "--account", "ada", code=2)


def test_keys_of_programs_are_listed_and_taken_back(folder: Path) -> None:
    assert in_words(folder, "token", "list") == "No program holds a key.\n"
    for label in ("till", "website"):
        named = ("--account", "ada", "--scope", "read", "--label", label)
        run(folder, "token", "create", *named)
    newest, till = result(run(folder, "token", "list"))
    assert (newest["label"], till["label"], till["account"]) == ("website", "till", "ada")
    assert till["scopes"] == ["read"]
    assert f"{till['id']}  ada  till  (read)" in in_words(folder, "token", "list")
    assert result(run(folder, "token", "end", till["id"])) == {"ended": till["id"]}
    assert result(run(folder, "token", "list")) == [newest]
    assert "no such token" in run(folder, "token", "end", till["id"], code=1).stderr


def test_an_empty_register_is_told_in_words(folder: Path) -> None:
    assert in_words(folder, "member", "list") == "Nobody is in the register yet.\n"


def test_coops_are_asked_listed_and_agreed_to_while_they_are_away(folder: Path) -> None:
    assert result(run(folder, "peer", "list")) == []
    assert result(run(folder, "peer", "add", CRUMB)) == {"asked": CRUMB}
    assert [row["address"] for row in result(run(folder, "peer", "list"))] == [CRUMB]
    run(folder, "peer", "accept", CRUMB)
    assert result(run(folder, "peer", "delivery")) == []
    run(folder, "peer", "suspend", "http://stranger.localhost:9", code=1)
    run(folder, "peer", "add", "not an address", code=1)
    run(folder, "peer", "delivery", "--retry", "nothing", code=1)


def test_what_was_not_taken_in_is_shown_and_taken_in_again(folder: Path) -> None:
    assert result(run(folder, "peer", "received")) == []
    entry_id = asyncio.run(leave_something(folder))
    [kept] = result(run(folder, "peer", "received"))
    assert (kept["id"], kept["peer"], kept["state"]) == (entry_id, "crumb.localhost:8178", "failed")
    assert (kept["last_error"], kept["next_attempt_at"]) == ("ZeroDivisionError", None)
    [again] = result(run(folder, "peer", "received", "--replay", entry_id))
    assert again["next_attempt_at"] is not None
    refused = run(folder, "peer", "received", "--replay", "nothing", code=1)
    assert "no such message" in refused.stderr


async def leave_something(data: Path) -> str:
    """A message from CRUMB that the node's own code failed on, eight times."""
    said = activities.create(f"{CRUMB}/1", f"{CRUMB}/coop", {"id": f"{CRUMB}/2"}, ())
    async with open_node(load(data, {})) as node:
        raw = json.dumps(said).encode()
        verified = Verified(f"{CRUMB}/coop", f"{CRUMB}/coop#key", "http", raw, node.clock.now())
        arrival = Arrival(parse_activity(said), verified, {}, b"")
        failed = Kept(arrival, InboxState.FAILED, "our-failure", "ZeroDivisionError")

        async def leave(uow: UnitOfWork) -> str:
            await keep(uow, [failed])
            given_up = update(InboxEntry).values(next_attempt_at=None).returning(InboxEntry.id)
            return str((await uow.execute(given_up)).scalar_one())

        return await node.write(leave)


def test_listings_are_looked_at_brought_in_and_taken_out(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("title,summary\nOven clean,Racks soaked\n,Nothing here\n", "utf-8")
    looked = result(run(folder, "listings", "import", str(table), "--dry-run"))
    assert (looked["rows"], looked["created"]) == (2, 1)
    assert [row["row"] for row in looked["refused"]]
    assert set(looked["refused"][0]) == {"row", "column", "reason"}
    assert exported(folder) == []

    taken = result(run(folder, "listings", "import", str(table)))
    assert taken["created"] == 1
    again = result(run(folder, "listings", "import", str(table)))
    assert (again["created"], again["unchanged"]) == (0, 1)
    assert [row["title"] for row in exported(folder)] == ["Oven clean"]
    drawn = result(run(folder, "listings", "export"))
    assert drawn["type"] == "FeatureCollection"
    assert len(drawn["features"]) == 1

    found = result(run(folder, "listings", "find", "ovne", "clean"))
    assert [row["title"] for row in found["items"]] == ["Oven clean"]
    assert found["corrections"] == [{"typed": "ovne", "found": ["oven"]}]
    assert result(run(folder, "listings", "find", "ovne", "--insist"))["items"] == []
    priced = ("find", "--to", "20", "--currency", "EUR", "--order", "price")
    assert result(run(folder, "listings", *priced))["items"] == []
    told = run(folder, "listings", "find", "--pays", "shells", code=1)
    assert "Choose gift, time" in told.stderr


def test_what_was_put_right_in_a_file_is_told(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("title,lat,lon\nOven clean,95,7\n", "utf-8")
    why = "95.0, 7.0 is no place on earth."
    report = result(run(folder, "listings", "import", str(table), "--dry-run"))
    assert report["created"] == 1
    assert report["notes"] == [{"row": 2, "column": "lat", "text": why}]
    told = CliRunner().invoke(main, ["listings", "import", str(table), "--data", str(folder)])
    assert f"row 2, lat: {why}" in told.stdout


def test_a_file_of_which_nothing_can_be_taken_is_a_failure(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("title,summary\n,Nothing here\n", "utf-8")
    report = run(folder, "listings", "import", str(table), code=1)
    assert json.loads(report.stdout)["created"] == 0
    run(folder, "listings", "import", str(tmp_path / "missing.csv"), code=2)


def test_keys_are_changed_and_kept(folder: Path, tmp_path: Path) -> None:
    before = set((folder / "keys").rglob("*"))
    assert result(run(folder, "keys", "rotate")) == {"rotated": True}
    assert set((folder / "keys").rglob("*")) != before
    kept = tmp_path / "recovery.txt"
    run(folder, "keys", "recovery", str(kept), "--passphrase", "four grey herons fly")
    assert kept.stat().st_size > 0
    assert "PRIVATE KEY-----\nM" not in kept.read_text("utf-8", errors="replace")


def test_a_coop_is_made_again_from_its_recovery_file(folder: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "kept.json", tmp_path / "again"
    locked = ("--passphrase", "four grey herons fly")
    run(folder, "keys", "recovery", str(file), *locked)
    refused = run(again, "recover", str(file), code=1)
    assert "passphrase" in refused.stderr
    assert not again.exists()

    recover = ("recover", str(file), *locked, "--peer", CRUMB, "--currency", "GBP")
    made = result(run(again, *recover, "--dev-peer", "crumb.localhost:8178"))
    assert (made["name"], made["address"]) == ("Loaf", "http://loaf.localhost:8177")
    assert made["owner_link"].startswith("http://loaf.localhost:8177/in/")
    assert "members" in made["lost"]
    assert [row["address"] for row in result(run(again, "peer", "list"))] == [CRUMB]
    before, after = ((one / "keys" / "coop-1-rsa.pem").read_text() for one in (folder, again))
    assert before == after
    assert "already" in run(again, *recover, code=1).stderr


def test_what_is_lost_is_told_in_words(folder: Path, tmp_path: Path) -> None:
    file = str(folder / "recovery.json")
    told = CliRunner().invoke(main, ["recover", file, "--data", str(tmp_path / "again")])
    assert told.exit_code == 0
    assert "Does not come back: members" in told.stdout
    assert "nobody; name them" in told.stdout


def test_a_move_is_refused_in_words_where_it_cannot_be(folder: Path, tmp_path: Path) -> None:
    file = str(folder / "recovery.json")
    assert "rochdale recover" in run(folder, "move", "claim", file, code=1).stderr
    for way in ("from", "to"):
        assert (
            "our own coop" in run(folder, "move", way, "http://loaf.localhost:8177", code=1).stderr
        )
        assert "crumb.localhost:8178" in run(folder, "move", way, CRUMB, code=1).stderr
    run(folder, "peer", "moved", CRUMB, code=1)

    new = tmp_path / "new"
    run(new, *INIT[:4], "http://crust.localhost:8179", *INIT[5:])
    assert "--tell ADDRESS" in run(new, "move", "claim", file, code=1).stderr
    told = result(run(new, "move", "claim", file, "--tell", CRUMB))
    assert told == {"claimed": "http://loaf.localhost:8177", "told": [CRUMB]}
    assert [row["address"] for row in result(run(new, "peer", "list"))] == [CRUMB]


@pytest.mark.parametrize(
    "command",
    [
        ("owner-link",),
        ("member", "list"),
        ("peer", "list"),
        ("peer", "delivery"),
        ("peer", "received"),
        ("peer", "moved", CRUMB),
        ("move", "from", CRUMB),
        ("move", "to", CRUMB),
        ("listings", "export"),
        ("keys", "rotate"),
        ("serve",),
        ("worker",),
    ],
    ids=" ".join,
)
def test_a_folder_without_a_node_is_told_in_one_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    refused = run(tmp_path / "nowhere", *command, code=1)
    assert refused.stdout == ""
    assert "init" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_rules_are_shown_chosen_and_tried(folder: Path) -> None:
    name = "listings.required_fields"
    chosen = result(run(folder, "policy", "set", name, "place, price"))
    assert (chosen["value"], chosen["origin"]) == (["place", "price"], "ours")
    listed = {one["name"]: one for one in result(run(folder, "policy", "list"))}
    assert listed[name]["value"] == ["place", "price"]
    assert listed["ranking.text"]["origin"] == "default"
    said = in_words(folder, "policy", "list")
    assert "  at-once = out at once  (as delivered)" in said, "as it is typed, and in words"
    assert result(run(folder, "policy", "unset", name))["value"] == []
    draft = (f"{name}=price", "referrals.fee_ceiling_percent=4")
    touched = result(run(folder, "policy", "dry-run", *draft))
    assert [one["what"] for one in touched] == ["listings", "referrals"]
    refused = run(folder, "policy", "set", "listings.max_age_days", "soon", code=1)
    assert "0 to 3650" in refused.stderr


def test_what_is_not_understood_is_told_on_stderr() -> None:
    for command in (["fly"], ["member"], ["peer", "add"], ["demo", "--coops", "0"]):
        refused = CliRunner().invoke(main, command)
        assert refused.exit_code == 2
        assert refused.stdout == ""
        assert refused.stderr


def test_every_command_explains_itself() -> None:
    def explained(command: Any, words: list[str]) -> None:
        assert command.help, words
        told = CliRunner().invoke(main, [*words, "--help"])
        assert told.exit_code == 0
        for name, inner in getattr(command, "commands", {}).items():
            explained(inner, [*words, name])

    explained(main, [])


def exported(data: Path) -> list[dict[str, str]]:
    done = CliRunner().invoke(main, ["listings", "export", "--data", str(data)])
    assert done.exit_code == 0
    return list(csv.DictReader(io.StringIO(done.stdout.lstrip("\ufeff"))))


def test_a_folder_is_served_once_at_a_time(tmp_path):
    config = from_values(tmp_path, {"name": "One", "address": "http://one.localhost:8101"})
    with alone(config), pytest.raises(Conflict, match=f"by process {os.getpid()}"), alone(config):
        pass
    with alone(config):
        assert config.port == 8101


def test_the_books_are_shown_checked_and_carried_away(folder: Path, tmp_path: Path) -> None:
    assert result(run(folder, "ledger", "balances")) == []
    write_a_sale(folder)
    shown = {row["account"]: row["amount"] for row in result(run(folder, "ledger", "balances"))}
    assert shown == {"assets:receivable:rosa": "2.50", "income:platform-fees": "2.50"}
    [entry] = result(run(folder, "ledger", "entries", "--party", "rosa"))
    assert (entry["number"], entry["recipe"], entry["source"]) == (1, "platform-fee", "a:1")
    assert result(run(folder, "ledger", "entries", "--period", "1999-01")) == []
    verdict = result(run(folder, "ledger", "verify"))
    assert (verdict["holds"], verdict["digest"]) == (True, entry["digest"])

    for form, begins in (("beancount", "option"), ("hledger", "; Loaf"), ("csv", "\ufeffnumber")):
        file = tmp_path / form
        run(folder, "ledger", "export", "--format", form, "--output", str(file))
        assert file.read_text("utf-8").startswith(begins)
        assert "2.50" in file.read_text("utf-8")
        assert file.stat().st_mode & 0o077 == 0
    late = ("ledger", "export", "--format", "csv", "--from", "2030-01-01", "--to", "2029-01-01")
    assert "first day" in run(folder, *late, code=1).stderr
    run(folder, "ledger", "export", "--format", "xlsx", code=2)


def test_books_that_were_changed_behind_the_program_s_back_are_told(folder: Path) -> None:
    write_a_sale(folder)
    with closing(sqlite3.connect(folder / "rochdale.sqlite", isolation_level=None)) as file:
        file.execute("UPDATE ledger_posting SET amount = amount * 2")
    told = run(folder, "ledger", "verify", code=1)
    assert "Entry 1 differs" in told.stderr


def test_programs_are_told_and_what_did_not_arrive_is_seen_and_sent_again(folder: Path) -> None:
    refused = run(folder, "webhooks", "add", "https://shop.example/hooks", code=1)
    assert "shop.example" in refused.stderr
    made = result(run(folder, "webhooks", "add", f"{CRUMB}/hooks", "--event", "member.admitted"))
    assert made["secret"].startswith("whsec_")
    tested = run(folder, "webhooks", "test", made["id"], code=1)
    assert json.loads(tested.stdout)["attempts"][0]["error"].startswith("no-answer")
    run(folder, "member", "add", "Rosa Whitworth")
    [admitted, _test] = result(run(folder, "webhooks", "log", made["id"]))
    assert (admitted["event"], admitted["state"]) == ("member.admitted", "pending")
    [line] = result(run(folder, "webhooks", "log", made["id"], "--state", "failed"))
    assert line["event"] == "webhook.test"
    again = run(folder, "webhooks", "replay", made["id"], "--delivery", line["id"])
    assert result(again) == {"count": 1}
    run(folder, "webhooks", "replay", made["id"], "--delivery", "nothing", code=1)
    [known] = result(run(folder, "webhooks", "list"))
    assert (known["events"], known["on"]) == (["member.admitted"], True)
    assert "Rosa" not in json.dumps(result(run(folder, "webhooks", "log", made["id"])))


def test_the_register_and_the_coops_are_taken_along(folder: Path, tmp_path: Path) -> None:
    run(folder, "member", "add", "Rosa Whitworth")
    cards = result(run(folder, "member", "export"))
    assert (cards["contacts"], "FN:Rosa Whitworth" in cards["content"]) == (1, True)
    file = tmp_path / "coops.csv"
    run(folder, "peer", "export", "--format", "csv", "--output", str(file))
    assert file.read_text("utf-8-sig").startswith("uid,name,kind")
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o644)
    run(folder, "peer", "export", "--output", str(file))
    assert file.stat().st_mode & 0o777 == 0o644


def write_a_sale(folder: Path) -> None:
    async def write() -> None:
        async with open_node(load(folder, {})) as node:
            await node.write(
                lambda uow: ledger.post(
                    uow,
                    ledger.recipes.PLATFORM_FEE,
                    source="a:1",
                    party="rosa",
                    amounts={"fee": Money(250, "GBP", 2)},
                )
            )

    asyncio.run(write())


def test_a_calendar_counts_and_a_feed_is_given_and_ended(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "offers.csv"
    table.write_text("title\nHome clean\n")
    run(folder, "listings", "import", str(table))
    asyncio.run(say_weekly(folder))
    file = tmp_path / "rosa.ics"
    file.write_bytes(calendar("DTSTART:20990106T090000Z DURATION:PT1H"))
    listing_id = only_listing(folder)
    taken = result(run(folder, "listings", "calendar", "import", listing_id, str(file)))
    assert (taken["name"], taken["fault"]) == ("calendar", None)
    file.write_text("no calendar")
    refused = run(folder, "listings", "calendar", "import", listing_id, str(file), code=1)
    assert "no calendar" in refused.stderr
    run(folder, "listings", "calendar", "import", listing_id, "nothing.ics", code=2)
    made = result(run(folder, "listings", "calendar", "feed", listing_id))
    assert made["link"].startswith("http://loaf.localhost:8177/calendars/")
    run(folder, "listings", "calendar", "feed", "--end", made["id"])
    run(folder, "listings", "calendar", "feed", "--end", made["id"], code=1)


async def say_weekly(folder: Path) -> None:
    async with open_node(load(folder, {})) as node:
        async with node.reading() as reader:
            [view] = await listings.mine(reader, None)
        await node.write(
            lambda uow: listings.set_availability(uow, view.id, every_day("09:00-12:00"), by=None)
        )


def only_listing(folder: Path) -> str:
    async def read() -> str:
        async with open_node(load(folder, {})) as node, node.reading() as reader:
            [view] = await listings.mine(reader, None)
            return view.id

    return asyncio.run(read())
