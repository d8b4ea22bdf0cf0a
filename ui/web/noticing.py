"""Where a notice leads: the page on which one does what it asks for."""

from collections.abc import Callable, Iterable, Mapping

from yarl import URL

from node.notices import NoticeKind, NoticeView

Page = Callable[[str], str]


def page_of(notice: NoticeView) -> str:
    """The address of the page that a notice is about; the list itself where there is none."""
    page = _PAGES.get(notice.kind)
    return page(notice.subject) if page else "/notices"


def each_once(*rows: tuple[Page, Iterable[NoticeKind]]) -> Mapping[NoticeKind, Page]:
    """The page of each kind. Raises ValueError where one is given two."""
    pages: dict[NoticeKind, Page] = {}
    for page, kinds in rows:
        for kind in kinds:
            if kind in pages:
                raise ValueError(f"{kind} leads to two pages")
            pages[kind] = page
    return pages


def _partner(subject: str) -> str:
    """With whom, and in which currency, something is owed."""
    coop, _bar, currency = subject.rpartition("|")
    return str(URL("/owed/with").with_query(uri=coop, currency=currency))


def _begin(word: str) -> set[NoticeKind]:
    return {kind for kind in NoticeKind if kind.startswith(word)}


# To give a kind of notice a page: put it into the line of that page.
_PAGES = each_once(
    # Whoever no longer does the work cannot open the agreement.
    ("/agreements".format, (NoticeKind.AGREEMENT_UNASSIGNED,)),
    ("/agreements/{}".format, _begin("agreement-") - {NoticeKind.AGREEMENT_UNASSIGNED}),
    ("/referrals/{}".format, _begin("referral-")),
    ("/referrals".format, (NoticeKind.CONSENTS_DOUBTED,)),
    ("/listings/{}#fit".format, (NoticeKind.LISTING_FITS,)),
    ("/searches/{}".format, (NoticeKind.SEARCH_FOUND,)),
    (
        "/peers".format,
        (
            NoticeKind.PEER_ASKS,
            NoticeKind.PEER_ACCEPTED,
            NoticeKind.PEER_DECLINED,
            NoticeKind.PEER_LEFT,
            NoticeKind.PEER_KEY_CHANGED,
            NoticeKind.PEER_TOLD_TWICE,
            NoticeKind.PEER_MOVED,
            NoticeKind.PEER_CLAIMS,
            NoticeKind.POLICY_OUTDATED,
        ),
    ),
    ("/owed/{}".format, (NoticeKind.OBLIGATION_CLAIMED, NoticeKind.OBLIGATION_CONTESTED)),
    (_partner, (NoticeKind.TRUST_LINE_TIGHT, NoticeKind.STATEMENT_DIFFERS)),
    ("/owed".format, (NoticeKind.PAYMENT_MARKED, NoticeKind.PAYMENT_MISSING)),
    (
        "/clearing/{}".format,
        (
            NoticeKind.CLEARING_ASKS,
            NoticeKind.CLEARING_DONE,
            NoticeKind.CLEARING_REFUSED,
            NoticeKind.CLEARING_WAITS,
            NoticeKind.CLEARING_SILENT,
        ),
    ),
    (
        "/council/federations/{}".format,
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
    ),
    (
        "/listings/{}".format,
        (
            NoticeKind.LISTING_SENT_IN,
            NoticeKind.LISTING_APPROVED,
            NoticeKind.LISTING_CHANGE_APPROVED,
            NoticeKind.LISTING_SENT_BACK,
            NoticeKind.LISTING_ENDS,
        ),
    ),
    (
        "/moderation/{}".format,
        (
            NoticeKind.LISTING_REPORTED,
            NoticeKind.LISTING_WITHHELD,
            NoticeKind.LISTING_APPEALED,
            NoticeKind.LISTING_REVIEWED,
            NoticeKind.LISTING_LOOKED_AT,
        ),
    ),
    (
        "/applications/{}".format,
        (
            NoticeKind.APPLICATION_CAME,
            NoticeKind.APPLICATION_ANSWERED,
            NoticeKind.APPLICATION_APPEALED,
            NoticeKind.APPLICATION_DOUBLED,
        ),
    ),
    (
        "/members/{}/letter".format,
        (
            NoticeKind.MEMBERSHIP_SUSPENDED,
            NoticeKind.MEMBERSHIP_REINSTATED,
            NoticeKind.MEMBERSHIP_ENDED,
        ),
    ),
    ("/council/federations/{}/delegates".format, (NoticeKind.COUNCIL_TERM_OVER,)),
    (
        "/council/proposals/{}".format,
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
    ),
    (
        "/policies#together".format,
        (
            NoticeKind.POLICY_PASSED,
            NoticeKind.POLICY_URGENT,
            NoticeKind.POLICY_ENDS,
            NoticeKind.POLICY_REVIEW,
            NoticeKind.POLICY_ENDED,
        ),
    ),
    (
        "/account".format,
        (
            NoticeKind.PASSWORD_CHANGED,
            NoticeKind.CODES_MADE,
            NoticeKind.CODE_USED,
            NoticeKind.CODES_FEW,
            NoticeKind.PASSKEY_ADDED,
            NoticeKind.PASSKEY_REMOVED,
            NoticeKind.PASSKEY_DOUBTED,
            NoticeKind.LINKS_ENDED,
            NoticeKind.VOUCHING_ASKED,
        ),
    ),
    (
        "/offices".format,
        (
            NoticeKind.OFFICE_GIVEN,
            NoticeKind.OFFICE_ENDED,
            NoticeKind.OFFICE_ENDS,
            NoticeKind.OFFICE_HELD_ON,
        ),
    ),
    (
        "/upkeep".format,
        (
            NoticeKind.MAIL_WAITS,
            NoticeKind.ALERT,
            NoticeKind.ALERT_OVER,
            NoticeKind.NODE_RESTORED,
            NoticeKind.NODE_REPLACED,
        ),
    ),
    ("/retention".format, (NoticeKind.POLICY_CONTRADICTION,)),
    ("/account/mail".format, (NoticeKind.MAIL_ADDRESS_SET, NoticeKind.MAIL_ADDRESS_GONE)),
    (
        "/vouching/{}".format,
        (NoticeKind.VOUCHING_NEEDED, NoticeKind.VOUCHING_OPEN, NoticeKind.VOUCHING_REFUSED),
    ),
    ("/applications#w".format, (NoticeKind.PLACE_FREE,)),
    ("/sponsoring/{}".format, (NoticeKind.SPONSOR_ASKED,)),
    ("/threads/{}".format, (NoticeKind.MESSAGE,)),
    ("/reports/{}".format, (NoticeKind.MESSAGE_REPORTED,)),
    ("/account/profile".format, (NoticeKind.PROFILE_CLEARED,)),
    ("/settings/webhooks/{}".format, (NoticeKind.WEBHOOK_OFF,)),
    ("/hours/{}".format, (NoticeKind.HOURS_SENT_BACK,)),
    ("/account/data#agree".format, (NoticeKind.CONSENT_REWORDED, NoticeKind.DOCUMENT_CHANGED)),
    ("/members/{}#right".format, (NoticeKind.REGISTER_NAME_ASKED,)),
    ("/members/{}".format, (NoticeKind.PROBATION_ENDS, NoticeKind.MEMBERSHIP_HELD_ON)),
    (
        "/account/membership".format,
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
    ),
)
