"""Bringing letters to the mail server, one after the other.

One conversation for all that is due, and another if the server ends it after a letter. A letter
with which something is wrong ends alone; a server that cannot be reached lets all of them wait.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from msgspec.structs import replace

from federation.ambient import Clock
from federation.errors import StorageUnavailable
from federation.storage import Database, Reader, UnitOfWork
from node.config import Config
from node.i18n import _
from node.mail import outbox
from node.mail.letters import Letter, Sheet, Typesetter, as_bytes
from node.mail.rules import Outcome, Verdict
from node.mail.server import Line, MailTrouble, Way, opened

log = structlog.get_logger()
_STOP_SECONDS = 10
_BROKEN_OFF = 2
"""So many letters may break off a conversation; then it is the server that is away."""


class Sender:
    """Sends for one process. Nothing goes before a face has brought its typesetter."""

    def __init__(
        self,
        database: Database,
        config: Config,
        clock: Clock,
        coop: Callable[[Reader], Awaitable[str]],
    ) -> None:
        """coop: what the coop is called now."""
        self._database = database
        self._config = config
        self._clock = clock
        self._coop = coop
        self._sending: asyncio.Task[None] | None = None
        self._under_way = asyncio.Lock()
        self._is_over = False
        self.typesetter: Typesetter | None = None
        self.way = way_of(config)

    @property
    def is_on(self) -> bool:
        """Whether there is a server that takes our mail."""
        return self.way is not None

    async def attend(self) -> None:
        """Begin to send what is due; waits for nothing."""
        if self._sending is None and self.way is not None and self.typesetter is not None:
            self._sending = asyncio.create_task(self._send_due(self.way, self.typesetter))

    async def settle(self) -> None:
        """Send all that is due now, and wait until what came of it is written down."""
        await self.attend()
        if self._sending is not None:
            await self._sending

    async def stop(self) -> None:
        """Let the letter that is on its way arrive, if it does soon, and begin with no other."""
        self._is_over = True
        sending = self._sending
        if sending is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS), self._under_way:
                pass
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def keep(self) -> None:
        """What time alone brings about."""
        await self._database.write(self._keep)

    async def _keep(self, uow: UnitOfWork) -> None:
        if self.way is None:
            await outbox.let_go(uow)
        await outbox.lose_abandoned(uow)
        await outbox.forget_old(uow)

    async def _send_due(self, way: Way, typesetter: Typesetter) -> None:
        try:
            while not self._is_over and (due := await self._due()):
                await self._send_some(way, typesetter, due)
        except StorageUnavailable as error:
            log.warning("mail-waits", code=error.code)
        except Exception:  # a defect here must not end the other duties of the node
            log.exception("mail-failed")
        finally:
            self._sending = None

    async def _due(self) -> list[str]:
        async with self._database.reading() as reader:
            return await outbox.due(reader)

    async def _send_some(self, way: Way, typesetter: Typesetter, due: list[str]) -> None:
        left, broken = list(reversed(due)), 0
        while left and not self._is_over:
            before = len(left)
            try:
                async with opened(way) as line:
                    await self._converse(line, way, typesetter, left)
            except MailTrouble as trouble:
                broken += 1
                if len(left) == before or broken > _BROKEN_OFF:
                    await self._put_off(due, way, trouble.said)
                    return

    async def _put_off(self, due: list[str], way: Way, said: str) -> None:
        log.warning("mail-server-away", server=way.server.host, said=said)
        await self._database.write(lambda uow: outbox.put_off(uow, due, said))

    async def _converse(
        self, line: Line, way: Way, typesetter: Typesetter, left: list[str]
    ) -> None:
        """One letter, and more as long as the server listens."""
        while left and not self._is_over:
            async with self._under_way:
                await self._send(line, way, typesetter, left.pop())
            if not line.is_open:
                return

    async def _send(self, line: Line, way: Way, typesetter: Typesetter, letter_id: str) -> None:
        try:
            letter = await self._database.write(lambda uow: outbox.claim(uow, letter_id))
            message = await self._set(letter, way, typesetter) if letter else b""
        except StorageUnavailable:
            raise
        except Exception:  # a letter that cannot be made must not hold up the others
            log.exception("letter-failed", letter=letter_id)
            said = str(_("The program failed on this letter; its log says why."))
            await self._database.write(lambda uow: outbox.fail(uow, letter_id, said))
            return
        if letter is None:
            return
        try:
            outcome = await line.send(letter.to, message)
        except MailTrouble as trouble:
            await self._record(letter, Outcome(Verdict.LATER, trouble.said))
            raise
        await self._record(letter, outcome)

    async def _record(self, letter: Letter, outcome: Outcome) -> None:
        """Whom it was for is nobody else's business, though servers like to repeat it."""
        hidden = re.sub(re.escape(letter.to), "…", outcome.said, flags=re.IGNORECASE)
        said = replace(outcome, said=hidden)
        await self._database.write(lambda uow: outbox.record(uow, letter.id, said))

    async def _set(self, letter: Letter, way: Way, typesetter: Typesetter) -> bytes:
        async with self._database.reading() as reader:
            coop = await self._coop(reader)
        config = self._config
        sheet = Sheet(coop, config.address, config.language, config.zone, self._clock.now())
        words, sender = typesetter(letter, sheet), way.server.sender
        return as_bytes(letter, words, sheet, sender=sender, host=way.name)


def way_of(config: Config) -> Way | None:
    """How the server of the settings is reached; None without one."""
    return Way(config.mail, host_of(config), config.ca_file) if config.mail else None


def host_of(config: Config) -> str:
    """The name by which the node greets a mail server, and marks its letters."""
    return config.authority.partition(":")[0]
