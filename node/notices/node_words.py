"""What is told of other coops and of the node itself."""

from collections.abc import Mapping

from node.i18n import LazyString, _
from node.notices.kinds import NoticeKind

NODE_WORDS: Mapping[NoticeKind, LazyString] = {
    NoticeKind.PEER_ASKS: _("%(name)s asks to be in touch with us."),
    NoticeKind.PEER_ACCEPTED: _("%(name)s is in touch with us now."),
    NoticeKind.PEER_DECLINED: _("%(name)s does not want to be in touch for now."),
    NoticeKind.PEER_LEFT: _("%(name)s is no longer in touch with us."),
    NoticeKind.PEER_KEY_CHANGED: _(
        "%(name)s has a new key, so its pattern has changed. Ask them whether that is right."
    ),
    NoticeKind.PEER_TOLD_TWICE: _(
        "%(name)s sent two different messages under one id. The first one counts; ask them what "
        "went wrong."
    ),
    NoticeKind.PEER_MOVED: _("%(name)s has a new address: %(address)s."),
    NoticeKind.PEER_CLAIMS: _(
        "%(address)s says that it is %(name)s, whose address is lost. Ask them, then decide."
    ),
    NoticeKind.WEBHOOK_OFF: _(
        "The program at %(name)s does not answer any more, so it is not told of anything now."
    ),
    NoticeKind.MAIL_WAITS: _(
        "Letters by e-mail have waited for more than an hour. See what %(name)s, the mail server, "
        "says."
    ),
    NoticeKind.NODE_RESTORED: _(
        "This node was restored from a backup. From other coops came back, and counts again: "
        "%(taken)s messages. Came back and must be entered by hand, see “rochdale returned”: "
        "%(left)s."
    ),
    NoticeKind.CONSENTS_DOUBTED: _(
        "This node was restored from a backup, and nobody knows who took a consent back since. "
        "%(number)s consents do not count until you have asked the people, and said so with "
        "“rochdale referrals confirm-consents”."
    ),
    NoticeKind.NODE_REPLACED: _(
        "Another computer is this coop now, with newer keys: this one is an old copy, and says "
        "nothing any more. Stop it, and work at the other one."
    ),
    NoticeKind.ALERT: _("Something is wrong with the node. Look how it is."),
    NoticeKind.ALERT_OVER: _("Something that was wrong with the node is mended."),
}
