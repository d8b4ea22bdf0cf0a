"""What people say of themselves for one agreement: sealed, shown to whom it is for, forgotten.

It stays on this node. Only with the person's own tick does the other coop get name and contact, and
then by a signed fetch once the terms are agreed, never inside a message (`sharing`); the few words
that they add, and the answers to what the listing asks, go to it as a message (`saying`).
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import delete, insert, select, update

from federation.ambient import Entropy, secret
from federation.storage import Reader, UnitOfWork
from node import content, limits, vault
from node.agreements.answers import Answer
from node.agreements.models import contact_table
from node.agreements.sides import Role
from node.errors import InvalidInput
from node.i18n import Text, _

CONTACT_WORDS: Mapping[str, Text] = {"name": _("Name"), "contact": _("How to be reached")}
"""What another coop can be told, by its name in the hand-off."""
_c = contact_table.c


class Contact(Struct, frozen=True):
    """A name, how to be reached, a few words. shared: the other side may have name and contact."""

    name: str = ""
    contact: str = ""
    message: str = ""
    shared: bool = False
    answers: tuple[Answer, ...] = ()
    """To the questions of the listing."""


class MadeContact(Struct, frozen=True):
    """A contact that was stored. secret: the last part of a guest's link, told once."""

    id: str
    secret: str | None


class SharedView(Struct, frozen=True):
    """What became of a contact that the other coop may have, or might have had."""

    told_at: datetime
    withdrawn_at: datetime | None
    deleted_at: datetime | None


async def keep(
    uow: UnitOfWork,
    agreement_id: str,
    role: Role,
    said: Contact,
    *,
    guest: bool,
    id_: str,
    link: str,
) -> MadeContact:
    """Seal what somebody said; a guest gets a link, of which `link` is the secret.

    Raises InvalidInput.
    """
    tidy = _tidy(said, guest=guest)
    value = link if guest else None
    told: dict[str, Any] = {
        "name": tidy.name,
        "contact": tidy.contact,
        "message": tidy.message,
    }
    if said.answers:
        told["answers"] = [asdict(one) for one in said.answers]
    await uow.execute(
        insert(contact_table).values(
            id=id_,
            agreement_id=agreement_id,
            role=role.value,
            box=await vault.seal(uow, id_, told),
            shared=tidy.shared,
            secret_digest=digest_of(value) if value else None,
            created_at=uow.now,
        )
    )
    return MadeContact(id_, value)


def link_for(entropy: Entropy, key: str | None) -> str:
    """The secret of a guest's link: of the key of the form, so that asking twice tells it twice."""
    if key is None:
        return secret(entropy, limits.LINK_SECRET_BYTES)
    made = sha256(f"link {key}".encode()).digest()[: limits.LINK_SECRET_BYTES]
    return base64.urlsafe_b64encode(made).decode("ascii")


async def receive(uow: UnitOfWork, agreement_id: str, role: Role, said: Contact) -> None:
    """Seal what the other coop handed out about whoever stands on its side, in place of before."""
    await forget(uow, agreement_id, role)
    before = delete(contact_table).where(_c.agreement_id == agreement_id, _c.role == role)
    await uow.execute(before)
    fresh = uow.new_id()
    told = {"name": said.name, "contact": said.contact, "message": ""}
    await uow.execute(
        insert(contact_table).values(
            id=fresh,
            agreement_id=agreement_id,
            role=role.value,
            box=await vault.seal(uow, fresh, told),
            shared=True,
            secret_digest=None,
            created_at=uow.now,
        )
    )


async def mark(uow: UnitOfWork, agreement_id: str, role: Role, **columns: Any) -> None:
    """Note whether a side shares what it said, and what became of that."""
    theirs = update(contact_table).where(_c.agreement_id == agreement_id, _c.role == role)
    await uow.execute(theirs.values(**columns))


async def shared_of(reader: Reader, agreement_id: str, role: Role) -> SharedView | None:
    """What became of a side's contact; None if the other coop was never told of it."""
    chosen = select(_c.told_at, _c.withdrawn_at, _c.deleted_at).where(
        _c.agreement_id == agreement_id, _c.role == role, _c.told_at.is_not(None)
    )
    rows = await reader.rows(chosen.order_by(_c.id.desc()).limit(1))
    return SharedView(*rows[0]) if rows and rows[0].told_at else None


async def contact_of(reader: Reader, agreement_id: str, role: Role) -> Contact | None:
    """What a side said of itself; None if nothing, or if it was forgotten."""
    chosen = select(contact_table).where(_c.agreement_id == agreement_id, _c.role == role)
    rows = await reader.rows(chosen.order_by(_c.id.desc()).limit(1))
    if not rows:
        return None
    told = await vault.unseal(reader, rows[0].id, rows[0].box)
    if told is None:
        return None
    answers = tuple(Answer(**one) for one in told.get("answers", ()))
    return Contact(told["name"], told["contact"], told["message"], rows[0].shared, answers)


async def forget(uow: UnitOfWork, agreement_id: str, role: Role | None = None) -> None:
    """Destroy what people, or those on one side, said; the agreement itself stays."""
    chosen = select(_c.id).where(_c.agreement_id == agreement_id)
    if role is not None:
        chosen = chosen.where(_c.role == role)
    ids = await uow.scalars(chosen)
    if ids:
        await vault.destroy(uow, *ids)


async def of_secret(reader: Reader, value: str) -> tuple[str, str] | None:
    """The agreement and the contact behind a guest's link."""
    chosen = select(_c.agreement_id, _c.id).where(_c.secret_digest == digest_of(value))
    rows = await reader.rows(chosen)
    return (rows[0].agreement_id, rows[0].id) if rows else None


def digest_of(value: str) -> str:
    """What is kept of a link's secret."""
    return sha256(value.encode()).hexdigest()


def _tidy(said: Contact, *, guest: bool) -> Contact:
    longest = limits.CONTACT_LINE_LONGEST
    tidy = Contact(
        name=content.name(said.name, longest),
        contact=content.name(said.contact, longest),
        message=content.paragraphs(said.message, limits.CONTACT_MESSAGE_LONGEST),
        shared=said.shared,
    )
    faults: dict[str, list[Text]] = {}
    if guest and not tidy.name:
        faults["name"] = [_("Say your name, so that they know whom to expect.")]
    if guest and not tidy.contact:
        faults["contact"] = [_("Say how you can be reached: a telephone number or an address.")]
    if faults:
        raise InvalidInput(faults)
    return tidy
