"""`python -m tests.faults.besieged`: a coop that dies in the middle of the catalogue of attacks.

Everything is loaded once, and keys are made once. For each line that comes in, a child lays the
siege in a folder, tries the rows in an order of its own while a peer brings what is good, and is
killed, as by `kill -9`, at that statement or commit of any of its coops. What it had answered with
yes by then stands in the folder, and what was true before.
"""

import asyncio
import json
import os
import random
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from federation.key_files import Generation
from node.migrations import migrate
from tests.faults.killed import Point
from tests.faults.lives import obey
from tests.faults.test_under_attack import bring, who_can_come_in
from tests.federation.nodes import keys_of
from tests.hostile.siege import Siege, lay_siege, ready
from tests.hostile.test_corpus import ROWS
from tests.support.town import NAMES, _keys

GOODS = 200
TOWN = NAMES[:3]


async def live(folder: Path, keys: dict[str, Generation], migrated: Path, last: int) -> None:
    answers = os.open(folder / "answers", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with lay_siege(folder, keys, migrated, {}) as siege:
        pioneer = siege.hand(siege.town.coops[2])
        goods = [siege.activity(by=pioneer) for _each in range(GOODS)]
        (folder / "before.json").write_text(json.dumps(await _before(siege, goods)))
        Point(last).watch()

        def took(uri: str) -> None:
            os.write(answers, uri.encode() + b"\n")

        async with asyncio.TaskGroup() as group:
            group.create_task(bring(siege, pioneer, goods, took))
            group.create_task(_attacks(siege, random.Random(last)))


async def _before(siege: Siege, goods: list[dict[str, Any]]) -> dict[str, Any]:
    file = Path(str(siege.coop.node.database.url.database))
    return {
        "accounts": await asyncio.to_thread(who_can_come_in, file),
        "entitled": [siege.farm.coop, *(coop.uri for coop in siege.town.coops)],
        "goods": {each["id"]: each["object"]["id"] for each in goods},
    }


async def _attacks(siege: Siege, chance: random.Random) -> None:
    for row in chance.sample(ROWS, len(ROWS)):
        with suppress(Exception):  # what is good counts, not each answer
            await ready(siege, row)
            async with asyncio.timeout(30):
                await row.attack(siege)


def main() -> None:
    keys: dict[str, Generation] = {}
    for name in TOWN:
        _keys(keys, name)
    for name in ("farm", "eve"):
        keys_of(keys, name)
    migrated = Path(sys.argv[1]) / "rochdale.sqlite"
    asyncio.run(migrate(f"sqlite:///{migrated}"))

    def live_as_told(line: str) -> None:
        given = json.loads(line)
        asyncio.run(live(Path(given["folder"]), keys, migrated, given["last"]))

    obey(live_as_told)


if __name__ == "__main__":
    main()
