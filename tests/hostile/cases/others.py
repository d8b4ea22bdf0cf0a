"""At what is somebody else's, by its true address: a vote, letters, an agreement, what they tell of
themselves."""

from node import accounts, profiles
from node.profiles import Audience, Field, Line
from tests.hostile.cases.pages import FORM
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.stories.council import CLASSES, Council
from tests.stories.market import offer
from tests.support.town import Town
from tests.ui.web.visitor import FROM_OURS, Answer, signed_in

rows = Rows()
JSON = FROM_OURS | {"Content-Type": "application/json"}


@rows.attack("UIX-12", "whatever it is")
async def whatever_is_somebody_elses(siege: Siege) -> None:
    """A member and a stranger at what two others have with each other, and at the coop's vote."""
    proposal, theirs = await _proposal(siege), await _dealings(siege)
    asked = {
        **dict.fromkeys(theirs, ("", FROM_OURS | FORM)),
        f"/council/proposals/{proposal}/ballot": ("choice=yes", FROM_OURS | FORM),
        f"/api/v1/proposals/{proposal}/ballots": ('{"choice": "yes"}', JSON),
    }
    for visitor in (siege.nobody, siege.rosa):
        for path, (body, told) in asked.items():
            for method in ("GET", "POST") if path in theirs else ("POST",):
                sent = body.encode() if method == "POST" else None
                async with siege.nothing_happens():
                    answer = await visitor.ask(method, path, data=sent, headers=told)
                assert "Secret" not in answer.text, (method, path)
                is_page = path.startswith("/people/") and method == "GET"
                allowed = (200, 303, 404) if is_page else (303, 401, 403, 404, 405)
                assert answer.status in allowed, (method, path, answer.status)
                if answer.status == 303:
                    assert answer.location.startswith("/sign-in"), (method, path)


async def _dealings(siege: Siege) -> list[str]:
    """The addresses of what a seller and a buyer have with each other."""
    names = [f"{role}{siege.number()}" for role in ("seller", "buyer")]
    async with signed_in(siege.coop, names[0]), signed_in(siege.coop, names[1]) as buyer:
        seller = await siege.coop.read(accounts.by_handle, names[0])
        siege.secrets.update(buyer.cookies.values())
        shown = {Field.NAME: Line("Olive", Audience.COOP)}
        told = shown | {Field.ABOUT: Line("Secret illness", Audience.PRIVATE)}
        soul = (await siege.coop.write(profiles.tell, seller.id, told)).id
        bread = await offer(siege.coop, "Bread", by=seller.id)
        asking = {"do": "send", "message": "Secret wish"}
        agreement = _last(await buyer.post(f"/listings/{bread.id}/ask", asking))
        letter = {"text": "Secret question"}
        thread = _last(await buyer.post(f"/write?listing={bread.id}", letter))
    return [
        f"/people/{soul}",
        f"/agreements/{agreement}",
        f"/agreements/{agreement}/receipt",
        f"/threads/{thread}",
        f"/api/v1/agreements/{agreement}",
        f"/api/v1/threads/{thread}",
    ]


async def _proposal(siege: Siege) -> str:
    """The federation's that it begins."""
    town = Town(siege.town.coops[:2], siege.clock)
    two = await Council(town, "lanehead", CLASSES).found()
    return await two.submitted("lanehead")


def _last(answer: Answer) -> str:
    """The id at the end of the address that an answer leads to."""
    assert answer.status == 303, answer.text
    return answer.page.rpartition("/")[2]
