"""What every command says, in words of no language: nothing of it is past the catalogue."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.support.pseudo import no_language
from tests.support.town import TownFounder
from tests.ui.every_command import LINES, path_of, typed
from tests.ui.test_cli_languages import commands, names
from tests.ui.web.furnished import furnished
from ui.cli import main

MADE = {
    "folder": "beside",
    "later": "2027-03-01T10:00:00Z",
    "latest": "2027-03-04T10:00:00Z",
    "later_day": "2027-03-01",
}
PEOPLES_WORDS = (
    "Ada Brzezińska Bakers Drum lessons Femi Garden General meeting item Home clean Ines Lane "
    "Lanehead Maya Meeting of May Member Moderator Owner Portici Referral fees of at most five per "
    "cent Secretary Sunrise Three Toad Treasurer Window till admin comment delegate femi ines maya "
    "member moderator owner secretary treasurer"
)
"""What stands in the furnished coop, and in examples."""
NAMES_OF_THINGS = re.compile(
    r"https?://\S+|@?[\w@-]*(?:[.:/_][\w@:-]+)+|/\S+|--[\w-]+|\b[0-9a-z]{26}\b|zQm\w+|#\d+"
)
"""Addresses, paths, keys of rules, kinds of messages, options and ids are of no language."""
CODES = {
    ("policy", "list"): "worker user producer community investor supporter counts members care "
    "housing emergency coop automatic at once",
    ("token", "list"): "read",
    ("agreements", "show"): "accept counter wait decline request",
    # What a program found where, for whoever mends it; and what translations of click leave out.
    ("verify",): "File The body is not JSON Expecting value at line column",
    ("council", "amend"): "amendment",
    ("doctor",): "cavage",
    # Which part of what was typed is wrong.
    ("council", "propose"): "proposal",
    ("council", "mark"): "reason",
    ("policy", "set"): "value",
    ("webhooks", "add"): "url",
    ("init",): "address",
}
ANSWERED = re.compile(r"\d{3} \u2068.*?\u2069")
"""What another program said, in its own words."""
LOGGED = re.compile(r"^(?:\{\"method.*|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[.*)$", re.MULTILINE)
"""The log of the coop that was asked."""


def test_every_command_is_typed_once() -> None:
    ours = {path for path, one in commands() if not isinstance(one, click.Group)}
    assert ours == {path_of(line) for line in LINES.strip().splitlines()}


@pytest.mark.long
async def test_no_command_says_a_word_past_the_catalogue(
    found_town: TownFounder, tmp_path: Path
) -> None:
    (tmp_path / MADE["folder"]).mkdir()
    past = []
    async with furnished(await found_town(2)) as house:
        things = house.things | MADE | {"folder": str(tmp_path / MADE["folder"])}
        data = str(house.coop.node.config.data)
        for line, words in typed(things):
            at = [] if "--data" in words else ["--data", data]
            run = CliRunner().invoke
            with no_language():
                done = await asyncio.to_thread(
                    run, main, [*words, *at], env={"LC_ALL": "ar"}, prog_name="rochdale"
                )
            assert isinstance(done.exception, SystemExit | None), (line, done.exception)
            known = known_to(line, words, data)
            past += [f"{line}: {left}" for left in plain(done.output) if left not in known]
    assert not past, "\n".join(past)


def plain(told: str) -> Iterator[str]:
    """Words in plain letters, but for names of things; nothing where it is for programs."""
    try:
        json.loads(told)
    except ValueError:
        for other in (LOGGED, ANSWERED, NAMES_OF_THINGS):
            told = other.sub(" ", told)
        yield from re.findall(r"(?<![^\W\d_])[A-Za-z]{2,}(?![^\W\d_])", told)


def known_to(line: str, words: list[str], data: str) -> set[str]:
    """What of our letters may stand in an answer: what was typed, and what is of no language."""
    path = path_of(line)
    codes = [said for begins, said in CODES.items() if path[: len(begins)] == begins]
    said = " ".join([*words, data, *codes, PEOPLES_WORDS, "UTC GBP"])
    commands_named = {word for path, _one in commands() for word in path}
    of_commands = commands_named | names(path, dict(commands())[path])
    return of_commands | set(re.findall(r"[A-Za-z]{2,}", said))
