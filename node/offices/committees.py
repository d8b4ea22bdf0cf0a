"""What committees are for: what each decides, by which decision it was set up, and until when. Who
has a seat in one stands among the offices, under its name."""

from datetime import date
from difflib import get_close_matches

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits
from node.errors import InvalidInput, NotFound
from node.i18n import Text, _
from node.offices.models import committee_table
from node.offices.queries import Holding, holdings, spelled
from node.offices.rules import Office, Standing, fault_of_name, key_of

_c = committee_table.c
_NEAR = 0.8
"""One letter wrong of five, or one missing of three (`difflib`): a slip, or the plural."""


class Committee(Struct, frozen=True):
    """A committee with its seats, those that are over last. id: None while nobody said what it is
    for; ends_on: the first day on which it is over, if it was set up for a time."""

    id: str | None
    name: str
    purpose: str
    decision: str
    ends_on: date | None
    seats: tuple[Holding, ...]
    is_over: bool

    @property
    def held(self) -> list[Holding]:
        return [one for one in self.seats if one.standing is Standing.HELD]


async def committees(reader: Reader) -> list[Committee]:
    """Those that have a purpose or somebody with a seat, by name."""
    seats: dict[str, list[Holding]] = {}
    for one in await holdings(reader, offices=[Office.COMMITTEE]):
        seats.setdefault(key_of(one.name), []).append(one)
    rows = {row.key: row for row in await reader.rows(select(committee_table))}
    today = reader.now.date()
    found = []
    for key in sorted(rows.keys() | seats.keys()):
        row, theirs = rows.get(key), tuple(seats.get(key, ()))
        if row is None and not any(one.standing is not Standing.OVER for one in theirs):
            continue
        found.append(
            Committee(
                row.id if row else None,
                row.name if row else theirs[0].name,
                row.purpose if row else "",
                row.decision if row else "",
                row.ends_on if row else None,
                theirs,
                row is not None and row.ends_on is not None and row.ends_on <= today,
            )
        )
    return found


async def committee(reader: Reader, committee_id: str) -> Committee:
    """Raises NotFound."""
    found = next((one for one in await committees(reader) if one.id == committee_id), None)
    if found is None:
        raise NotFound(_("There is no such committee."))
    return found


async def nearly_called(reader: Reader, name: str) -> str | None:
    """The committee that somebody may mean who types this; None where one is called so, or none
    nearly so."""
    known = {key_of(one.name): one.name for one in await committees(reader)}
    if key_of(name) in known:
        return None
    near = get_close_matches(key_of(name), known, n=1, cutoff=_NEAR)
    near = near or [one for one in known if _says_more(one, key_of(name))]
    return known[near[0]] if near else None


async def set_committee(
    uow: UnitOfWork,
    name: str,
    *,
    purpose: str,
    decision: str,
    ends_on: date | None = None,
    by: str = audit.OPERATOR,
) -> str:
    """Say what a committee is for; one of this name that is known has it said anew, and keeps its
    capitals. Returns its id.
    Raises InvalidInput by field."""
    said = {"name": " ".join(name.split()), "decision": " ".join(decision.split())}
    said["purpose"] = purpose.strip()
    _check(said)
    if ends_on is not None and ends_on <= uow.now.date():
        raise InvalidInput({"ends_on": [_("Choose a later day.")]})
    known = await uow.scalar(select(_c.id).where(_c.key == key_of(name)))
    said["name"] = await spelled(uow, said["name"])
    committee_id: str = known or uow.new_id()
    values = {**said, "key": key_of(name), "ends_on": ends_on, "said_at": uow.now}
    if known is None:
        await uow.execute(insert(committee_table).values(id=committee_id, **values))
    else:
        await uow.execute(update(committee_table).where(_c.id == committee_id).values(values))
    await audit.record(uow, by, "offices.set-committee", committee_id, {"name": said["name"]})
    return committee_id


async def drop_committee(uow: UnitOfWork, committee_id: str, *, by: str) -> None:
    """Forget what a committee was for; who has a seat in it keeps that. Raises NotFound."""
    one = await committee(uow, committee_id)
    await uow.execute(delete(committee_table).where(_c.id == committee_id))
    await audit.record(uow, by, "offices.drop-committee", committee_id, {"name": one.name})


def _says_more(one: str, other: str) -> bool:
    """Whether one of two names is the other with a word more: Garden, Garden committee."""
    words, others = set(one.split()), set(other.split())
    return bool(words and others) and (words < others or others < words)


def _check(said: dict[str, str]) -> None:
    faults: dict[str, list[Text]] = {}
    if not said["name"]:
        faults["name"] = [_("Say what the committee is called.")]
    if fault := fault_of_name(said["name"]):
        faults["name"] = [fault]
    if not said["purpose"]:
        faults["purpose"] = [_("Say what it decides.")]
    if not said["decision"]:
        faults["decision"] = [_("Say who decided so, and when, such as: general meeting, 12 May.")]
    for field in ("name", "decision"):
        if len(said[field]) > limits.OFFICE_WORDS_LONGEST:
            faults[field] = [_("This is too long.")]
    if len(said["purpose"]) > limits.COMMITTEE_PURPOSE_LONGEST:
        faults["purpose"] = [_("This is too long.")]
    if faults:
        raise InvalidInput(faults)
