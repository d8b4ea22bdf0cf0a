"""Comments as Notes, words about hiding them, and how both reach the members' nodes."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node import content, council, group
from node.council import FederationView
from node.deliberation.life import Act
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from protocol.vocabulary.comments import CommentOnWire, comment_note
from protocol.vocabulary.council import CouncilMessage, council_document

MODERATION = "councilModeration"
_NAMES = {
    Act.HIDE: "A comment is hidden",
    Act.APPEAL: "Please look at it again",
    Act.UPHOLD: "It stays hidden",
    Act.SHOW: "It is shown again",
}


class Audience(Struct, frozen=True):
    """Whom a discussion is for: the members' nodes, and everybody if the proposal is public."""

    members: tuple[str, ...]
    is_public: bool

    @property
    def to(self) -> tuple[str, ...]:
        return (PUBLIC,) if self.is_public else self.members

    @property
    def cc(self) -> tuple[str, ...]:
        return self.members if self.is_public else ()


def thread(charter: str, proposal: str) -> str:
    """The name of a discussion, whoever keeps the log."""
    return f"urn:rochdale:{charter}:{proposal}"


def read_thread(context: str) -> tuple[str, str] | None:
    """The charter's digest and the proposal's name in such a name."""
    head, _colon, rest = context.partition("urn:rochdale:")
    charter, colon, proposal = rest.partition(":")
    return (charter, proposal) if not head and colon and charter and proposal else None


def comment_uri(reader: Reader, comment_id: str) -> str:
    """The address of a comment that was written here."""
    return f"{reader.identities.base}/comments/{comment_id}"


async def audience(reader: Reader, federation: FederationView, proposal: str) -> Audience:
    """Whom it is for as things stand."""
    view = await council.named(reader, federation.id, proposal)
    ours = reader.identities.coop.uri
    others = tuple(each.coop for each in federation.members if each.coop != ours)
    return Audience(others, view is not None and view.is_public)


def note(row: Row[Any], federation: FederationView, to: Audience) -> dict[str, Any]:
    """The Note of a comment."""
    charter = str(federation.digest)
    text = row.said.decode()
    return comment_note(
        CommentOnWire(
            uri=row.uri,
            attributed_to=row.coop,
            byline=row.byline,
            context=thread(charter, row.proposal),
            in_reply_to=row.parent or group.question_uri(federation.host, charter, row.proposal),
            content_html=content.markdown_html(text),
            markdown=text,
            published=row.published_at,
            updated=row.edited_at,
            to=to.to,
            cc=to.cc,
        )
    )


async def tell(uow: UnitOfWork, row: Row[Any], federation: FederationView) -> None:
    """Tell the members' nodes of a comment of ours, or of its new words."""
    to = await audience(uow, federation, row.proposal)
    document, ours = note(row, federation, to), uow.identities.coop.uri
    make = activities.update if row.edited_at else activities.create
    said = make("", ours, document, to.to, to.cc)
    await outbox.publish(uow, said, to_actors=to.members, object_uri=row.uri, listed=to.is_public)


async def tell_erased(uow: UnitOfWork, row: Row[Any], federation: FederationView) -> None:
    """Ask the members' nodes to forget a comment of ours."""
    to = await audience(uow, federation, row.proposal)
    ours = uow.identities.coop.uri
    said = activities.delete("", ours, row.uri, "Note", uow.now, to.to, to.cc)
    await outbox.forget(uow, [row.uri])
    await outbox.publish(uow, said, to_actors=to.members, object_uri=row.uri, listed=to.is_public)


async def tell_act(uow: UnitOfWork, act: Act, facts: dict[str, Any], to: Iterable[str]) -> None:
    """Tell coops what we did about a comment, or ask of it; our own address is passed over."""
    ours = uow.identities.coop.uri
    others = tuple(sorted({coop for coop in to if coop != ours}))
    if not others:
        return
    uri = f"{uow.identities.base}/council/{uow.new_id()}"
    facts = facts | {"act": act.value}
    message = CouncilMessage(
        uri, MODERATION, ours, uow.now, _NAMES[act], facts, about=facts["comment"]
    )
    activity = activities.create("", ours, council_document(message), others)
    await outbox.publish(uow, activity, to_actors=others, object_uri=facts["comment"], listed=False)
