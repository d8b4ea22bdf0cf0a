"""What is told of joining, membership, offices, and the ways into an account."""

from collections.abc import Mapping

from node.i18n import LazyString, _
from node.notices.kinds import NoticeKind

PEOPLE_WORDS: Mapping[NoticeKind, LazyString] = {
    NoticeKind.APPLICATION_CAME: _("Somebody would like to join. Look at what they wrote."),
    NoticeKind.APPLICATION_ANSWERED: _("Somebody who would like to join has answered you."),
    NoticeKind.APPLICATION_APPEALED: _(
        "Somebody whose application was declined asks for another look."
    ),
    NoticeKind.PLACE_FREE: _("A place is free, and somebody is on its waiting list: %(field)s."),
    NoticeKind.SPONSOR_ASKED: _(
        "%(name)s would like to join, and says that you know them. Say whether you vouch for them."
    ),
    NoticeKind.MEMBERSHIP_SUSPENDED: _(
        "Your membership is suspended. Read why, what goes on, and how you object."
    ),
    NoticeKind.MEMBERSHIP_REINSTATED: _("Your membership counts again."),
    NoticeKind.MEMBERSHIP_ENDED: _(
        "Your membership has ended. Read why, what goes on, and how you object."
    ),
    NoticeKind.PROFILE_CLEARED: _(
        "Something that you tell of yourself was taken away: %(field)s. Read why."
    ),
    NoticeKind.PASSWORD_CHANGED: _(
        "Your account has a new password. If it was not you, tell whoever looks after this coop at "
        "once."
    ),
    NoticeKind.CODES_MADE: _(
        "You have new recovery codes; earlier ones open nothing any more. If it was not you, "
        "change your password."
    ),
    NoticeKind.CODE_USED: _(
        "Somebody came into your account by a recovery code. Recovery codes left: %(left)s. If it "
        "was not you, tell whoever looks after this coop at once."
    ),
    NoticeKind.CODES_FEW: _(
        "Somebody came into your account by a recovery code. Recovery codes left: %(left)s. Make "
        "new ones."
    ),
    NoticeKind.PASSKEY_ADDED: _(
        "A passkey opens your account from now on. If it was not you, remove it and change your "
        "password."
    ),
    NoticeKind.PASSKEY_REMOVED: _(
        "A passkey of yours opens your account no more. If it was not you, change your password."
    ),
    NoticeKind.PASSKEY_DOUBTED: _(
        "A passkey of yours may have been copied, so it opens nothing any more. Remove it, and "
        "make a new one."
    ),
    NoticeKind.LINKS_ENDED: _(
        "You may do more here from now on, so links that were made before to let you in work no "
        "more. If you need one, ask for a new one."
    ),
    NoticeKind.OFFICE_GIVEN: _("%(name)s, you hold an office until %(when)s: %(office)s."),
    NoticeKind.OFFICE_ENDS: _(
        "An office ends on %(when)s: %(office)s, held by %(name)s. Give it for another term, or to "
        "somebody else."
    ),
    NoticeKind.OFFICE_ENDED: _("An office ended on %(when)s: %(office)s, held by %(name)s."),
    NoticeKind.OFFICE_HELD_ON: _(
        "The term of %(name)s is over, and nobody else looks after this node: they go on until you "
        "have found somebody."
    ),
    NoticeKind.MAIL_ADDRESS_SET: _(
        "Letters for you go to a new e-mail address, which can open your account. If it was not "
        "you, change the address and your password."
    ),
    NoticeKind.MAIL_ADDRESS_GONE: _(
        "Your e-mail address is deleted here: no letters go there, and none opens your account. "
        "Give it anew if you want letters; if it was not you, change your password."
    ),
    NoticeKind.VOUCHING_ASKED: _(
        "Somebody says that they have lost every way into your account, and asks for a new one. If "
        "it is not you, refuse it on your account page."
    ),
    NoticeKind.VOUCHING_NEEDED: _(
        "“%(name)s” has lost every way in, and asks two of you to vouch. Speak with them first."
    ),
    NoticeKind.VOUCHING_OPEN: _(
        "Two have vouched for “%(name)s”: make the link, and hand it to them."
    ),
    NoticeKind.VOUCHING_REFUSED: _(
        "The new way in for “%(name)s” that you vouched for was refused."
    ),
    NoticeKind.CONSENT_REWORDED: _(
        "“%(title)s”, to which you agreed, has been worded anew. Read it, and say yes or no."
    ),
    NoticeKind.DOCUMENT_CHANGED: _(
        "“%(title)s”, to which you agreed when you joined, has a new version: %(version)s."
    ),
    NoticeKind.REGISTER_NAME_ASKED: _(
        "%(name)s asks to be called “%(wanted)s” in the register. Put it right, or talk to them."
    ),
    NoticeKind.REGISTER_NAME_LEFT: _(
        "You stay “%(name)s” in the register. If that is wrong, write to the coop, and say why."
    ),
    NoticeKind.REGISTER_CORRECTED: _("What the register says of you was put right."),
    NoticeKind.MEMBERSHIP_CONFIRMED: _("Your probation is passed: you are a member like others."),
    NoticeKind.MEMBERSHIP_PAUSED: _(
        "Your membership is paused. What that means stands under My membership."
    ),
    NoticeKind.MEMBERSHIP_RETURNED: _("Your membership is paused no more."),
    NoticeKind.MEMBERSHIP_LEAVING: _(
        "Your membership ends on %(when)s. Until then nothing changes for you."
    ),
    NoticeKind.MEMBERSHIP_STAYS: _("Your membership goes on: the notice was taken back."),
    NoticeKind.MEMBERSHIP_DAY: _("Another day was set for your membership: %(when)s."),
    NoticeKind.MEMBERSHIP_CLASS: _(
        "You belong to another class of members now: %(field)s. See what its members may do."
    ),
    NoticeKind.MEMBERSHIP_HELD_ON: _(
        "%(name)s has given notice and the day is over, but nobody else looks after this node: "
        "they stay until you have found somebody."
    ),
    NoticeKind.PROBATION_ENDS: _(
        "The probation of %(name)s ends on %(when)s. Confirm it, set another day, or end it."
    ),
    NoticeKind.HOURS_SENT_BACK: _(
        "The work that you noted for %(when)s was sent back. Read why, and put it right."
    ),
    NoticeKind.APPLICATION_DOUBLED: _(
        "Somebody whose application is open has applied again. If they have lost their link, make "
        "it anew; the first application counts."
    ),
}
