"""What matters is asked to be proven again: by whom, where, and that nothing typed is lost."""

import re
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from node import accounts, clearing, council, joining, limits, members
from tests.stories.council import CLASSES, Council
from tests.support.clock import FixedClock
from tests.support.town import Coop, TownFounder
from tests.ui.web.reaching import commands_of
from tests.ui.web.rights import rows
from tests.ui.web.test_joining import ADA, FORM
from tests.ui.web.visitor import PASSWORD, Answer, Visitor, just_signed_in, stranger
from ui.web.api.endpoints import PREFIX
from ui.web.api.routes import endpoints
from ui.web.app import build_app
from ui.web.step_up import ACTIONS

NEW = "another three teapots"
IS_IT_YOU = "<h1>Is it you?</h1>"
OF_PAGES = [one for one in ACTIONS if not one.path.startswith("/api/")]

GUARDED = [
    "accounts",
    "clearing",
    "council",
    "joining",
    "ledger",
    "members",
    "offices",
    "policies",
    "vouching",
]
"""The slices whose commands give or take rights, move money or vote."""

UNPROVEN = """
coming in is itself the proof, or has one of its own
  accounts.add_first_passkey accounts.add_passkey accounts.count_guest accounts.count_try
  accounts.let_in accounts.new_challenge accounts.note_proof accounts.prove_by_passkey
  accounts.recover accounts.redeem_link accounts.sign_in accounts.sign_in_by_passkey
  joining.agree_as_invited vouching.ask
out of the account, and never into it
  accounts.revoke_session accounts.revoke_token accounts.sign_out accounts.take_back
  vouching.refuse
how somebody is called, written to and spoken to
  accounts.rename_passkey accounts.set_language accounts.set_name members.ask_for_name
  members.correct members.leave_name mail.choose
an applicant's own word, or a word for them: the coop admits, and that is asked
  joining.apply joining.name_sponsor joining.say_form_in joining.set_form joining.step
  joining.vouch members.invite
said to another coop, which signs first
  clearing.call clearing.claim clearing.contest clearing.send_statement
talk before the vote: the ballot is asked
  council.amend council.bring_again council.draft council.drop council.freeze council.redraft
  council.retract council.revise council.submit council.take council.withdraw
books say what was paid and pay nothing; what is wrong there is reversed
  ledger.add_account ledger.change_period ledger.close_account ledger.enter ledger.forget_text
  ledger.rename_account ledger.reopen_account ledger.reverse
"""
"""Their commands that are called without a proof, and why that is right."""


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    """An admin with a password, signed in just now."""
    async with just_signed_in(coop, "rosa", "admin") as visitor:
        yield visitor


@pytest.mark.parametrize("action", OF_PAGES, ids=lambda one: f"{one.method} {one.path}")
async def test_what_matters_is_asked_to_be_proven_again(
    rosa: Visitor, clock: FixedClock, action
) -> None:
    path = re.sub(r"\{form\}", "csv", action.path)
    path = re.sub(r"\{\w+\}", "nothing", path)
    form = {"note": "kept as “typed”"}
    if action.field:
        form[action.field] = min(action.values, default="something")

    async def ask() -> Answer:
        return await (rosa.post(path, form) if action.method == "POST" else rosa.get(path))

    assert IS_IT_YOU not in (await ask()).text
    await rosa.sign_in("rosa")
    clock.advance(limits.SIGN_IN_FRESH)
    asked = await ask()
    assert (asked.status, IS_IT_YOU in asked.text) == (422, True)
    if action.method == "POST":
        assert "kept as “typed”" in unescape(asked.text)
        wrong = await rosa.post(path, form | {"present": "a guess at it"})
        assert "That is not your present password." in wrong.text
        assert IS_IT_YOU not in (await rosa.post(path, form | {"present": PASSWORD})).text
        assert IS_IT_YOU not in (await rosa.post(path, form)).text


async def test_an_address_for_letters_is_taken_away_only_by_who_shows_a_proof(
    rosa: Visitor, clock: FixedClock
) -> None:
    clock.advance(limits.SIGN_IN_FRESH)
    assert IS_IT_YOU in (await rosa.post("/account/mail", {"do": "remove"})).text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/applications/nothing", {"do": "invite"}),
        ("/members/nothing/invite", {}),
        ("/members/invite", {"role": "member"}),
    ],
)
async def test_a_link_to_come_in_by_is_shown_only_to_who_shows_a_proof(
    rosa: Visitor, clock: FixedClock, path: str, said: dict[str, str]
) -> None:
    clock.advance(limits.SIGN_IN_FRESH)
    asked = (await rosa.post(path, said)).text
    assert (IS_IT_YOU in asked, "/in/" in asked) == (True, False)


async def test_nobody_is_admitted_by_who_shows_no_proof(
    coop: Coop, rosa: Visitor, clock: FixedClock
) -> None:
    await coop.write(joining.set_form, FORM)
    async with stranger(coop) as ada:
        own = (await ada.post("/join", ADA)).page
        clock.advance(limits.SIGN_IN_FRESH)
        path = (await rosa.get("/applications")).leads_to("/applications/")
        for step in joining.ADMISSIONS:
            assert IS_IT_YOU in (await rosa.post(path, {"do": step})).text
            asked = await call(rosa, "POST", f"/api/v1{path}/steps", {"step": step})
            assert (asked.status, "prove-first" in asked.text) == (403, True)
        assert (await ada.post(own, {"do": "enter"})).status == 400
        assert (await rosa.post(path, {"do": "admit", "present": PASSWORD})).status == 303
        assert (await ada.post(own, {"do": "enter"})).location.startswith("/in/")


async def test_calls_that_matter_are_asked_for_the_same_proof(
    rosa: Visitor, clock: FixedClock
) -> None:
    for action in (one for one in ACTIONS if one not in OF_PAGES):
        path = re.sub(r"\{\w+\}", "nothing", action.path)
        said = {action.field: min(action.values, default="something")} if action.field else {}
        await rosa.sign_in("rosa")
        assert "prove-first" not in (await call(rosa, action.method, path, said)).text
        clock.advance(limits.SIGN_IN_FRESH)
        asked = await call(rosa, action.method, path, said)
        assert (asked.status, "prove-first" in asked.text) == (403, True), path


async def call(visitor: Visitor, method: str, path: str, said: dict[str, str]) -> Answer:
    """What a script on one of our pages sends; the node reads nothing sent with a GET."""
    ours = {"Sec-Fetch-Site": "same-origin"}
    sent = {} if method == "GET" else {"json": said}
    return await visitor.ask(method, path, headers=ours, **sent)


async def test_a_call_is_asked_for_what_matters_and_is_read_as_ever(
    rosa: Visitor, clock: FixedClock
) -> None:
    clock.advance(limits.SIGN_IN_FRESH)
    path, asked = "/api/v1/members/nothing", {"membership_class": "worker", "reason": "Moved"}
    for said, answer in ((asked, "prove-first"), ({"reason": "Moved"}, "not-found")):
        assert answer in (await call(rosa, "PATCH", path, said)).text
    garbled = {"headers": {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}}
    assert (await rosa.ask("PATCH", path, data=b"{", **garbled)).status == 400
    assert (await rosa.ask("PATCH", path, data=b'{"membership_class": 5}', **garbled)).status == 422


async def test_what_a_page_asks_a_proof_for_no_call_does_without(coop: Coop) -> None:
    """Compared by the commands that the handlers write with."""
    guarded = {
        command
        for method, path, handler in handlers(coop)
        if not path.startswith(PREFIX)
        for said, command in commands_of(handler)
        if is_asked(method, path, said)
    }
    assert {council.name_delegates, council.leave, council.cast, members.contacts} <= guarded
    bare = [
        (endpoint.method, endpoint.path, said)
        for endpoint in endpoints()
        for said, command in commands_of(endpoint.work)
        if command in guarded - reasoned()
        and not is_asked(endpoint.method, PREFIX + endpoint.path, said)
    ]
    assert bare == []


async def test_no_command_gives_rights_moves_money_or_votes_without_a_line_in_the_table(
    coop: Coop,
) -> None:
    """Whoever adds a route that calls another one adds it to `step_up.ACTIONS`, or to UNPROVEN
    with its reason."""
    bare = {
        (f"{method} {path}", command.__name__)
        for method, path, handler in handlers(coop)
        if method not in ("GET", "HEAD")
        for said, command in commands_of(handler)
        if slice_of(command) in GUARDED and not is_asked(method, path, said)
        if command not in reasoned()
    }
    assert bare == set()


async def test_a_command_is_found_in_a_table_and_in_another_module(coop: Coop) -> None:
    found = {(method, path): commands_of(handler) for method, path, handler in handlers(coop)}
    assert ("came", clearing.receive) in found["POST", "/owed/payments/{id}"]
    assert (None, accounts.let_in) in found["POST", "/sign-in"]
    assert (None, accounts.add_first_passkey) in found["POST", "/in/{code}"]
    assert ("freeze", council.freeze) in found["POST", "/council/proposals/{id}"]


async def test_the_table_of_rights_marks_what_is_asked_to_be_proven(coop: Coop) -> None:
    router = coop.server.app.router
    marked = set()
    for row in rows():
        if row.is_proven:
            path = re.sub(r"\{\w+\}", "nothing", row.path)
            match = await router.resolve(make_mocked_request(row.method, path))
            marked.add((row.method, match.route.resource.canonical))
    asked = {(one.method, one.path) for one in ACTIONS}
    assert (marked - asked, asked - marked) == (set(), set()), "an “!” in tests/ui/web/rights.py"


def handlers(coop: Coop) -> Iterator[tuple[str, str, Any]]:
    """Each route with the function behind it."""
    for route in coop.server.app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if not path.startswith(PREFIX):
            yield route.method, path, route.handler
    for endpoint in endpoints():
        yield endpoint.method, PREFIX + endpoint.path, endpoint.work


def is_asked(method: str, path: str, said: str | None) -> bool:
    """Whether a handler is asked for a proof where it is told this; None is whatever it is told."""
    one = next((one for one in ACTIONS if (one.method, one.path) == (method, path)), None)
    return one is not None and (not one.values or said is None or said in one.values)


def reasoned() -> set[Any]:
    lines = [line for line in UNPROVEN.splitlines() if line.startswith(" ")]
    return {named(word) for line in lines for word in line.split()}


def named(word: str) -> Any:
    slice_, _, name = word.partition(".")
    return getattr(import_module(f"node.{slice_}"), name)


def slice_of(command: Any) -> str:
    return str(command.__module__).split(".")[1]


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    """Two coops in a federation, and a proposal that is voted on."""
    two = await Council(await found_town(2), "lanehead", CLASSES).found()
    await two.opened()
    return two


async def test_a_ballot_is_asked_for_a_proof_once_and_nothing_of_it_is_lost(pair: Council) -> None:
    here = pair.coops["portici"]
    at = f"/council/proposals/{(await pair.row('portici')).id}"
    digest = await accounts.hashed(PASSWORD)
    await here.write(accounts.set_password, pair.delegates["portici"], digest)
    async with stranger(here) as ines:
        await ines.sign_in("delegate")
        pair.town.clock.advance(limits.SIGN_IN_FRESH)
        chosen = {"choice": "no", "csrf": await ines.form_token()}
        assert "This is your ballot" in (await ines.post(f"{at}/ballot", chosen)).text
        asked = await ines.post(f"{at}/ballot", chosen | {"do": "cast"})
        assert (asked.status, IS_IT_YOU in asked.text) == (422, True)
        assert (await pair.detail("portici")).ours == ()
        carried = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
        assert carried["choice"] == "no"
        assert f'action="{at}/ballot"' in asked.text
        cast = await ines.post(f"{at}/ballot", carried | {"present": PASSWORD})
        assert cast.location.startswith(at)
        [ours] = (await pair.detail("portici")).ours
        assert ours.choice == "no"
        await pair.settle()
        pair.town.clock.advance(limits.SIGN_IN_FRESH - timedelta(minutes=1))
        changed = {"choice": "yes", "do": "cast", "csrf": await ines.form_token()}
        assert (await ines.post(f"{at}/ballot", changed)).status == 303


async def test_a_ballot_by_api_needs_a_proof_or_a_token_that_was_made_with_one(
    pair: Council,
) -> None:
    here, delegate = pair.coops["portici"], pair.delegates["portici"]
    path = f"/api/v1/proposals/{(await pair.row('portici')).id}/ballots"
    await here.write(accounts.set_password, delegate, await accounts.hashed(PASSWORD))
    async with stranger(here) as ines, stranger(here) as program:
        await ines.sign_in("delegate")
        pair.town.clock.advance(limits.SIGN_IN_FRESH)
        by_session = await call(ines, "POST", path, {"choice": "yes"})
        assert (by_session.status, "prove-first" in by_session.text) == (403, True)
        wanted = {"label": "Votes", "scopes": "council:write", "csrf": await ines.form_token()}
        assert IS_IT_YOU in (await ines.post("/account/tokens", wanted)).text
        made = await ines.post("/account/tokens", wanted | {"present": PASSWORD})
        [secret] = re.findall(r">(rd_[\w-]+)<", made.text)
        pair.town.clock.advance(limits.SIGN_IN_FRESH)
        bearer = {"Authorization": f"Bearer {secret}"}
        by_token = await program.ask("POST", path, headers=bearer, json={"choice": "yes"})
        assert by_token.status == 201
    [ours] = (await pair.detail("portici")).ours
    assert ours.choice == "yes"


async def test_a_page_that_was_asked_for_comes_after_the_answer(
    rosa: Visitor, clock: FixedClock
) -> None:
    clock.advance(limits.SIGN_IN_FRESH)
    asked = await rosa.get("/members/contacts.vcf")
    assert 'name="next" value="/members/contacts.vcf"' in asked.text
    assert 'action="/confirm"' in asked.text
    wrong = await rosa.post("/confirm", {"next": "/members/contacts.vcf", "present": "guess"})
    assert 'name="next" value="/members/contacts.vcf"' in wrong.text
    right = await rosa.post("/confirm", {"next": "/members/contacts.vcf", "present": PASSWORD})
    assert right.location == "/members/contacts.vcf"
    assert (await rosa.get("/members/contacts.vcf")).status == 200
    away = await rosa.post("/confirm", {"next": "//evil.example", "present": PASSWORD})
    assert away.location == "/"


async def test_what_matters_less_is_never_asked_twice(rosa: Visitor, clock: FixedClock) -> None:
    clock.advance(timedelta(days=1))
    assert (await rosa.post("/applications/nothing", {"do": "ask"})).status == 404
    assert (await rosa.post("/theme", {"theme": "dark"})).status == 303


async def test_who_has_no_password_is_asked_for_none(coop: Coop, clock: FixedClock) -> None:
    made = await coop.write(
        accounts.create_account, handle="ada", name="Ada", roles={accounts.Role.MEMBER}
    )
    link = await coop.write(accounts.issue_link, purpose="sign-in", account_id=made.id)
    async with stranger(coop) as ada:
        await ada.post(link.path)
        clock.advance(timedelta(days=1))
        assert IS_IT_YOU not in (await ada.post("/account/password", {"password": NEW})).text


async def test_every_action_of_the_table_is_a_page_or_a_call(coop: Coop) -> None:
    routes = {
        (route.method, route.resource.canonical)
        for route in build_app(coop.node).router.routes()
        if route.resource is not None
    }
    assert {(one.method, one.path) for one in ACTIONS} <= routes
