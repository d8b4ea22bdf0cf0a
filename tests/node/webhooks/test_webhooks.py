"""What is told reaches the program that waits, provably ours, or is tried again and then let be."""

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from federation.guard import Guard
from federation.storage import Database
from node import audit, limits, notices, webhooks
from node.accounts import AccountView, Role
from node.errors import Conflict, InvalidInput, NotFound
from node.webhooks import KIND_WORDS, About, Draft, Kind, Off, State, queue, rules
from tests.node.webhooks.program import HOST, URL, Shop, sender_to, shop
from tests.support.clock import START, FixedClock

ABOUT = About(url="https://loaf.example/api/v1/listings/1", id="1", state="published")
A_DAY = timedelta(days=1)
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def here(database: Database, clock: FixedClock) -> AsyncGenerator[Shop]:
    async with shop(database, clock) as made:
        yield made


async def tell(here: Shop, kind: Kind = Kind.LISTING_PUBLISHED) -> None:
    await here.write(webhooks.tell, kind, [ABOUT])
    await here.sender.settle()


def test_a_signature_is_that_of_the_specification() -> None:
    """The example that the reference implementations test themselves with."""
    secret = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")._whsecret
    at = datetime.fromtimestamp(1614265330, UTC)
    made = rules.headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert made["webhook-timestamp"] == "1614265330"


async def test_a_message_arrives_signed_small_and_once(here: Shop) -> None:
    await tell(here)
    [heard] = here.program.heard
    assert heard.said == {
        "type": "listing.published",
        "timestamp": "2027-01-05T10:00:00Z",
        "data": {"url": ABOUT.url, "id": "1", "state": "published"},
    }
    [line] = await here.log()
    assert (line.message_id, line.state) == (heard.headers["webhook-id"], State.DELIVERED)
    signed = Webhook(here.secret).sign(line.message_id, START, heard.body.decode())
    assert heard.headers["webhook-signature"] == signed
    assert heard.headers["Content-Type"] == "application/json"
    assert [(one.number, one.status, one.next_attempt_at) for one in line.attempts] == [
        (1, 204, None)
    ]
    await here.wait(A_DAY)
    assert len(here.program.heard) == 1


async def test_only_what_was_chosen_is_told_and_nothing_without_a_webhook(here: Shop) -> None:
    chosen = [Kind.MEMBER_ADMITTED.value]
    await here.write(webhooks.change, here.id, here.guard, kinds=chosen, by=None)
    await tell(here)
    await tell(here, Kind.MEMBER_ADMITTED)
    assert here.program.kinds == ["member.admitted"]
    await here.write(webhooks.remove, here.id, by=None)
    await tell(here, Kind.MEMBER_ADMITTED)
    assert len(here.program.heard) == 1
    with pytest.raises(NotFound):
        await here.view()


async def test_what_is_not_taken_is_tried_again_under_the_same_id_and_given_up(
    either_database: Database, clock: FixedClock
) -> None:
    async with shop(either_database, clock) as here:
        await _tried_and_given_up(here)


async def _tried_and_given_up(here: Shop) -> None:
    here.program.status = 500
    await tell(here)
    while (due := (await here.log())[0].next_attempt_at) is not None:
        await here.wait(due - here.clock.now())
    [line] = await here.log()
    assert line.state is State.FAILED
    tries = [one.at - START for one in line.attempts]
    assert 6 <= len(tries) <= 30
    assert tries[-1] < limits.WEBHOOK_TRIED_FOR
    assert {one.headers["webhook-id"] for one in here.program.heard} == {line.message_id}
    stamps = [one.headers["webhook-timestamp"] for one in here.program.heard]
    assert len(set(stamps)) == len(stamps)
    assert line.attempts[0].error == "HTTP 500: so it is"

    here.program.status = 200
    assert await here.write(webhooks.replay, here.id, by=None) == 1
    await here.sender.settle()
    [line] = await here.log()
    assert (line.state, line.attempts[-1].number) == (State.DELIVERED, len(tries) + 1)
    assert (await here.view()).failing_since is None


async def test_retry_after_is_kept_to(here: Shop) -> None:
    here.program.status, here.program.headers = 503, {"Retry-After": "7200"}
    await tell(here)
    await here.wait(timedelta(hours=1, minutes=59))
    assert len(here.program.heard) == 1
    here.program.status = 200
    await here.wait(timedelta(minutes=2))
    assert len(here.program.heard) == 2


async def test_one_that_never_answers_is_switched_off_and_the_admins_are_told(here: Shop) -> None:
    here.program.status = 500
    for _day in range(6):
        await tell(here)
        await here.wait(A_DAY)
    view = await here.view()
    assert view.off_reason is Off.FAILING
    assert [line.state for line in await here.log(state=State.PENDING)] == []
    [notice] = await here.read(notices.notices, admin())
    assert (notice.subject, HOST in str(notice.text)) == (here.id, True)
    assert "s3cret" not in str(notice.text)
    heard = len(here.program.heard)
    await tell(here)
    with pytest.raises(Conflict, match="off"):
        await here.write(webhooks.replay, here.id, by=None)
    await here.write(webhooks.change, here.id, here.guard, on=True, by=None)
    assert await here.read(notices.notices, admin()) == []
    here.program.status = 200
    await tell(here)
    assert len(here.program.heard) == heard + 1


async def test_gone_means_gone_at_once(here: Shop) -> None:
    here.program.status = 410
    await tell(here)
    assert (await here.view()).off_reason is Off.GONE
    assert "webhooks.off" in {line.what for line in await here.read(audit.entries)}


async def test_a_redirect_is_not_followed(here: Shop) -> None:
    here.program.status, here.program.headers = 302, {"Location": URL + "/elsewhere"}
    await tell(here)
    assert len(here.program.heard) == 1
    [line] = await here.log()
    assert line.state is State.PENDING


async def test_a_test_message_is_tried_once_also_where_nothing_else_is_sent(here: Shop) -> None:
    await here.write(webhooks.change, here.id, here.guard, on=False, by=None)
    line = await here.sender.send_test(here.id, "https://loaf.example")
    assert (line.state, line.attempts[0].status) == (State.DELIVERED, 204)
    assert here.program.heard[0].said["type"] == "webhook.test"
    here.program.status = 400
    line = await here.sender.send_test(here.id, "https://loaf.example")
    assert (line.state, len(line.attempts)) == (State.FAILED, 1)


async def test_a_test_of_a_webhook_that_was_removed_meanwhile_is_not_found(here: Shop) -> None:
    with pytest.raises(NotFound):
        await here.write(queue.add_test, "removed", ABOUT)


async def test_an_answer_that_does_not_come_is_told_without_the_secret_address(
    here: Shop,
) -> None:
    async with sender_to(here, Guard({HOST: ("127.0.0.1", 1)})) as nobody_there:
        line = await nobody_there.send_test(here.id, "https://loaf.example")
    assert (line.attempts[0].status, "no-answer" in str(line.attempts[0].error)) == (None, True)
    assert "s3cret" not in str(line.attempts[0].error)


async def test_a_sender_that_dies_loses_nothing(here: Shop) -> None:
    await here.write(webhooks.tell, Kind.PEER_CHANGED, [ABOUT])
    await here.sender.attend()
    await asyncio.sleep(0)
    await here.sender.stop()
    await here.wait(timedelta(minutes=2))
    assert here.program.kinds[-1] == "peer.changed"
    [line] = await here.log()
    assert line.state is State.DELIVERED


async def test_one_that_our_code_fails_on_leaves_what_came_of_the_others_noted(
    here: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = here.sender._attempt

    async def fail_on_one(job: queue.Job) -> queue.Attempt:
        if b"peer.changed" in job.body:
            raise ZeroDivisionError
        return await attempt(job)

    monkeypatch.setattr(here.sender, "_attempt", fail_on_one)
    await here.write(webhooks.tell, Kind.PEER_CHANGED, [ABOUT])
    await tell(here)
    assert {line.kind: line.state for line in await here.log()} == {
        Kind.PEER_CHANGED: State.PENDING,
        Kind.LISTING_PUBLISHED: State.DELIVERED,
    }


async def test_the_log_is_forgotten_after_its_time(here: Shop) -> None:
    await tell(here)
    here.clock.advance(limits.WEBHOOK_LOG_KEPT)
    await here.write(webhooks.forget_old)
    assert len(await here.log()) == 1
    here.clock.advance(1)
    await here.write(webhooks.forget_old)
    assert await here.log() == []


async def test_an_address_that_this_node_may_not_call_is_refused(here: Shop) -> None:
    for url, told in (
        ("http://elsewhere.localhost:9/x", "development node"),
        ("https://example.org/x", "development node"),
        ("ftp://example.org/x", "beginning with https"),
        ("https://user:pass@example.org/", "beginning with https"),
        ("", "beginning with https"),
    ):
        with pytest.raises(InvalidInput, match=told):
            await here.write(webhooks.create, Draft(url), here.guard, by=None)


async def test_one_that_is_out_of_reach_by_now_can_still_be_switched_off(here: Shop) -> None:
    nowhere = Guard({})
    off = await here.write(webhooks.change, here.id, nowhere, on=False, by=None)
    assert off.off_reason is Off.BY_HAND
    with pytest.raises(InvalidInput, match="development node"):
        await here.write(webhooks.change, here.id, nowhere, on=True, by=None)


async def test_what_cannot_be_chosen_is_told_and_there_is_an_end_of_webhooks(here: Shop) -> None:
    draft = Draft(URL, kinds=["webhook.test"], description="x" * 200)
    with pytest.raises(InvalidInput) as refusal:
        await here.write(webhooks.create, draft, here.guard, by=None)
    assert set(refusal.value.fields) == {"events", "description"}
    for _more in range(limits.WEBHOOKS - 1):
        await here.write(webhooks.create, Draft(URL), here.guard, by=None)
    with pytest.raises(Conflict, match="too many"):
        await here.write(webhooks.create, Draft(URL), here.guard, by=None)


def test_the_guides_own_example_tells_ours_from_others() -> None:
    guide = (ROOT / "docs/guides/webhooks.md").read_text("utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    exec(example, told := {})
    secret, now, body = bytes(range(32)), datetime.now(UTC), b'{"type":"webhook.test"}'
    sent, text = rules.headers(secret, "msg1", now, body), rules.secret_text(secret)
    assert told["is_ours"](text, sent, body)
    assert Webhook(text).verify(body, sent) == {"type": "webhook.test"}
    assert not told["is_ours"](text, sent, body + b" ")
    assert not told["is_ours"](rules.secret_text(bytes(32)), sent, body)
    old = rules.headers(secret, "msg1", now - timedelta(minutes=6), body)
    assert not told["is_ours"](text, old, body)


def test_the_guide_names_every_kind() -> None:
    guide = (ROOT / "docs/guides/webhooks.md").read_text("utf-8")
    assert {kind for kind in KIND_WORDS if f"| `{kind}` |" in guide} == set(KIND_WORDS)


def test_a_message_has_no_field_for_anything_of_a_person() -> None:
    names = set(About.__struct_fields__)
    assert names == {"url", "id", "uri", "state", "payment", "step"}
    assert set(KIND_WORDS) == set(Kind) - {Kind.TEST}


def admin() -> AccountView:
    return AccountView("1", "ada", "Ada", frozenset({Role.ADMIN}), None, START, False, False)
