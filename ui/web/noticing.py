"""Where a notice leads: the page on which one does what it asks for."""

from collections.abc import Callable, Mapping

from node.notices import NoticeKind, NoticeView


def page_of(notice: NoticeView) -> str:
    """The address of the page that a notice is about; the list itself where there is none."""
    page = _PAGES.get(notice.kind)
    return page(notice.subject) if page else "/notices"


def _coops(_subject: str) -> str:
    return "/peers"


# To give a kind of notice a page: a line here.
_PAGES: Mapping[NoticeKind, Callable[[str], str]] = {
    NoticeKind.PEER_ASKS: _coops,
    NoticeKind.PEER_ACCEPTED: _coops,
    NoticeKind.PEER_DECLINED: _coops,
    NoticeKind.PEER_LEFT: _coops,
    NoticeKind.PEER_KEY_CHANGED: _coops,
    NoticeKind.PEER_MOVED: _coops,
    NoticeKind.PEER_CLAIMS: _coops,
    NoticeKind.MESSAGE: "/threads/{}".format,
    NoticeKind.MESSAGE_REPORTED: "/reports/{}".format,
}
