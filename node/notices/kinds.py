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
    REFERRAL_WRITTEN = "referral-written"
    REFERRAL_CONSENTED = "referral-consented"
    REFERRAL_ASKED = "referral-asked"
    REFERRAL_ANSWER_SOON = "referral-answer-soon"
    REFERRAL_ACCEPTED = "referral-accepted"
    REFERRAL_ON_HOLD = "referral-on-hold"
    REFERRAL_WENT_ON = "referral-went-on"
    REFERRAL_BACK = "referral-back"
    REFERRAL_FAILED = "referral-failed"
    REFERRAL_COMPLETED = "referral-completed"
    REFERRAL_CLOSED = "referral-closed"
    REFERRAL_WITHDRAWN = "referral-withdrawn"
    REFERRAL_DELETED = "referral-deleted"


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
    NoticeKind.REFERRAL_WRITTEN: _("A member asks to pass somebody on to another coop."),
    NoticeKind.REFERRAL_CONSENTED: _("The person said yes: the referral can be sent."),
    NoticeKind.REFERRAL_ASKED: _("%(name)s passes somebody on to us: please answer by %(when)s."),
    NoticeKind.REFERRAL_ANSWER_SOON: _("%(name)s waits for our answer until %(when)s."),
    NoticeKind.REFERRAL_ACCEPTED: _("%(name)s takes over the person we passed on."),
    NoticeKind.REFERRAL_ON_HOLD: _("%(name)s needs more time before it can say yes or no."),
    NoticeKind.REFERRAL_WENT_ON: _("%(name)s is asked now, as the person agreed."),
    NoticeKind.REFERRAL_BACK: _("%(name)s cannot take it, and nobody else is in line."),
    NoticeKind.REFERRAL_FAILED: _("%(name)s could not help in the end."),
    NoticeKind.REFERRAL_COMPLETED: _("%(name)s says it is done: please confirm."),
    NoticeKind.REFERRAL_CLOSED: _("A referral with %(name)s is closed by both coops."),
    NoticeKind.REFERRAL_WITHDRAWN: _("A referral with %(name)s was taken back."),
    NoticeKind.REFERRAL_DELETED: _("%(name)s confirmed that it deleted what it was told."),
}


def sentence(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    """The sentence of a notice with its names filled in."""
    return LazyString(_SENTENCES[kind].message, values=values)
