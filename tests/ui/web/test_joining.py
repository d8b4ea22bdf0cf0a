"""Becoming a member by the pages alone, and who may see and do what there."""

import re
from collections.abc import AsyncGenerator
from datetime import timedelta

import msgspec
import pytest
from aiohttp import FormData

from node import accounts, joining, limits, members, policies
from node.accounts import Role
from node.joining import ConsentText, Eligibility, Form, Particulars, Question
from node.members import MembershipClass
from tests.support.clock import FixedClock
from tests.support.postbox import letters_of
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, Answer, Visitor, add_account, signed_in, stranger

FORM = Form(
    is_open=True,
    intro="We clean together.",
    classes=(MembershipClass.WORKER, MembershipClass.SUPPORTER),
    questions=(Question("What can you do?"),),
    consents=(ConsentText("Our statutes", "One member, one vote.", "2027-03"),),
)
ADA = {
    "version": "1",
    "membership_class": "worker",
    "kind": "person",
    "name": "Ada Brzezińska",
    "phone": "0170 1",
    "answer-0": "Windows & <b>ovens</b>",
    "consent-0": "y",
}


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    await coop.write(joining.set_form, FORM)
    return coop


@pytest.fixture
async def ada(coop: Coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "rosa", "secretary") as visitor:
        yield visitor


async def applied(ada: Visitor) -> str:
    answer = await ada.post("/join", ADA)
    assert answer.status == 303, answer.text
    return answer.page


async def desk_page(rosa: Visitor) -> str:
    return (await rosa.get("/applications")).leads_to("/applications/")


def secret_headers(answer: Answer) -> tuple[str, str]:
    return answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"]


async def test_a_stranger_applies_answers_comes_in_and_publishes(
    coop: Coop, ada: Visitor, rosa: Visitor
) -> None:
    assert "Become a member" in (await ada.get("/")).text
    own = await applied(ada)
    page = await ada.get(own)
    assert "with the coop" in page.text
    assert "&lt;b&gt;ovens" in page.text
    assert secret_headers(page) == ("no-referrer", "noindex, nofollow")

    assert "Ada Brzezińska</bdi> would like to join" in (await rosa.get("/")).text
    desk = await desk_page(rosa)
    silent = await rosa.post(desk, {"do": "ask", "message": " "})
    assert silent.status == 422
    assert (await rosa.post(desk, {"do": "ask", "message": "Since when?"})).status == 303
    assert "Since when?" in (await ada.get(own)).text
    answered = await ada.post(own, {"do": "answer", "message": "Since 2019"})
    assert answered.status == 303
    assert (await rosa.post(desk, {"do": "admit", "message": "Welcome!"})).status == 303

    assert "Welcome!" in (await ada.get(own)).text
    link = (await ada.post(own, {"do": "enter"})).location
    assert link.startswith("/in/")
    assert (
        await ada.post(link, {"name": "Ada", "handle": "ada", "password": PASSWORD})
    ).status == 303
    listing = {"kind": "service", "title": "Windows", "visibility": "public", "do": "publish"}
    assert (await ada.post("/listings/new", listing)).status == 303
    assert "Windows" in (await ada.get("/mine")).text
    [member] = await coop.read(members.members)
    assert member.account_id is not None
    assert (await ada.post(own, {"do": "enter"})).status == 409


async def test_who_may_join_stands_beside_each_class_for_applicants_and_at_the_desk(
    coop: Coop, ada: Visitor, rosa: Visitor
) -> None:
    assert 'class="hint" dir="auto"' not in (await ada.get("/join")).text
    who = {
        MembershipClass.WORKER: Eligibility("Who is 18 & cleans."),
        MembershipClass.INVESTOR: Eligibility("Nobody yet."),
    }
    await coop.write(joining.set_form, msgspec.structs.replace(FORM, eligibility=who))
    page = (await ada.get("/join")).text
    beside = re.findall(r'<label class="pick">(.*?)</label>', page)
    assert re.search(r'value="worker".*lang="en">Who is 18 &amp; cleans\.</span>', beside[0])
    assert "hint" not in beside[1]
    assert "Nobody yet." not in page
    answer = await ada.post("/join", ADA | {"version": "2"})
    assert "Who is 18 &amp; cleans." in (await ada.get(answer.location)).text
    assert "Who is 18 &amp; cleans." in (await rosa.get(await desk_page(rosa))).text
    async with signed_in(coop, "femi", "admin") as femi:
        asked = await femi.get("/api/v1/applications/form")
        assert msgspec.json.decode(asked.text)["eligibility"] == {
            "worker": "Who is 18 & cleans.",
            "investor": "Nobody yet.",
        }


async def test_only_the_newest_way_in_of_an_applicant_opens_and_an_hour_has_a_few(
    ada: Visitor, rosa: Visitor, clock: FixedClock
) -> None:
    own = await applied(ada)
    await rosa.post(await desk_page(rosa), {"do": "admit"})
    ways = [await ada.post(own, {"do": "enter"}) for _nr in range(6)]
    assert [one.status for one in ways] == [303] * 5 + [429]
    assert "You have done this many times." in ways[5].text
    *before, newest = [one.location for one in ways[:5]]
    assert {(await ada.get(link)).status for link in before} == {410}
    assert (await ada.get(newest)).status == 200
    clock.advance(timedelta(hours=1))
    assert (await ada.post(own, {"do": "enter"})).status == 303
    assert (await ada.get(newest)).status == 410


async def test_nobody_agrees_to_what_they_have_not_read(coop: Coop, ada: Visitor) -> None:
    stricter = ConsentText("Our statutes", "Two votes for founders.", "2027-04")
    await coop.write(joining.set_form, Form(True, "", FORM.classes, FORM.questions, (stricter,)))
    answer = await ada.post("/join", ADA)
    assert answer.status == 409
    assert "Windows &amp;" in answer.text
    assert not re.search(r'name="consent-0"[^>]*checked', answer.text)
    assert await coop.read(joining.applications) == []


async def test_an_appeal_promises_somebody_else_only_where_there_is_somebody(
    coop: Coop, ada: Visitor, rosa: Visitor
) -> None:
    own, promise = await applied(ada), "Somebody who did not decide it"
    desk = await desk_page(rosa)
    await rosa.post(desk, {"do": "decline", "message": "No room."})
    assert promise not in (await ada.get(own)).text
    await ada.post(own, {"do": "appeal", "message": "I can wait."})
    assert 'value="uphold"' in (await rosa.get(desk)).text
    await add_account(coop, "sam", "secretary")
    page = (await rosa.get(desk)).text
    assert ('value="uphold"' in page, "You decided this yourself" in page) == (False, True)
    assert (await rosa.post(desk, {"do": "admit"})).status == 403


async def test_whoever_can_only_apply_anew_is_led_to_the_form(
    coop: Coop, ada: Visitor, rosa: Visitor, clock: FixedClock
) -> None:
    own, again = await applied(ada), '<a class="btn quiet" href="/join">'
    await rosa.post(await desk_page(rosa), {"do": "decline", "message": "No room."})
    page = (await ada.get(own)).text
    assert ('value="appeal"' in page, again in page) == (True, False)
    clock.advance(limits.APPLICATION_APPEAL)
    page = (await ada.get(own)).text
    assert ('value="appeal"' in page, again in page) == (False, True)
    assert "The time to ask for another look is over." in page
    taken_back = await applied(ada)
    await ada.post(taken_back, {"do": "withdraw"})
    assert again in (await ada.get(taken_back)).text
    await coop.write(joining.set_form, msgspec.structs.replace(FORM, is_open=False))
    assert again not in (await ada.get(taken_back)).text


async def test_letters_promise_somebody_else_only_where_the_page_does(
    coop: Coop, ada: Visitor, rosa: Visitor
) -> None:
    """Also of what was looked at twice by the only one who decides here."""
    async with letters_of(coop) as box:
        own = (await ada.post("/join", ADA | {"email": "ada@example.org"})).page
        desk = await desk_page(rosa)
        await rosa.post(desk, {"do": "decline", "message": "No room."})
        await coop.node.mail.settle()
        assert "somebody who did not decide it" not in box.text()
        assert "whoever decided it looks again" in box.text()
        assert "whoever decided it looks again" in (await ada.get(own)).text
        await ada.post(own, {"do": "appeal", "message": "I can wait."})
        await rosa.post(desk, {"do": "uphold", "message": "No room."})
        await coop.node.mail.settle()
        assert "Two people" not in box.text()
        assert "It was looked at twice, and stays declined." in box.text()


async def test_who_is_invited_as_a_member_agrees_to_what_applicants_agree_to(
    coop: Coop, ada: Visitor
) -> None:
    link = await coop.write(members.invite_new, "worker", roles={Role.MEMBER})
    page = (await ada.get(link.path)).text
    assert ("Our statutes" in page, "One member, one vote." in page) == (True, True)
    said = {"name": "Ada", "handle": "ada", "password": PASSWORD, "version": "1"}
    assert (await ada.post(link.path, said)).status == 422
    stale = await ada.post(link.path, said | {"version": "0", "consent-0": "y"})
    assert (stale.status, "has changed this form" in stale.text) == (409, True)
    assert await coop.read(members.members) == []
    assert (await ada.post(link.path, said | {"consent-0": "y"})).status == 303
    [member] = await coop.read(members.members)
    [agreed] = await coop.read(joining.agreed_to, member.id)
    assert (agreed.title, agreed.version) == ("Our statutes", "2027-03")
    assert "Our statutes" in (await ada.get("/account/data")).text


async def test_a_bookkeeper_who_is_no_member_agrees_to_no_statutes(
    coop: Coop, ada: Visitor
) -> None:
    link = await coop.write(accounts.issue_link, purpose="invite", roles={Role.TREASURER})
    assert "Our statutes" not in (await ada.get(link.path)).text
    said = {"name": "Ada", "handle": "ada", "password": PASSWORD}
    assert (await ada.post(link.path, said)).status == 303


@pytest.mark.parametrize(
    "fault",
    [
        {"name": ""},
        {"phone": ""},
        {"kind": "firm"},
        {"kind": "robot"},
        {"membership_class": "investor"},
        {"answer-0": ""},
        {"answer-0": "x" * 5000},
        {"consent-0": ""},
    ],
    ids=lambda fault: "-".join(map(str, next(iter(fault.items()))))[:20],
)
async def test_what_is_missing_is_told_beside_its_field(
    coop: Coop, ada: Visitor, fault: dict[str, str]
) -> None:
    answer = await ada.post("/join", ADA | fault)
    assert answer.status == 422
    assert 'class="err"' in answer.text
    assert await coop.read(joining.applications) == []


async def test_one_connection_sends_only_so_many(ada: Visitor) -> None:
    answers = [(await ada.post("/join", ADA)).status for _nr in range(6)]
    assert answers == [303] * 5 + [429]


# path, and what a stranger, a member, a secretary, a treasurer and an admin get when they do it
MAY_DO = {
    ("GET", "/applications"): (303, 403, 200, 403, 200),
    ("GET", "{application}"): (303, 403, 200, 403, 200),
    ("POST", "{application}"): (401, 403, 409, 403, 409),
    ("GET", "/applications/form"): (303, 403, 403, 403, 200),
    ("POST", "/applications/form"): (401, 403, 403, 403, 422),
    ("GET", "/members"): (303, 403, 200, 403, 200),
    ("GET", "/members/nothing-here"): (303, 403, 404, 403, 404),
    ("GET", "/members/contacts.vcf"): (303, 403, 200, 403, 200),
    ("POST", "/members/invite"): (401, 403, 403, 403, 422),
    ("GET", "/api/v1/members"): (401, 403, 200, 403, 200),
    ("GET", "/ledger"): (303, 403, 403, 200, 200),
}


async def test_who_may_do_what(coop: Coop, ada: Visitor, rosa: Visitor) -> None:
    made = await coop.write(
        joining.apply,
        Particulars("Ada", phone="1", answers=("x",)),
        membership_class="worker",
        agreed=[0],
    )
    got = {}
    async with (
        signed_in(coop, "jean") as member,
        signed_in(coop, "tariq", "treasurer") as treasurer,
        signed_in(coop, "femi", "admin") as admin,
    ):
        for method, path in MAY_DO:
            there = path.replace("{application}", f"/applications/{made.id}")
            options = {"data": {"do": "uphold", "message": "x"}} if method == "POST" else {}
            headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
            got[method, path] = tuple(
                [
                    (await who.ask(method, there, headers=headers, **options)).status
                    for who in (ada, member, rosa, treasurer, admin)
                ]
            )
    assert got == MAY_DO


async def test_a_secretary_shuts_no_admin_out(coop: Coop, rosa: Visitor) -> None:
    admin = await add_account(coop, "femi", "admin")
    member = await coop.write(
        members.add_member,
        name="Femi",
        membership_class="worker",
        account_id=admin.id,
        admit=members.Event.ADMIT,
    )
    ended = {"do": "end", "why": "expelled", "reason": "because", "close": "y"}
    assert (await rosa.post(f"/members/{member.id}", ended)).status == 403
    assert (await coop.read(members.member, member.id)).status == members.Status.ACTIVE
    assert (await rosa.post(f"/members/{member.id}", {"do": "pause"})).status == 403


async def test_the_form_is_written_on_its_page(coop: Coop, ada: Visitor) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/applications/form")).text
        assert "What can you do?" in page
        asked = {
            "intro": "Come!",
            "classes": "user",
            "is_open": "y",
            "questions-0-text": "Why us?",
            "questions-0-required": "y",
            "questions-1-text": "",
            "consents-0-title": "House rules",
            "consents-0-version": "",
            "consents-0-text": "",
        }
        unversioned = await femi.post("/applications/form", asked)
        assert unversioned.status == 422
        assert "Say which version" in unversioned.text
        versioned = asked | {"consents-0-version": "7"}
        long = versioned | {"eligibility-user": "x" * 501}
        refused = (await femi.post("/applications/form", long)).text
        [field] = re.findall(r"<textarea[^>]+aria-invalid[^>]+>", refused)
        assert 'name="eligibility-user"' in field
        assert re.findall(r'id="eligibility-user-err">.*?<span>(.*?)</span>', refused) == [
            "Use at most 500 characters."
        ]
        assert "Not yet" not in refused
        versioned |= {"eligibility-user": "Who is 16."}
        assert (await femi.post("/applications/form", versioned)).status == 303
        assert "Who is 16.</textarea>" in (await femi.get("/applications/form")).text
    page = (await ada.get("/join")).text
    assert "Why us?" in page
    assert "House rules" in page
    assert "Who is 16." in page
    version, form = await coop.read(joining.current_form)
    assert (version, form.classes, len(form.questions)) == (2, (MembershipClass.USER,), 1)


async def test_a_member_hears_of_a_new_version_of_what_they_agreed_to_and_reads_it(
    coop: Coop,
) -> None:
    [statutes] = FORM.consents

    async def ask(version: str, text: str) -> None:
        anew = ConsentText(statutes.title, text, version)
        await coop.write(joining.set_form, msgspec.structs.replace(FORM, consents=(anew,)))

    async with signed_in(coop, "ben") as ben, signed_in(coop, "rosa") as rosa:
        for handle in ("ben", "rosa"):
            account = await coop.read(accounts.by_handle, handle)
            await coop.write(members.enter_holder, account.id, "worker")
        version, _form = await coop.read(joining.current_form)
        account = await coop.read(accounts.by_handle, "ben")
        await coop.write(joining.agree_as_invited, account.id, version, "en")
        await ask(statutes.version, "One member, one vote!")
        assert "new version" not in (await ben.get("/notices")).text
        await ask("2028-01", "Two votes for <i>nobody</i>.")
        told = (await ben.get("/notices")).text
        assert "“Our statutes”, to which you agreed when you joined, has a new version" in told
        assert "/account/data#agree" in told
        page = (await ben.get("/account/data")).text
        assert "Two votes for &lt;i&gt;nobody&lt;/i&gt;." in page
        assert "You agreed to version <bdi>2027-03</bdi>." in page
        assert "new version" not in (await rosa.get("/notices")).text
        await ask(statutes.version, statutes.text)
        assert "new version" not in (await ben.get("/notices")).text
        assert "You agreed to version" not in (await ben.get("/account/data")).text


async def test_a_table_of_members_is_looked_at_then_entered_each_is_let_in_and_one_leaves(
    coop: Coop, ada: Visitor
) -> None:
    async with signed_in(coop, "femi", "admin") as femi:

        async def send(look: str) -> Answer:
            form = FormData({"look": look})
            table = b"name,class\nAda,worker\nJean,king\n"
            form.add_field("file", table, filename="members.csv", content_type="text/csv")
            return await femi.post("/members/import", form)

        looked = await send("dry")
        assert "What would happen" in looked.text
        assert "Choose from: worker" in looked.text
        assert await coop.read(members.members) == []
        await send("enter")
        [member] = await coop.read(members.members)
        page = await femi.post(f"/members/{member.id}/invite")
        [link] = set(re.findall(r"/in/[\w-]+", page.text))
        entered = await ada.post(link, {"name": "Ada", "handle": "ada", "password": PASSWORD})
        assert entered.status == 303
        assert (await femi.post(f"/members/{member.id}/invite")).status == 409

        there = f"/members/{member.id}"
        assert (await femi.post(there, {"do": "end", "reason": " "})).status == 422
        assert (await ada.get("/mine")).status == 200
        ended = {"do": "end", "why": "resigned", "reason": "moved away", "close": "y"}
        assert (await femi.post(there, ended)).status == 303
        page = (await femi.get(there)).text
        assert "moved away" in page
        assert re.findall(r"<strong>(Entered in the register|Active|Ended)</strong>", page) == [
            "Entered in the register",
            "Active",
            "Ended",
        ]
        assert (await ada.get("/mine")).status == 303  # signed out, the account is closed
        assert (await femi.post(there, ended)).status == 409

        done = (await femi.get("/audit")).text
        assert "the node by itself" in done
        assert "A member was admitted" in done
        assert "A link to come in by" not in (await femi.get(f"/audit?subject={member.id}")).text


async def test_a_class_that_is_full_is_told_where_somebody_would_be_admitted(
    coop: Coop, ada: Visitor, rosa: Visitor
) -> None:
    await applied(ada)
    rule = policies.MEMBERS_CLASS_MOST.name
    await coop.write(policies.choose, rule, ["worker=0"], by="operator")
    assert "worker (full: waiting list)" in (page := (await ada.get("/join")).text)
    assert "supporter (full" not in page
    async with signed_in(coop, "femi", "admin") as femi:
        into = {"membership_class": "worker", "role": "member"}
        refused = await femi.post("/members/invite", into)
        assert (refused.status, "at most 0 members" in refused.text) == (422, True)
        assert '<a href="/policies/members.class_most">How many members' in refused.text
        rule_page = (await femi.get("/policies/members.class_most")).text
        assert "<h1>How many members a class may have" in rule_page
        assert "<strong>worker: 0</strong>" in rule_page
        free = into | {"membership_class": "supporter"}
        assert "qr-sheet" in (await femi.post("/members/invite", free)).text
    desk = await desk_page(rosa)
    full = await rosa.post(desk, {"do": "admit"})
    assert full.status == 409
    assert "Put them on the waiting list" in full.text
    assert (await rosa.post(desk, {"do": "waitlist"})).status == 303
    await coop.write(policies.choose, rule, ["worker=1"], by="operator")
    assert (await rosa.post(desk, {"do": "admit"})).status == 303


async def test_who_decides_after_somebody_else_reads_that_it_is_decided(
    ada: Visitor, rosa: Visitor
) -> None:
    await applied(ada)
    page = await desk_page(rosa)
    assert (await rosa.post(page, {"do": "admit", "message": "Welcome!"})).status == 303
    late = await rosa.post(page, {"do": "decline", "message": "No room."})
    assert late.status == 409
    assert "and that is final" in late.text.partition('role="alert"')[2]
