"""What is told of offers, letters, agreements, referrals, and what coops owe each other."""

from collections.abc import Mapping

from node.i18n import LazyString, _
from node.notices.kinds import NoticeKind

DEALING_WORDS: Mapping[NoticeKind, LazyString] = {
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
    NoticeKind.AGREEMENT_UNHEARD: _(
        "“%(title)s”: the other coop’s node did not take what you sent. See what you can do."
    ),
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
    NoticeKind.AGREEMENT_ASSIGNED: _("“%(title)s” is yours to do: see when, where and for whom."),
    NoticeKind.AGREEMENT_UNASSIGNED: _("“%(title)s” is done by somebody else now, not by you."),
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
    NoticeKind.SEARCH_FOUND: _("New or changed for your search “%(name)s”: %(number)s."),
    NoticeKind.MESSAGE: _("A message about “%(name)s”."),
    NoticeKind.MESSAGE_REPORTED: _("A conversation about “%(name)s” was reported."),
}
