"""Putting right what the register says of somebody (GDPR Art. 16). An entry is added; none that
stands there is rewritten."""

from collections.abc import Mapping

from federation.storage import Reader, UnitOfWork
from node import audit, notices
from node.accounts import Duty
from node.accounts.rules import check_name
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.members.models import Member
from node.members.queries import MemberView, stored_member, view
from node.members.register import append
from node.members.rules import FORGOTTEN, Kind, check_line, check_representative
from node.notices import NoticeKind

CONTACT = ("email", "phone", "address")
FIELD_WORDS: Mapping[str, Text] = {
    "name": _("Name"),
    "representative": _("Speaks for the firm"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "address": _("Address"),
}
"""What can be put right: anybody's own is CONTACT, the rest is for who keeps the register."""
_WAS = "was-"


async def correct(
    uow: UnitOfWork,
    member_id: str,
    said: Mapping[str, str],
    *,
    by: str = audit.OPERATOR,
    reason: str = "",
) -> MemberView:
    """Say it as it is. said: by field, those alone that are put right; "" takes one away.

    How they were called before stays in their history, sealed; how they were reached does not.
    Raises NotFound, InvalidInput by field, Conflict for who was forgotten.
    """
    row = await stored_member(uow, member_id)
    if row.name == FORGOTTEN:
        raise Conflict(_("This member was forgotten."), "member-forgotten")
    wanted = _checked(row, said)
    changed = {field: text for field, text in wanted.items() if text != getattr(row, field)}
    if not changed:
        return view(row)
    before = {_WAS + one: "" if one in CONTACT else getattr(row, one) or "" for one in changed}
    for field, text in changed.items():
        setattr(row, field, text)
    await uow.session.flush()
    await append(uow, row, "correct", by, reason, before)
    if "name" in changed:
        await notices.withdraw(uow, NoticeKind.REGISTER_NAME_ASKED, member_id)
    if row.account_id is not None and row.account_id != by:
        await notices.give(uow, NoticeKind.REGISTER_CORRECTED, member_id, to_account=row.account_id)
    return view(row)


async def ask_for_name(uow: UnitOfWork, member_id: str, name: str) -> None:
    """A member asks whoever keeps the register to call them so. Raises InvalidInput."""
    row = await stored_member(uow, member_id)
    wanted = check_name(name)
    if wanted == row.name:
        raise InvalidInput({"name": [_("So you are called there already.")]})
    told = {"name": row.name, "wanted": wanted}
    await notices.give_each(uow, NoticeKind.REGISTER_NAME_ASKED, member_id, Duty.MEMBERS, **told)


async def name_asked(reader: Reader, member_id: str) -> str | None:
    """How a member asks to be called, as long as nobody has said yes or no."""
    told = await notices.said(reader, NoticeKind.REGISTER_NAME_ASKED, member_id)
    return told["wanted"] if told else None


async def leave_name(uow: UnitOfWork, member_id: str, *, by: str) -> None:
    """Whoever keeps the register has looked, and calls the member as before; they hear of it.
    Raises NotFound; nothing happens where nobody has asked."""
    row = await stored_member(uow, member_id)
    if await name_asked(uow, member_id) is None:
        return
    await notices.withdraw(uow, NoticeKind.REGISTER_NAME_ASKED, member_id)
    await audit.record(uow, by, "members.leave-name", member_id)
    if row.account_id is not None:
        kind = NoticeKind.REGISTER_NAME_LEFT
        await notices.give(uow, kind, member_id, to_account=row.account_id, name=row.name)


def corrected(details: Mapping[str, str]) -> list[tuple[Text, str]]:
    """What a line of the history put right, in words, and what stood there before."""
    said = [(words, details.get(_WAS + field)) for field, words in FIELD_WORDS.items()]
    return [(words, was) for words, was in said if was is not None]


def _checked(row: Member, said: Mapping[str, str]) -> dict[str, str | None]:
    wanted: dict[str, str | None] = {
        field: check_line(said[field], field) for field in CONTACT if field in said
    }
    if "name" in said:
        wanted["name"] = check_name(said["name"])
    if "representative" in said:
        wanted["representative"] = check_representative(Kind(row.kind), said["representative"])
    return wanted
