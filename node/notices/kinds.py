"""The sentences of notices. To add a kind: a member here and its sentence below."""

from collections.abc import Mapping
from enum import StrEnum

from node.days import Said
from node.i18n import LazyString, _
from node.money import Figures
from node.notices.alert_words import alert_words


class NoticeKind(StrEnum):
    """What a notice tells."""

    APPLICATION_CAME = "application-came"
    APPLICATION_ANSWERED = "application-answered"
    APPLICATION_APPEALED = "application-appealed"
    SPONSOR_ASKED = "sponsor-asked"
    PEER_ASKS = "peer-asks"
    PEER_ACCEPTED = "peer-accepted"
    PEER_DECLINED = "peer-declined"
    PEER_LEFT = "peer-left"
    PEER_KEY_CHANGED = "peer-key-changed"
    PEER_TOLD_TWICE = "peer-told-twice"
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
    AGREEMENT_REQUESTED = "agreement-requested"
    AGREEMENT_COUNTERED = "agreement-countered"
    AGREEMENT_ACCEPTED = "agreement-accepted"
    AGREEMENT_DECLINED = "agreement-declined"
    AGREEMENT_WAITING = "agreement-waiting"
    AGREEMENT_EXPIRED = "agreement-expired"
    AGREEMENT_CANCELLED = "agreement-cancelled"
    AGREEMENT_CHANGE = "agreement-change"
    AGREEMENT_CHANGED = "agreement-changed"
    AGREEMENT_KEPT = "agreement-kept"
    AGREEMENT_BEGUN = "agreement-begun"
    AGREEMENT_DELIVERED = "agreement-delivered"
    AGREEMENT_CONFIRMED = "agreement-confirmed"
    AGREEMENT_MISSED = "agreement-missed"
    AGREEMENT_DISPUTED = "agreement-disputed"
    AGREEMENT_REFUND_OFFERED = "agreement-refund-offered"
    AGREEMENT_RESOLVED = "agreement-resolved"
    AGREEMENT_PAYMENT = "agreement-payment"
    AGREEMENT_SOON = "agreement-soon"
    AGREEMENT_ANSWER_SOON = "agreement-answer-soon"
    OBLIGATION_CLAIMED = "obligation-claimed"
    OBLIGATION_CONTESTED = "obligation-contested"
    TRUST_LINE_TIGHT = "trust-line-tight"
    STATEMENT_DIFFERS = "statement-differs"
    PAYMENT_MARKED = "payment-marked"
    PAYMENT_MISSING = "payment-missing"
    CLEARING_ASKS = "clearing-asks"
    CLEARING_DONE = "clearing-done"
    CLEARING_REFUSED = "clearing-refused"
    CLEARING_WAITS = "clearing-waits"
    CLEARING_SILENT = "clearing-silent"
    COUNCIL_INVITED = "council-invited"
    COUNCIL_APPLIES = "council-applies"
    COUNCIL_LET_IN = "council-let-in"
    COUNCIL_AMENDED = "council-amended"
    LISTING_SENT_IN = "listing-sent-in"
    LISTING_APPROVED = "listing-approved"
    LISTING_CHANGE_APPROVED = "listing-change-approved"
    LISTING_SENT_BACK = "listing-sent-back"
    LISTING_ENDS = "listing-ends"
    LISTING_FITS = "listing-fits"
    LISTING_REPORTED = "listing-reported"
    LISTING_WITHHELD = "listing-withheld"
    LISTING_APPEALED = "listing-appealed"
    LISTING_REVIEWED = "listing-reviewed"
    LISTING_LOOKED_AT = "listing-looked-at"
    COMMENT_ANSWERED = "comment-answered"
    COMMENT_HIDDEN = "comment-hidden"
    COMMENT_APPEALED = "comment-appealed"
    COMMENT_REVIEWED = "comment-reviewed"
    COUNCIL_VOTE = "council-vote"
    COUNCIL_UNVOTED = "council-unvoted"
    COUNCIL_STAND_IN = "council-stand-in"
    COUNCIL_PASSED = "council-passed"
    COUNCIL_REJECTED = "council-rejected"
    COUNCIL_HOST_ASKS = "council-host-asks"
    COUNCIL_HOST_SILENT = "council-host-silent"
    COUNCIL_HOST_NEW = "council-host-new"
    COUNCIL_CLOCK = "council-clock"
    COUNCIL_KEY = "council-key"
    COUNCIL_EXCLUDES = "council-excludes"
    COUNCIL_LEFT = "council-left"
    COUNCIL_EVIDENCE = "council-evidence"
    COUNCIL_ANSWER = "council-answer"
    COUNCIL_AGAIN = "council-again"
    COUNCIL_TERM_OVER = "council-term-over"
    SEARCH_FOUND = "search-found"
    MESSAGE = "message"
    MESSAGE_REPORTED = "message-reported"
    POLICY_PASSED = "policy-passed"
    POLICY_OUTDATED = "policy-outdated"
    POLICY_CONTRADICTION = "policy-contradiction"
    POLICY_URGENT = "policy-urgent"
    POLICY_ENDS = "policy-ends"
    POLICY_REVIEW = "policy-review"
    POLICY_ENDED = "policy-ended"
    OFFICE_GIVEN = "office-given"
    OFFICE_ENDS = "office-ends"
    OFFICE_ENDED = "office-ended"
    OFFICE_HELD_ON = "office-held-on"
    MEMBERSHIP_SUSPENDED = "membership-suspended"
    MEMBERSHIP_REINSTATED = "membership-reinstated"
    MEMBERSHIP_ENDED = "membership-ended"
    PROFILE_CLEARED = "profile-cleared"
    WEBHOOK_OFF = "webhook-off"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - what is told, no secret
    CODES_MADE = "codes-made"
    CODE_USED = "code-used"
    CODES_FEW = "codes-few"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_DOUBTED = "passkey-doubted"
    MAIL_ADDRESS_SET = "mail-address-set"
    MAIL_ADDRESS_GONE = "mail-address-gone"
    MAIL_WAITS = "mail-waits"
    VOUCHING_ASKED = "vouching-asked"
    VOUCHING_NEEDED = "vouching-needed"
    VOUCHING_OPEN = "vouching-open"
    VOUCHING_REFUSED = "vouching-refused"
    NODE_RESTORED = "node-restored"
    NODE_REPLACED = "node-replaced"
    CONSENTS_DOUBTED = "consents-doubted"
    ALERT = "alert"
    ALERT_OVER = "alert-over"
    REGISTER_NAME_ASKED = "register-name-asked"
    REGISTER_CORRECTED = "register-corrected"
    MEMBERSHIP_CONFIRMED = "membership-confirmed"
    MEMBERSHIP_PAUSED = "membership-paused"
    MEMBERSHIP_RETURNED = "membership-returned"
    MEMBERSHIP_LEAVING = "membership-leaving"
    MEMBERSHIP_STAYS = "membership-stays"
    MEMBERSHIP_DAY = "membership-day"
    MEMBERSHIP_CLASS = "membership-class"
    PROBATION_ENDS = "probation-ends"
    MEMBERSHIP_HELD_ON = "membership-held-on"
    APPLICATION_DOUBLED = "application-doubled"


_SENTENCES: Mapping[NoticeKind, LazyString] = {
    NoticeKind.APPLICATION_CAME: _("Somebody would like to join. Look at what they wrote."),
    NoticeKind.APPLICATION_ANSWERED: _("Somebody who would like to join has answered you."),
    NoticeKind.APPLICATION_APPEALED: _(
        "Somebody whose application was declined asks for another look."
    ),
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
    NoticeKind.AGREEMENT_REQUESTED: _("“%(title)s” is asked for: please answer by %(when)s."),
    NoticeKind.AGREEMENT_COUNTERED: _(
        "There is another offer for “%(title)s”: please answer by %(when)s."
    ),
    NoticeKind.AGREEMENT_ACCEPTED: _("“%(title)s” is agreed."),
    NoticeKind.AGREEMENT_DECLINED: _("“%(title)s” was declined."),
    NoticeKind.AGREEMENT_WAITING: _("You are on the waiting list for “%(title)s”."),
    NoticeKind.AGREEMENT_EXPIRED: _("Nobody answered in time about “%(title)s”."),
    NoticeKind.AGREEMENT_CANCELLED: _("“%(title)s” was cancelled."),
    NoticeKind.AGREEMENT_CHANGE: _(
        "A change is asked for “%(title)s”: please agree to it, or keep it as it was."
    ),
    NoticeKind.AGREEMENT_CHANGED: _("The change of “%(title)s” is agreed."),
    NoticeKind.AGREEMENT_KEPT: _("“%(title)s” stays as it was."),
    NoticeKind.AGREEMENT_BEGUN: _("“%(title)s” has begun."),
    NoticeKind.AGREEMENT_DELIVERED: _(
        "“%(title)s” is marked as delivered: please confirm it, or say what is wrong."
    ),
    NoticeKind.AGREEMENT_CONFIRMED: _("“%(title)s” is confirmed by both sides."),
    NoticeKind.AGREEMENT_MISSED: _("Somebody says that nobody came for “%(title)s”."),
    NoticeKind.AGREEMENT_DISPUTED: _("Something is wrong with “%(title)s”."),
    NoticeKind.AGREEMENT_REFUND_OFFERED: _("A part of the price of “%(title)s” is offered back."),
    NoticeKind.AGREEMENT_RESOLVED: _("What was wrong with “%(title)s” is resolved."),
    NoticeKind.AGREEMENT_PAYMENT: _("There is news about the payment of “%(title)s”."),
    NoticeKind.AGREEMENT_SOON: _("“%(title)s” begins at %(when)s."),
    NoticeKind.AGREEMENT_ANSWER_SOON: _("“%(title)s” waits for your answer until %(when)s."),
    NoticeKind.OBLIGATION_CLAIMED: _(
        "%(name)s says that we owe it %(sum)s %(currency)s. Sign it, or contest it."
    ),
    NoticeKind.OBLIGATION_CONTESTED: _(
        "%(name)s says that it does not owe us %(sum)s %(currency)s. Talk to its treasurer."
    ),
    NoticeKind.TRUST_LINE_TIGHT: _(
        "The trust line with %(name)s is nearly full: %(sum)s of %(limit)s %(currency)s are owed."
    ),
    NoticeKind.STATEMENT_DIFFERS: _(
        "Our statement in %(currency)s and that of %(name)s differ. Nothing between us is set off "
        "until they agree."
    ),
    NoticeKind.PAYMENT_MARKED: _(
        "%(name)s says that it paid us %(sum)s %(currency)s. Say whether it came."
    ),
    NoticeKind.PAYMENT_MISSING: _(
        "%(name)s says that our payment of %(sum)s %(currency)s did not come."
    ),
    NoticeKind.CLEARING_ASKS: _(
        "%(name)s proposes what to set off in %(currency)s, and needs our yes or no."
    ),
    NoticeKind.CLEARING_DONE: _("A clearing run has set off %(sum)s %(currency)s."),
    NoticeKind.CLEARING_REFUSED: _(
        "We said no to what %(name)s proposed to set off: it is not what the coops have signed."
    ),
    NoticeKind.CLEARING_WAITS: _(
        "We said yes to a clearing run, and %(name)s has not said how it ended. What we offered "
        "waits until it does; ask its people."
    ),
    NoticeKind.CLEARING_SILENT: _(
        "%(name)s has not said for too long how a clearing run ended. You can let go of what we "
        "offered; then we compare with each coop that it concerned."
    ),
    NoticeKind.COUNCIL_INVITED: _("We are asked to found a federation: “%(name)s”."),
    NoticeKind.COUNCIL_APPLIES: _(
        "%(name)s asks to be let into “%(title)s”. Say yes, or talk to the others about it first."
    ),
    NoticeKind.COUNCIL_LET_IN: _(
        "Our coop belongs to “%(title)s” now. Name the people who vote for it."
    ),
    NoticeKind.COUNCIL_AMENDED: _(
        "%(name)s puts a rival text beside “%(title)s”: take it over, or let the vote decide."
    ),
    NoticeKind.LISTING_SENT_IN: _("“%(title)s” waits to be looked at before it is published."),
    NoticeKind.LISTING_APPROVED: _("“%(title)s” was looked at, and is published."),
    NoticeKind.LISTING_CHANGE_APPROVED: _(
        "Your change of “%(title)s” was looked at, and stands. What is paused or over stays so."
    ),
    NoticeKind.LISTING_SENT_BACK: _("“%(title)s” was sent back. Read why, and send it in again."),
    NoticeKind.LISTING_ENDS: _("“%(title)s” runs out on %(when)s, unless you offer it for longer."),
    NoticeKind.LISTING_FITS: _("“%(name)s” may fit “%(title)s”. See what else does."),
    NoticeKind.LISTING_REPORTED: _("Somebody reports “%(title)s”. It waits to be looked at."),
    NoticeKind.LISTING_WITHHELD: _(
        "“%(title)s” is withheld. Read why; you can ask for another look until %(when)s."
    ),
    NoticeKind.LISTING_APPEALED: _("Whoever wrote “%(title)s” asks for another look."),
    NoticeKind.LISTING_REVIEWED: _("“%(title)s”, which was withheld, was looked at again."),
    NoticeKind.LISTING_LOOKED_AT: _("“%(title)s”, which you reported, was looked at."),
    NoticeKind.COMMENT_ANSWERED: _("Somebody answered what you said about “%(title)s”."),
    NoticeKind.COMMENT_HIDDEN: _(
        "What you said about “%(title)s” was hidden. You can ask for another look until %(when)s."
    ),
    NoticeKind.COMMENT_APPEALED: _(
        "Somebody asks you to look again at a comment on “%(title)s” that was hidden."
    ),
    NoticeKind.COMMENT_REVIEWED: _("What you said about “%(title)s” was looked at again."),
    NoticeKind.COUNCIL_VOTE: _("“%(title)s” waits for your vote until %(when)s."),
    NoticeKind.COUNCIL_UNVOTED: _(
        "None of our delegates has voted on “%(title)s”; the vote ends at %(when)s."
    ),
    NoticeKind.COUNCIL_STAND_IN: _(
        "You stand in for our delegates: “%(title)s” waits for your vote until %(when)s."
    ),
    NoticeKind.COUNCIL_PASSED: _("“%(title)s” is passed and in force."),
    NoticeKind.COUNCIL_REJECTED: _("“%(title)s” was voted on and did not pass."),
    NoticeKind.COUNCIL_HOST_ASKS: _("%(name)s asks us to keep the log of “%(title)s” from now on."),
    NoticeKind.COUNCIL_HOST_SILENT: _(
        "We have heard nothing from %(name)s, which keeps the log of “%(title)s”, for a day. Call "
        "them; if they do not come back, another coop can take the log over."
    ),
    NoticeKind.COUNCIL_HOST_NEW: _("%(name)s keeps the log of “%(title)s” now."),
    NoticeKind.COUNCIL_CLOCK: _(
        "The clock of our node is %(seconds)s seconds off from those of the other coops in "
        "“%(title)s”. Set it right: with two minutes or more it signs nothing."
    ),
    NoticeKind.COUNCIL_KEY: _(
        "%(name)s has lost its key in “%(title)s” and asks for a new one. Telephone them; if it is "
        "really them, vouch for it."
    ),
    NoticeKind.COUNCIL_EXCLUDES: _(
        "“%(name)s”: it is proposed that our coop belongs to “%(title)s” no more. Say what speaks "
        "for it, and vote: all your rights stay until it is decided."
    ),
    NoticeKind.COUNCIL_LEFT: _(
        "Our coop belongs to “%(title)s” no more. What it decided binds us no longer."
    ),
    NoticeKind.COUNCIL_EVIDENCE: _(
        "It is proven that %(name)s broke the rules of “%(title)s”. Look at the proof, and talk to "
        "the others about it."
    ),
    NoticeKind.COUNCIL_ANSWER: _(
        "“%(title)s” has passed and binds us only with our own yes: please answer by %(when)s."
    ),
    NoticeKind.COUNCIL_TERM_OVER: _(
        "The term of those who vote for us is over: name them anew, or others."
    ),
    NoticeKind.COUNCIL_AGAIN: _("“%(title)s” can be put to the vote once more by our coop."),
    NoticeKind.SEARCH_FOUND: _("New or changed for your search “%(name)s”: %(number)s."),
    NoticeKind.MESSAGE: _("A message about “%(name)s”."),
    NoticeKind.MESSAGE_REPORTED: _("A conversation about “%(name)s” was reported."),
    NoticeKind.POLICY_PASSED: _("The coops have decided: “%(name)s” holds from %(when)s."),
    NoticeKind.POLICY_OUTDATED: _(
        "%(name)s does not go by our newest rules yet (%(key)s). Ask them to look at theirs."
    ),
    NoticeKind.POLICY_CONTRADICTION: _(
        "Two rules cannot both hold: keep for %(shortest)s days, delete after %(longest)s days. "
        "Nothing is deleted until one of them changes."
    ),
    NoticeKind.POLICY_URGENT: _(
        "“%(name)s” was decided urgently and lapses on %(when)s, unless an ordinary vote confirms "
        "it before."
    ),
    NoticeKind.POLICY_ENDS: _("“%(name)s” ends on %(when)s, unless it is decided anew."),
    NoticeKind.POLICY_REVIEW: _("“%(name)s” is to be looked at again by %(when)s."),
    NoticeKind.POLICY_ENDED: _("“%(name)s” holds no longer since %(when)s: its time was up."),
    NoticeKind.PROFILE_CLEARED: _(
        "Something that you tell of yourself was taken away: %(field)s. Read why."
    ),
    NoticeKind.WEBHOOK_OFF: _(
        "The program at %(name)s does not answer any more, so it is not told of anything now."
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
    NoticeKind.MAIL_WAITS: _(
        "Letters by e-mail have waited for more than an hour. See what %(name)s, the mail server, "
        "says."
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
    NoticeKind.REGISTER_NAME_ASKED: _(
        "%(name)s asks to be called “%(wanted)s” in the register. Put it right, or talk to them."
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
    NoticeKind.APPLICATION_DOUBLED: _(
        "Somebody whose application is open has applied again. If they have lost their link, make "
        "it anew; the first application counts."
    ),
}

_NAMELESS = {
    NoticeKind.MESSAGE: _("Somebody wrote to you."),
    NoticeKind.MESSAGE_REPORTED: _("A conversation was reported."),
}
"""Where nothing public can be named that it is about, nor the coop that it came from."""
_MESSAGE_FROM = _("A message from %(coop)s.")


def sentence(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    """The sentence with its names filled in; `when` is a day or moment as the wire writes it,
    `office` a word of ours for an office, `called` what the coop calls it, if it has a name,
    `field` our word for what somebody tells of themselves."""
    said: dict[str, object] = {**values, "when": Said(str(values.get("when", "")))}
    if total := values.get("sum"):
        said["sum"] = Figures(str(total))
    if office := values.get("office"):
        said["office"] = values.get("called") or LazyString(str(office))
    if word := values.get("field"):
        said["field"] = LazyString(str(word))
    return LazyString(_form(kind, values).message, values=said)


def _form(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    if "alert" in values:
        return alert_words(values, is_over=kind is NoticeKind.ALERT_OVER)
    if "name" in values or kind not in _NAMELESS:
        return _SENTENCES[kind]
    return _MESSAGE_FROM if "coop" in values else _NAMELESS[kind]
