"""Where a notice leads: the page on which one does what it asks for."""

from collections.abc import Callable, Mapping

from node.notices import NoticeKind, NoticeView


def page_of(notice: NoticeView) -> str:
    """The address of the page that a notice is about."""
    return _PAGES.get(notice.kind, _coops)(notice.subject)


def _coops(_subject: str) -> str:
    return "/peers"


_PAGES: Mapping[NoticeKind, Callable[[str], str]] = {
    NoticeKind.MESSAGE: "/threads/{}".format,
    NoticeKind.MESSAGE_REPORTED: "/reports/{}".format,
}
