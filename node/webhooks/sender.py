"""Bringing messages to the programs that wait for them; each webhook on its own.

One that hangs costs its own few places and holds up no other. Every message goes out through the
one guarded client: no redirect is followed, and no private address is dialled.
"""

import asyncio

import structlog

from federation.ambient import Clock
from federation.errors import FederationError, StorageUnavailable
from federation.http_client import Answer, GuardedClient
from federation.side_by_side import side_by_side
from federation.storage import Database
from node.webhooks import queue, rules
from node.webhooks.kinds import About
from node.webhooks.queries import DeliveryView, delivery
from node.webhooks.queue import Attempt, Job
from protocol.errors import ProtocolError
from protocol.iri import authority_of

log = structlog.get_logger()

_LONGEST_ERROR = 500


class Sender:
    """Sends for one process; several may work on one database."""

    def __init__(self, database: Database, client: GuardedClient, clock: Clock) -> None:
        self._database = database
        self._client = client
        self._clock = clock
        self._serving: dict[str, asyncio.Task[None]] = {}

    async def attend(self) -> None:
        """Begin with every webhook for which something is due; waits for none of them."""
        async with self._database.reading() as reader:
            due = await queue.due(reader)
        for webhook_id in due:
            if webhook_id not in self._serving:
                task = asyncio.create_task(self._serve(webhook_id))
                self._serving[webhook_id] = task

    async def settle(self) -> None:
        """Send all that is due now, and wait until what came of it is written down."""
        await self.attend()
        await side_by_side(self._serving.values())

    async def stop(self) -> None:
        """Abandon what is on its way: its lease brings it back."""
        serving = list(self._serving.values())
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self._serving.clear()

    async def send_test(self, webhook_id: str, base: str) -> DeliveryView:
        """Send a message that says nothing, also to a webhook that is off; what came of it.

        base: the node's address. Raises NotFound.
        """
        about = About(id=webhook_id, url=f"{base}/api/v1/webhooks/{webhook_id}")
        job = await self._database.write(lambda uow: queue.add_test(uow, webhook_id, about))
        attempt = await self._attempt(job)
        await self._database.write(lambda uow: queue.record(uow, [attempt]))
        async with self._database.reading() as reader:
            return await delivery(reader, job.delivery_id)

    async def _serve(self, webhook_id: str) -> None:
        try:
            while jobs := await self._database.write(lambda uow: queue.claim(uow, webhook_id)):
                await self._bring(jobs)
        except StorageUnavailable as error:
            log.warning("webhooks-wait", code=error.code)
        except Exception:  # a defect with one webhook must not end the others
            log.exception("webhook-failed", webhook=webhook_id)
        finally:
            self._serving.pop(webhook_id, None)

    async def _bring(self, jobs: list[Job]) -> None:
        attempts: list[Attempt] = []

        async def attempt(job: Job) -> None:
            attempts.append(await self._attempt(job))

        try:
            await side_by_side(map(attempt, jobs))
        finally:  # what was sent is not sent again because another one failed
            await self._database.write(lambda uow: queue.record(uow, attempts))

    async def _attempt(self, job: Job) -> Attempt:
        now = self._clock.now()
        headers = rules.headers(job.secret, job.message_id, now, job.body)
        try:
            answer = await self._client.post(job.url, job.body, headers)
        except (FederationError, ProtocolError) as error:
            # The address may be a secret, and the error begins with it.
            told = f"{error.code}: {error}".replace(job.url, authority_of(job.url))
            return Attempt(job, now, error=told[:_LONGEST_ERROR])
        if rules.was_taken(answer.status):
            return Attempt(job, now, answer.status)
        return Attempt(job, now, answer.status, _words(answer), answer.headers.get("Retry-After"))


def _words(answer: Answer) -> str:
    """What it said, unless that is a page for a browser."""
    if "html" in answer.headers.get("Content-Type", "") or not answer.excerpt:
        return f"HTTP {answer.status}"
    text = answer.text.replace("\0", "")
    return f"HTTP {answer.status}: {text}"[:_LONGEST_ERROR]
