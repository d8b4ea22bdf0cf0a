"""Joining, by API: what the coop asks, who applied, what is decided."""

from node import joining
from node.errors import InvalidInput
from node.i18n import _
from node.joining import (
    Actor,
    ApplicationView,
    ConsentText,
    Eligibility,
    Form,
    Particulars,
    Question,
    Status,
)
from node.members import Kind, MembershipClass
from ui.web.api import application_types as types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.sponsoring import sponsors

table = EndpointTable()


@table.add(
    "GET",
    "/applications/form",
    "What the coop asks of whoever would like to join",
    answer=types.JoiningForm,
)
async def form(call: Call) -> types.JoiningForm:
    return await _form(call)


@table.add(
    "POST",
    "/applications/form",
    "Ask this from now on; open applications keep their form",
    scope="admin",
    body=types.JoiningForm,
    answer=types.JoiningForm,
    example={
        "open": True,
        "classes": ["worker", "supporter"],
        "questions": [{"text": "What can you do?"}],
        "consents": [{"title": "Our statutes", "version": "2027-03"}],
        "sponsors": 2,
        "eligibility": {"worker": "Who is 18 and cleans with us."},
    },
)
async def ask(call: Call) -> types.JoiningForm:
    given: types.JoiningForm = call.body
    asked = Form(
        given.open,
        given.intro,
        tuple(MembershipClass(name) for name in given.classes),
        tuple(Question(one.text, one.required) for one in given.questions),
        tuple(ConsentText(one.title, one.text, one.version) for one in given.consents),
        call.node.config.language,
        sponsors=given.sponsors,
        eligibility={
            MembershipClass(name): Eligibility(text) for name, text in given.eligibility.items()
        },
    )
    await call.node.write(lambda uow: joining.set_form(uow, asked, by=call.account.id))
    return await _form(call)


@table.add(
    "GET",
    "/applications",
    "Who would like to join, the newest first",
    scope="members:read",
    query=types.ApplicationSearch,
    answer=types.ApplicationList,
)
async def applications(call: Call) -> types.ApplicationList:
    asked: types.ApplicationSearch = call.query
    async with call.node.reading() as reader:
        found = await joining.applications(
            reader, _statuses(asked.status), before=asked.cursor, limit=asked.limit + 1
        )
    shown = found[: asked.limit]
    more = shown[-1].id if len(found) > asked.limit else None
    return types.ApplicationList([_application(one) for one in shown], more)


@table.add(
    "POST",
    "/applications",
    "Enter an application that came on paper",
    scope="members:write",
    body=types.ApplicationNew,
    answer=types.Applied,
    status=201,
    example={
        "name": "Ada Brzezińska",
        "membership_class": "worker",
        "phone": "+44 1706 524920",
        "answers": ["Windows"],
        "agreed": True,
    },
)
async def enter(call: Call) -> types.Applied:
    given: types.ApplicationNew = call.body
    async with call.node.reading() as reader:
        _version, asked = await joining.current_form(reader)
    applied = await call.node.write(
        lambda uow: joining.apply(
            uow,
            Particulars(
                given.name, given.email, given.phone, given.representative, tuple(given.answers)
            ),
            membership_class=given.membership_class,
            kind=Kind(given.kind),
            agreed=range(len(asked.consents)) if given.agreed else (),
            by=call.account.id,
        )
    )
    return types.Applied(applied.id, f"{call.node.config.address}{applied.path}")


@table.add(
    "GET",
    "/applications/{id}",
    "One application: what was written, agreed to, asked and decided",
    scope="members:read",
    answer=types.WholeApplication,
)
async def one(call: Call) -> types.WholeApplication:
    async with call.node.reading() as reader:
        seen = await joining.whole(reader, call.path["id"])
        vouching = sponsors(await joining.sponsors(reader, call.path["id"]))
    given = seen.application.given
    return types.WholeApplication(
        _application(seen.application),
        given.representative if given else None,
        given.email if given else None,
        given.phone if given else None,
        [types.Answer(question.text, answer) for question, answer in seen.answered],
        [types.Agreed(one.title, one.version, one.at, one.language) for one in seen.consents],
        [types.Event(step.event, step.by_name, step.at, step.message) for step in seen.steps],
        vouching.needed,
        vouching.items,
    )


@table.add(
    "POST",
    "/applications/{id}/steps",
    "Ask for more, admit, decline, put on the waiting list",
    scope="members:write",
    body=types.ApplicationStep,
    answer=types.Application,
    example={"step": "ask", "message": "Since when do you do that?"},
)
async def step(call: Call) -> types.Application:
    given: types.ApplicationStep = call.body
    done = await call.node.write(
        lambda uow: joining.step(
            uow,
            call.path["id"],
            joining.Event(given.step),
            actor=Actor.REVIEWER,
            by=call.account.id,
            message=given.message,
            why=given.why,
        )
    )
    return _application(done)


async def _form(call: Call) -> types.JoiningForm:
    async with call.node.reading() as reader:
        _version, asked = await joining.current_form(reader)
    return types.JoiningForm(
        open=asked.is_open,
        intro=asked.intro,
        classes=list(asked.classes),  # type: ignore[arg-type]
        questions=[types.Question(text=one.text, required=one.required) for one in asked.questions],
        consents=[
            types.Consent(title=one.title, version=one.version, text=one.text)
            for one in asked.consents
        ],
        sponsors=asked.sponsors,
        eligibility={name: said.text for name, said in asked.eligibility.items()},  # type: ignore[misc]
    )


def _statuses(name: str | None) -> tuple[Status, ...]:
    if name is None:
        return joining.UNDER_WAY
    try:
        return (Status(name),)
    except ValueError:
        names = ", ".join(Status)
        raise InvalidInput({"status": [_("Choose from: %(names)s.", names=names)]}) from None


def _application(seen: ApplicationView) -> types.Application:
    return types.Application(
        seen.id,
        seen.given.name if seen.given else None,
        seen.kind,
        seen.membership_class,
        seen.status,
        [event.value for event in seen.possible(Actor.REVIEWER)],
        seen.member_id,
        seen.created_at,
        seen.due_at,
    )
