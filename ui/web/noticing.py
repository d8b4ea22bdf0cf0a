"""Where a notice leads: the page on which one does what it asks for."""

from collections.abc import Callable, Mapping

from yarl import URL

from node.notices import NoticeKind, NoticeView


def page_of(notice: NoticeView) -> str:
    """The address of the page that a notice is about; the list itself where there is none."""
    page = _PAGES.get(notice.kind)
    return page(notice.subject) if page else "/notices"


def _coops(_subject: str) -> str:
    return "/peers"


def _account(_subject: str) -> str:
    return "/account"


def _membership(_subject: str) -> str:
    return "/account/membership"


def _offices(_subject: str) -> str:
    return "/offices"


def _owed(_subject: str) -> str:
    return "/owed"


def _rules(_subject: str) -> str:
    return "/policies#together"


def _partner(subject: str) -> str:
    """With whom, and in which currency, something is owed."""
    coop, _bar, currency = subject.rpartition("|")
    return str(URL("/owed/with").with_query(uri=coop, currency=currency))


# To give a kind of notice a page: a line here.
_PAGES: Mapping[NoticeKind, Callable[[str], str]] = {
    **{kind: "/agreements/{}".format for kind in NoticeKind if kind.startswith("agreement-")},
    **{kind: "/referrals/{}".format for kind in NoticeKind if kind.startswith("referral-")},
    NoticeKind.CONSENTS_DOUBTED: "/referrals".format,
    NoticeKind.LISTING_FITS: "/listings/{}#fit".format,
    NoticeKind.SEARCH_FOUND: "/searches/{}".format,
    NoticeKind.PEER_ASKS: _coops,
    NoticeKind.PEER_ACCEPTED: _coops,
    NoticeKind.PEER_DECLINED: _coops,
    NoticeKind.PEER_LEFT: _coops,
    NoticeKind.PEER_KEY_CHANGED: _coops,
    NoticeKind.PEER_TOLD_TWICE: _coops,
    NoticeKind.PEER_MOVED: _coops,
    NoticeKind.PEER_CLAIMS: _coops,
    NoticeKind.POLICY_OUTDATED: _coops,
    NoticeKind.OBLIGATION_CLAIMED: "/owed/{}".format,
    NoticeKind.OBLIGATION_CONTESTED: "/owed/{}".format,
    NoticeKind.TRUST_LINE_TIGHT: _partner,
    NoticeKind.STATEMENT_DIFFERS: _partner,
    NoticeKind.PAYMENT_MARKED: _owed,
    NoticeKind.PAYMENT_MISSING: _owed,
    NoticeKind.CLEARING_ASKS: "/clearing/{}".format,
    NoticeKind.CLEARING_DONE: "/clearing/{}".format,
    NoticeKind.CLEARING_REFUSED: "/clearing/{}".format,
    NoticeKind.CLEARING_WAITS: "/clearing/{}".format,
    NoticeKind.CLEARING_SILENT: "/clearing/{}".format,
    **dict.fromkeys(
        (
            NoticeKind.COUNCIL_INVITED,
            NoticeKind.COUNCIL_APPLIES,
            NoticeKind.COUNCIL_LET_IN,
            NoticeKind.COUNCIL_HOST_ASKS,
            NoticeKind.COUNCIL_HOST_SILENT,
            NoticeKind.COUNCIL_HOST_NEW,
            NoticeKind.COUNCIL_CLOCK,
            NoticeKind.COUNCIL_KEY,
            NoticeKind.COUNCIL_LEFT,
            NoticeKind.COUNCIL_EVIDENCE,
        ),
        "/council/federations/{}".format,
    ),
    **dict.fromkeys(
        (
            NoticeKind.LISTING_SENT_IN,
            NoticeKind.LISTING_APPROVED,
            NoticeKind.LISTING_CHANGE_APPROVED,
            NoticeKind.LISTING_SENT_BACK,
            NoticeKind.LISTING_ENDS,
        ),
        "/listings/{}".format,
    ),
    **dict.fromkeys(
        (
            NoticeKind.LISTING_REPORTED,
            NoticeKind.LISTING_WITHHELD,
            NoticeKind.LISTING_APPEALED,
            NoticeKind.LISTING_REVIEWED,
            NoticeKind.LISTING_LOOKED_AT,
        ),
        "/moderation/{}".format,
    ),
    **dict.fromkeys(
        (
            NoticeKind.APPLICATION_CAME,
            NoticeKind.APPLICATION_ANSWERED,
            NoticeKind.APPLICATION_APPEALED,
            NoticeKind.APPLICATION_DOUBLED,
        ),
        "/applications/{}".format,
    ),
    **dict.fromkeys(
        (
            NoticeKind.MEMBERSHIP_SUSPENDED,
            NoticeKind.MEMBERSHIP_REINSTATED,
            NoticeKind.MEMBERSHIP_ENDED,
        ),
        "/members/{}/letter".format,
    ),
    NoticeKind.COUNCIL_INVITED: "/council/federations/{}".format,
    NoticeKind.COUNCIL_TERM_OVER: "/council/federations/{}/delegates".format,
    **dict.fromkeys(
        (
            NoticeKind.COUNCIL_AMENDED,
            NoticeKind.COUNCIL_EXCLUDES,
            NoticeKind.COMMENT_ANSWERED,
            NoticeKind.COMMENT_HIDDEN,
            NoticeKind.COMMENT_APPEALED,
            NoticeKind.COMMENT_REVIEWED,
            NoticeKind.COUNCIL_VOTE,
            NoticeKind.COUNCIL_UNVOTED,
            NoticeKind.COUNCIL_STAND_IN,
            NoticeKind.COUNCIL_PASSED,
            NoticeKind.COUNCIL_REJECTED,
            NoticeKind.COUNCIL_ANSWER,
            NoticeKind.COUNCIL_AGAIN,
        ),
        "/council/proposals/{}".format,
    ),
    **dict.fromkeys(
        (
            NoticeKind.POLICY_PASSED,
            NoticeKind.POLICY_CONTRADICTION,
            NoticeKind.POLICY_URGENT,
            NoticeKind.POLICY_ENDS,
            NoticeKind.POLICY_REVIEW,
            NoticeKind.POLICY_ENDED,
            NoticeKind.POLICY_OUTDATED,
        ),
        _rules,
    ),
    **dict.fromkeys(
        (
            NoticeKind.PASSWORD_CHANGED,
            NoticeKind.CODES_MADE,
            NoticeKind.CODE_USED,
            NoticeKind.CODES_FEW,
            NoticeKind.PASSKEY_ADDED,
            NoticeKind.PASSKEY_REMOVED,
            NoticeKind.PASSKEY_DOUBTED,
            NoticeKind.VOUCHING_ASKED,
        ),
        _account,
    ),
    **dict.fromkeys(
        (NoticeKind.OFFICE_GIVEN, NoticeKind.OFFICE_ENDED, NoticeKind.OFFICE_ENDS), _offices
    ),
    NoticeKind.OFFICE_HELD_ON: _offices,
    **dict.fromkeys(
        (
            NoticeKind.MAIL_WAITS,
            NoticeKind.ALERT,
            NoticeKind.ALERT_OVER,
            NoticeKind.NODE_RESTORED,
            NoticeKind.NODE_REPLACED,
        ),
        "/upkeep".format,
    ),
    NoticeKind.POLICY_CONTRADICTION: "/retention".format,
    NoticeKind.MAIL_ADDRESS_SET: "/account/mail".format,
    NoticeKind.MAIL_ADDRESS_GONE: "/account/mail".format,
    NoticeKind.VOUCHING_NEEDED: "/vouching/{}".format,
    NoticeKind.PLACE_FREE: "/applications#w".format,
    NoticeKind.SPONSOR_ASKED: "/sponsoring/{}".format,
    NoticeKind.VOUCHING_OPEN: "/vouching/{}".format,
    NoticeKind.VOUCHING_REFUSED: "/vouching/{}".format,
    NoticeKind.MESSAGE: "/threads/{}".format,
    NoticeKind.MESSAGE_REPORTED: "/reports/{}".format,
    NoticeKind.PROFILE_CLEARED: "/account/profile".format,
    NoticeKind.WEBHOOK_OFF: "/settings/webhooks/{}".format,
    NoticeKind.HOURS_SENT_BACK: "/hours/{}".format,
    NoticeKind.CONSENT_REWORDED: "/account/data#agree".format,
    NoticeKind.DOCUMENT_CHANGED: "/account/data#agree".format,
    NoticeKind.REGISTER_NAME_ASKED: "/members/{}#right".format,
    NoticeKind.PROBATION_ENDS: "/members/{}".format,
    NoticeKind.MEMBERSHIP_HELD_ON: "/members/{}".format,
    **dict.fromkeys(
        (
            NoticeKind.REGISTER_NAME_LEFT,
            NoticeKind.REGISTER_CORRECTED,
            NoticeKind.MEMBERSHIP_CONFIRMED,
            NoticeKind.MEMBERSHIP_PAUSED,
            NoticeKind.MEMBERSHIP_RETURNED,
            NoticeKind.MEMBERSHIP_LEAVING,
            NoticeKind.MEMBERSHIP_STAYS,
            NoticeKind.MEMBERSHIP_DAY,
            NoticeKind.MEMBERSHIP_CLASS,
        ),
        _membership,
    ),
}
