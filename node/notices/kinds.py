"""The sentences of notices. To add a kind: a member here and its sentence below."""

from collections.abc import Mapping
from enum import StrEnum

from node.i18n import LazyString, _


class NoticeKind(StrEnum):
    """What a notice tells."""

    PEER_ASKS = "peer-asks"
    PEER_ACCEPTED = "peer-accepted"
    PEER_DECLINED = "peer-declined"
    PEER_LEFT = "peer-left"
    PEER_KEY_CHANGED = "peer-key-changed"
    PEER_MOVED = "peer-moved"
    PEER_CLAIMS = "peer-claims"


_SENTENCES: Mapping[NoticeKind, LazyString] = {
    NoticeKind.PEER_ASKS: _("%(name)s asks to be in touch with us."),
    NoticeKind.PEER_ACCEPTED: _("%(name)s is in touch with us now."),
    NoticeKind.PEER_DECLINED: _("%(name)s does not want to be in touch for now."),
    NoticeKind.PEER_LEFT: _("%(name)s is no longer in touch with us."),
    NoticeKind.PEER_KEY_CHANGED: _(
        "%(name)s has a new key, so its pattern has changed. Ask them whether that is right."
    ),
    NoticeKind.PEER_MOVED: _("%(name)s has a new address: %(address)s."),
    NoticeKind.PEER_CLAIMS: _(
        "%(address)s says that it is %(name)s, whose address is lost. Ask them, then decide."
    ),
}


def sentence(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    """The sentence of a notice with its names filled in."""
    return LazyString(_SENTENCES[kind].message, values=values)
